"""The torch engine answers each clip as if it were alone, in the order in which they were given, however they fall."""

import math

import numpy as np
import pytest

from harness.audio.speech import load as load_speech
from harness.audio.waveform import Samples, Waveform, resample
from harness.metrics.whisper import batches
from harness.metrics.whisper.batches import TorchEngine, load
from harness.metrics.whisper.engine import Decoding, HeardClip
from harness.metrics.whisper.names import ENGLISH
from harness.runtime.resources import fixture

RATE = 16_000
SAID = {one.id: one for one in load_speech(fixture("speech"))}


@pytest.fixture(scope="module")
def engine() -> TorchEngine:
    return load("tiny.en", ENGLISH)


def spoken(name: str) -> Samples:
    return resample(SAID[name].waveform(), RATE).samples


def clips(engine: TorchEngine) -> list[HeardClip]:
    noise = (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)
    return [
        HeardClip(spoken("heart-01"), engine.tokens(SAID["heart-01"].transcript), 60),
        HeardClip(np.zeros(RATE // 10, np.float32), [], 10),
        HeardClip(noise, [1] * (engine.most_text + 1), 10),
        HeardClip(spoken("heart-01"), engine.tokens(SAID["slt-02"].transcript), 60),
    ]


@pytest.fixture(scope="module")
def usual(engine: TorchEngine) -> list[Decoding]:
    return heard(engine, clips(engine))


def heard(engine: TorchEngine, given: list[HeardClip], word_times: bool = True) -> list[Decoding]:
    return engine.listen(given, whole=False, word_times=word_times)


def same(one: Decoding, other: Decoding) -> bool:
    likely = one.log_probability == pytest.approx(other.log_probability, abs=1e-4, nan_ok=True)
    return (one.decoded.tokens, one.words) == (other.decoded.tokens, other.words) and likely


def test_each_is_answered_in_its_place_as_alone(engine: TorchEngine, usual: list[Decoding]) -> None:
    together = usual
    for own, clip in zip(together, clips(engine), strict=True):
        (alone,) = heard(engine, [clip])
        assert same(own, alone)
    assert "tomatoes" in together[0].decoded.text
    assert together[0].decoded.text == together[3].decoded.text
    assert together[0].log_probability > together[3].log_probability + 1


@pytest.mark.parametrize("positions", [1, 250])
def test_where_one_batch_ends_and_the_next_begins_is_not_heard(
    engine: TorchEngine, usual: list[Decoding], positions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = clips(engine)
    monkeypatch.setattr(batches, "BATCH_POSITIONS", positions)
    assert all(same(*pair) for pair in zip(heard(engine, given), usual, strict=True))


def test_a_text_that_is_unknown_or_too_long_has_no_likelihood(engine: TorchEngine) -> None:
    found = heard(engine, clips(engine), word_times=False)
    assert [math.isnan(one.log_probability) for one in found] == [False, True, True, False]
    assert all(one.words == [] for one in found)


def test_of_no_clips_there_are_no_answers(engine: TorchEngine) -> None:
    assert heard(engine, []) == []


def test_words_lie_in_their_clip_in_order(usual: list[Decoding]) -> None:
    own = usual[0]
    starts = [word.start for word in own.words if word.start is not None]
    assert [word.text.strip(".,").lower() for word in own.words] == SAID["heart-01"].transcript.lower().strip(
        "."
    ).split()
    assert starts == sorted(starts)
    assert max(word.end or 0 for word in own.words) <= Waveform(spoken("heart-01"), RATE).seconds
