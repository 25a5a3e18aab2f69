"""CTranslate2 hears what openai-whisper hears, repeats itself, doubts what is garbled, and refuses damaged weights."""

import math
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from whisper.normalizers import EnglishTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer as RulesWithoutTorch

from harness.audio import speech as speeches
from harness.audio.waveform import Samples, Waveform
from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper import ctranslate2
from harness.metrics.whisper.ctranslate2 import _likelihood, load
from harness.metrics.whisper.engine import HeardClip
from harness.metrics.whisper.hearing import LOG_PROBABILITY_UNIT, Hearing, describe
from harness.metrics.whisper.recogniser import listen
from harness.metrics.whisper.weights import bundled_weights
from harness.runtime.resources import fixture

RATE = 16_000
SAID = "We planted tomatoes along the garden wall and watered them every evening."
MODELS = ["ct2:tiny.en", "ct2-float32:tiny.en"]


@pytest.fixture(scope="module")
def default(speech: Waveform) -> Hearing:
    return listen("tiny.en", [speech], SAID)[0]


@pytest.fixture(scope="module", params=MODELS)
def heard(request: pytest.FixtureRequest, speech: Waveform) -> Hearing:
    return listen(request.param, [speech], SAID)[0]


def test_text_times_and_likelihood_are_close_to_those_of_the_default(
    heard: Hearing, default: Hearing, speech: Waveform
) -> None:
    assert heard.transcript is not None
    assert default.transcript is not None
    assert heard.text == default.text == SAID
    assert (heard.word_error_rate.value, heard.findings) == (0, ())
    assert heard.log_probability.unit == LOG_PROBABILITY_UNIT
    assert heard.log_probability.value == pytest.approx(default.log_probability.value, abs=0.05)
    assert [word.text for word in heard.transcript.words] == [word.text for word in default.transcript.words]
    for own, other in zip(heard.transcript.words, default.transcript.words, strict=True):
        assert own.start == pytest.approx(other.start, abs=0.1)
    last = heard.transcript.words[-1]
    assert last.start is not None
    assert last.end is not None
    assert last.start < last.end <= len(speech.samples) / RATE


