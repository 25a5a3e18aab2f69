"""A pair of files: brought to one rate and length, refused where it makes no sense, and scored as a cell is."""

import numpy as np
import pytest

from harness.audio.waveform import Waveform, write
from harness.errors import UsageInvalid
from harness.record import Verdict
from harness.runs.pair import _at_rate_of, _scores, score

RATE = 16_000
TONE = (np.sin(np.arange(RATE) / 9) / 2).astype(np.float32)
SAID = Waveform(TONE, RATE)


@pytest.mark.parametrize(("less", "kept"), [(0, RATE), (1, RATE), (-1, RATE)])
def test_what_rounding_of_another_rate_makes_longer_or_shorter_is_brought_to_its_length(less, kept):
    other = Waveform(
        TONE[: RATE // 2 - less] if less >= 0 else np.append(TONE[: RATE // 2], [0]).astype(np.float32), 8_000
    )
    assert len(_at_rate_of(SAID, other).samples) == kept


def test_more_than_rounding_stays_as_it_is_and_so_does_any_length_at_the_same_rate():
    short = Waveform(TONE[: RATE // 2 - 2], 8_000)
    assert len(_at_rate_of(SAID, short).samples) == RATE - 4
    same = Waveform(TONE[:-1], RATE)
    assert _at_rate_of(SAID, same).samples is same.samples or len(_at_rate_of(SAID, same).samples) == RATE - 1


@pytest.mark.parametrize(
    ("frame", "more", "kept"),
    [(320, 319, 0), (320, 320, 320), (320, 0, 0), (320, -1, -1), (1, 1, 1), (320, -319, -319)],
)
def test_the_last_frame_that_was_filled_is_cut_to_length_and_nothing_else_is(tmp_path, frame, more, kept):
    reference, degraded = tmp_path / "said.wav", tmp_path / "heard.wav"
    write(reference, SAID)
    write(degraded, Waveform(np.append(TONE, np.zeros(max(more, 0), np.float32))[: RATE + more], RATE))
    scores = score(reference, degraded, frame_size=frame)
    assert scores.measurements["length_change_samples"].value == kept
    assert (scores.verdict == Verdict.IDENTICAL) == (kept == 0)


@pytest.mark.parametrize(("delay", "refused"), [(RATE - 1, False), (RATE, True), (RATE + 1, True)])
def test_a_delay_that_leaves_no_sample_is_refused(tmp_path, monkeypatch, delay, refused):
    reference, degraded = tmp_path / "said.wav", tmp_path / "heard.wav"
    for path in (reference, degraded):
        write(path, SAID)

    class Began(Exception):
        pass

    def began(*_):
        raise Began

    monkeypatch.setattr("harness.runs.pair.waveform_measurements", began)
    with pytest.raises(UsageInvalid if refused else Began) as raised:
        score(reference, degraded, declared_delay=delay)
    if refused:
        assert f"16000 samples at 16000 Hz, and a declared delay of {delay} leaves none" in str(raised.value)


def test_a_recogniser_is_asked_only_for_a_text_and_must_know_its_language():
    assert _scores(None, "tiny.en", "en").asr is False
    assert _scores("", "tiny.en", "en").asr is False
    assert _scores("the words", "tiny.en", "en").asr == "tiny.en"
    with pytest.raises(UsageInvalid, match=r"asr 'tiny\.en' knows English only, and the language is 'de'"):
        _scores("the words", "tiny.en", "de")
    with pytest.raises(UsageInvalid, match="is no language that Whisper knows"):
        _scores("the words", "small", "xx")


@pytest.mark.parametrize(("delay", "verdict"), [(0, Verdict.IDENTICAL), (80, None)])
def test_the_same_samples_are_identical_unless_a_delay_was_declared(tmp_path, delay, verdict):
    path = tmp_path / "said.wav"
    write(path, Waveform(TONE[: RATE // 2], RATE))
    found = score(path, path, declared_delay=delay)
    assert (found.verdict is Verdict.IDENTICAL) == (verdict is Verdict.IDENTICAL)
    assert list(found.measurements) == sorted(found.measurements)
    assert found.heard is None
    assert "word_errors" not in found.measurements
