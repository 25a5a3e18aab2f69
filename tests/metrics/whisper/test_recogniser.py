"""The recogniser on real speech and real weights: what it hears, what it doubts, and what it refuses to make up."""

import math
import tomllib

import numpy as np
import pytest

from harness.audio.waveform import Waveform, read, resample
from harness.metrics.whisper.hearing import Hearing
from harness.metrics.whisper.model import WhisperModel
from harness.metrics.whisper.recogniser import listen, listen_many
from harness.metrics.words import word_error_rate
from harness.runtime.resources import fixture

RATE = 16_000
MODEL = "tiny.en"


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """Transcripts of the reference speech by id."""
    manifest = tomllib.loads((fixture("speech") / "manifest.toml").read_text())
    return {utterance["id"]: utterance["transcript"] for utterance in manifest["utterances"]}


def _clip(name: str) -> Waveform:
    return resample(read(fixture("speech") / f"{name}.flac"), RATE)


def _shuffled(waveform: Waveform) -> Waveform:
    """The fault that amplitude statistics cannot see: frames of 80 ms in another order."""
    frames = waveform.samples[: len(waveform.samples) // 1280 * 1280].reshape(-1, 1280)
    return Waveform(np.random.default_rng(0).permutation(frames).ravel(), waveform.sample_rate)


def _noisy(waveform: Waveform, level: float) -> Waveform:
    noise = np.random.default_rng(1).standard_normal(len(waveform.samples)).astype(np.float32) * level
    return Waveform(waveform.samples + noise, waveform.sample_rate)


@pytest.fixture(scope="module")
def versions() -> list[Waveform]:
    clean = _clip("heart-01")
    return [clean, Waveform(-0.01 * clean.samples, RATE), _noisy(clean, 0.003), _shuffled(clean)]


@pytest.fixture(scope="module")
def heard(versions: list[Waveform], said: dict[str, str]) -> list[Hearing]:
    return listen(MODEL, versions, said["heart-01"])


def test_clean_quiet_inverted_and_noisy_speech_keep_their_words(heard: list[Hearing]) -> None:
    for hearing in heard[:3]:
        assert hearing.text == "We planted tomatoes along the garden wall and watered them every evening."
        assert hearing.word_error_rate.value == 0
        assert hearing.findings == ()
        assert hearing.log_probability.unit == "nat/token"
        assert hearing.log_probability.value == pytest.approx(-0.05, abs=0.1)


def test_shuffled_frames_lose_the_words_in_both_measures(heard: list[Hearing]) -> None:
    clean, shuffled = heard[0], heard[3]
    assert shuffled.word_error_rate.value is not None
    assert shuffled.word_error_rate.value > 0.7
    assert clean.log_probability.value is not None
    assert shuffled.log_probability.value is not None
    assert shuffled.log_probability.value < clean.log_probability.value - 1


def test_words_carry_times_inside_the_audio(heard: list[Hearing], versions: list[Waveform]) -> None:
    assert heard[0].transcript is not None
    changes = heard[0].transcript.changes
    assert [change.heard for change in changes[:4]] == ["we", "planted", "tomatoes", "along"]
    starts = [change.start for change in changes if change.start is not None]
    assert len(starts) == len(changes)
    assert starts == sorted(starts)
    assert changes[-1].end is not None
    assert changes[-1].end <= versions[0].seconds


def test_times_are_left_out_when_not_asked_for(versions: list[Waveform], said: dict[str, str]) -> None:
    (hearing,) = listen(MODEL, versions[:1], said["heart-01"], word_times=False)
    assert hearing.transcript is not None
    assert len(hearing.transcript.words) == 12
    assert {change.start for change in hearing.transcript.changes} == {None}


def test_listening_again_gives_exactly_the_same(
    heard: list[Hearing], versions: list[Waveform], said: dict[str, str]
) -> None:
    assert listen(MODEL, versions, said["heart-01"]) == heard


def test_what_else_is_in_the_batch_does_not_matter(
    heard: list[Hearing], versions: list[Waveform], said: dict[str, str]
) -> None:
    others = ["slt-02", "rms-03", "heart-04"]
    crowd = [*map(_clip, others), versions[3], versions[0], _shuffled(_clip("slt-02"))]
    texts = [*(said[name] for name in others), said["heart-01"], said["heart-01"], said["slt-02"]]
    together = listen_many(MODEL, crowd, texts)
    for own, alone in ((together[4], heard[0]), (together[3], heard[3])):
        assert own.transcript == alone.transcript
        assert own.log_probability.value == pytest.approx(alone.log_probability.value, abs=1e-4)
    assert word_error_rate(hearing.transcript for hearing in together[:3] if hearing.transcript).value == 0


def test_any_rate_is_taken(said: dict[str, str]) -> None:
    (hearing,) = listen(MODEL, [resample(_clip("heart-01"), 24_000)], said["heart-01"])
    assert hearing.word_error_rate.value == 0


@pytest.mark.parametrize(
    ("samples", "finding"),
    [
        (np.zeros(4 * RATE, np.float32), "silent"),
        (np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32) * 1e-5, "silent"),
        (np.zeros(0, np.float32), "too short"),
        (np.full(RATE // 20, 0.1, np.float32), "too short"),
    ],
)
def test_no_words_are_made_up_where_there_are_none(samples: np.ndarray, finding: str) -> None:
    (hearing,) = listen(MODEL, [Waveform(samples, RATE)], "the words are lost")
    assert (hearing.text, hearing.findings) == ("", (finding,))
    assert hearing.word_error_rate.value == 1
    assert hearing.log_probability.value is None
    assert finding in str(hearing.log_probability.undefined)


def test_noise_is_not_speech_and_is_looked_at_again_in_the_whole_window(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    encode = WhisperModel.encode

    def watched(self: WhisperModel, samples: np.ndarray, *, whole: bool) -> object:
        seen.append(whole)
        return encode(self, samples, whole=whole)

    monkeypatch.setattr(WhisperModel, "encode", watched)
    noise = np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32) * 0.1
    (hearing,) = listen(MODEL, [Waveform(noise, RATE)], "the words are lost")
    assert (hearing.text, hearing.findings) == ("", ("no speech",))
    assert seen == [False, True]


@pytest.mark.parametrize("decibels", [-80.0, -70.0])
@pytest.mark.parametrize("kind", ["noise", "hum"])
def test_no_words_are_made_up_in_what_follows_the_speech(said: dict[str, str], decibels: float, kind: str) -> None:
    speech = _clip("heart-04")
    count = round(30.4 * speech.sample_rate)
    hum = math.sqrt(2) * np.sin(2 * np.pi * 50 * np.arange(count) / speech.sample_rate)
    samples = (np.random.default_rng(0).standard_normal(count) if kind == "noise" else hum) * 10 ** (decibels / 20)
    samples[: len(speech.samples)] += speech.samples
    long = Waveform(samples.astype(np.float32), speech.sample_rate)
    (hearing,) = listen("tiny.en", [long], said["heart-04"], word_times=False)
    assert hearing.word_error_rate.value == 0.0
    assert hearing.findings == ("several windows", "no speech")


def test_nan_is_undefined_and_leaves_the_others_alone(heard: list[Hearing], said: dict[str, str]) -> None:
    broken = _clip("heart-01").samples.copy()
    broken[100] = np.nan
    bad, good = listen(MODEL, [Waveform(broken, RATE), _clip("heart-01")], said["heart-01"])
    assert bad.transcript is None
    for measurement in (bad.word_error_rate, bad.character_error_rate, bad.log_probability):
        assert measurement.value is None
        assert "NaN" in str(measurement.undefined)
    assert good.text == heard[0].text


@pytest.mark.parametrize("transcript", ["", "  ", "..."])
def test_nothing_said_is_undefined(transcript: str) -> None:
    (hearing,) = listen(MODEL, [_clip("heart-01")], transcript)
    assert "no words" in str(hearing.word_error_rate.undefined)
    assert hearing.text.startswith("We planted")
    if not transcript.strip():
        assert "empty" in str(hearing.log_probability.undefined)


def test_a_transcript_beyond_whispers_memory_has_no_likelihood() -> None:
    (hearing,) = listen(MODEL, [_clip("slt-02")], "again " * 600)
    assert "the transcript has 600 tokens; Whisper takes 446" in str(hearing.log_probability.undefined)


def test_ten_minutes_are_heard_in_windows_and_silence_costs_nothing(said: dict[str, str]) -> None:
    samples = np.zeros(600 * RATE, np.float32)
    for name, second in (("heart-01", 3), ("slt-02", 400)):
        clip = _clip(name).samples
        samples[second * RATE : second * RATE + len(clip)] = clip
    (hearing,) = listen(MODEL, [Waveform(samples, RATE)], f"{said['heart-01']} {said['slt-02']}")
    assert hearing.word_error_rate.value == 0
    assert hearing.findings == ("several windows",)
    assert "longer than one window" in str(hearing.log_probability.undefined)
    assert hearing.transcript is not None
    assert hearing.transcript.words[0].text == "We"
    later = next(word for word in hearing.transcript.words if word.text == "check")
    assert later.start == pytest.approx(401, abs=1)


def test_long_speech_is_cut_where_no_word_is_lost(said: dict[str, str]) -> None:
    (hearing,) = listen(MODEL, [_clip("heart-long")], said["heart-long"])
    assert hearing.findings == ("several windows",)
    assert hearing.word_error_rate.value is not None
    assert hearing.word_error_rate.value < 0.05