def test_another_process_gives_the_same_bits(speech: Waveform, tmp_path: Path) -> None:
    np.save(tmp_path / "speech.npy", speech.samples)
    code = (
        "import sys, numpy as np; from harness.audio.waveform import Waveform;"
        "from harness.metrics.whisper.recogniser import listen;"
        f"print(listen('ct2:tiny.en', [Waveform(np.load(sys.argv[1]), {RATE})], {SAID!r}))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "speech.npy")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.strip() == str(listen("ct2:tiny.en", [speech], SAID))


def test_what_else_is_heard_changes_nothing(speech: Waveform) -> None:
    noisy = Waveform(speech.samples + _noise(len(speech.samples)), RATE)
    assert listen("ct2:tiny.en", [noisy, speech], SAID)[1] == listen("ct2:tiny.en", [speech], SAID)[0]


def _noise(count: int) -> Samples:
    return np.random.default_rng(0).standard_normal(count).astype(np.float32) * np.float32(0.1)


def test_garbled_speech_loses_its_words_and_its_likelihood(speech: Waveform) -> None:
    frames = speech.samples[: len(speech.samples) // 1280 * 1280].reshape(-1, 1280)
    shuffled = Waveform(np.random.default_rng(0).permutation(frames).ravel(), RATE)
    clean, garbled = listen("ct2:tiny.en", [speech, shuffled], SAID)
    assert garbled.word_error_rate.value is not None
    assert garbled.word_error_rate.value > 0.7
    assert garbled.log_probability.value is not None
    assert clean.log_probability.value is not None
    assert garbled.log_probability.value < clean.log_probability.value - 1


def test_nothing_is_made_up_in_noise() -> None:
    (hearing,) = listen("ct2:tiny.en", [Waveform(_noise(4 * RATE), RATE)], "the words are lost")
    assert (hearing.text, hearing.findings) == ("", ("no speech",))


@pytest.mark.parametrize("model", MODELS)
def test_a_text_ends_with_the_speech_though_silence_is_cheap(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half a second of silence and nothing in place of the rest, half of these go on after the speech."""
    monkeypatch.setattr(ctranslate2, "SILENCE_ENCODED", 0.5)
    engine = load(model)
    for one in (one for one in speeches.load(fixture("speech")) if one.id.startswith("slt-")):
        clip = HeardClip(one.waveform().samples, engine.tokens(one.transcript), 200)
        cheap, whole = (engine.listen([clip], whole=each, word_times=False)[0] for each in (False, True))
        assert len(cheap.decoded.text.split()) == len(whole.decoded.text.split())
        assert cheap.log_probability == pytest.approx(whole.log_probability, abs=0.15)


def test_a_clip_that_fills_the_window_is_encoded_whole(speech: Waveform) -> None:
    engine = load("ct2:tiny.en")
    clip = HeardClip(np.resize(speech.samples, 23 * RATE), [], 20)
    cheap, whole = (engine.listen([clip], whole=each, word_times=True) for each in (False, True))
    assert cheap == whole


@pytest.mark.parametrize(("cap", "count", "capped"), [(12, 12, True), (13, 13, True), (14, 13, False)])
def test_no_more_tokens_than_the_cap_are_heard(speech: Waveform, cap: int, count: int, capped: bool) -> None:
    (answer,) = load("ct2:tiny.en").listen([HeardClip(speech.samples, [], cap)], whole=True, word_times=False)
    assert (len(answer.decoded.tokens), answer.decoded.capped) == (count, capped)


def test_a_text_that_goes_round_in_circles_is_a_finding(speech: Waveform) -> None:
    (hearing,) = listen("ct2:tiny.en", [Waveform(np.tile(speech.samples, 5), RATE)], SAID)
    assert hearing.text.count("tomatoes") >= 4
    assert "repetition loop" in hearing.findings


def test_what_was_said_may_be_less_likely_than_floats_hold() -> None:
    assert _likelihood([0.5, 0.0]) == -math.inf
    assert _likelihood([0.5, 0.125]) == pytest.approx(math.log(0.25))


@pytest.mark.parametrize("transcript", ["", "again " * 600])
def test_what_has_no_likelihood_says_why(speech: Waveform, transcript: str) -> None:
    (own,) = listen("ct2:tiny.en", [speech], transcript, word_times=False)
    (other,) = listen("tiny.en", [speech], transcript, word_times=False)
    assert own.log_probability == other.log_probability
    assert own.log_probability.value is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # whisper leaves a file open
def test_both_packages_have_the_same_rules_for_english() -> None:
    one, other = EnglishTextNormalizer(), RulesWithoutTorch()
    odd = [
        "it's 9:30 p.m., isn't it?",
        "fifty-five dollars and two cents",
        "Mr. Brown's colour",
        "'cause I kinda dunno",
    ]
    for text in [*odd, *(utterance.transcript for utterance in speeches.load(fixture("speech")))]:
        assert one(text) == other(text)
    assert one.replacers == other.replacers
    assert one.ignore_patterns == other.ignore_patterns
    assert one.standardize_spellings.mapping == other.standardize_spellings.mapping
    assert one.standardize_numbers.words == other.standardize_numbers.words


def test_engine_compute_type_and_versions_are_in_the_identity() -> None:
    default, quantised, floats = (describe(model) for model in ("tiny.en", *MODELS))
    assert "engine" not in default
    assert quantised["engine"] == floats["engine"] == f"CTranslate2 {version('ctranslate2')}"
    assert (quantised["compute_type"], floats["compute_type"]) == ("int8", "float32")
    assert quantised["weights_sha256"] == default["weights_sha256"]
    assert "whisper_normalizer.english 0.1.1" in str(quantised["normaliser"])


def test_another_language_is_refused() -> None:
    with pytest.raises(ScorerUnavailable, match="this engine is for English only, and the language is 'de'"):
        describe("ct2:tiny.en", "de")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(bundled_weights().parent, own)
    (own / "model.bin").write_bytes((own / "model.bin").read_bytes()[:1000])
    with pytest.raises(WeightsInvalid, match="not a Whisper model of CTranslate2"):
        load(f"ct2:{own}")


def test_each_clip_is_answered_in_its_place_as_alone(speech: Waveform) -> None:
    engine = load("ct2:tiny.en")
    clips = [
        HeardClip(speech.samples, engine.tokens(SAID), 40),
        HeardClip(np.zeros(RATE // 10, np.float32), [], 5),
        HeardClip(_noise(RATE), engine.tokens("nothing"), 5),
    ]
    together = engine.listen(clips, whole=False, word_times=True)
    alone = [engine.listen([clip], whole=False, word_times=True)[0] for clip in clips]
    assert [str(one) for one in together] == [str(one) for one in alone]  # NaN is NaN
    assert [bool(one.words) for one in together] == [bool(one.decoded.tokens) for one in together]
    assert [math.isnan(one.log_probability) for one in together] == [False, True, False]
    assert engine.listen([], whole=False, word_times=True) == []
