"""Another sound in place of speech is found without a reference setup, and nothing that keeps the speech is one."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from harness.audio.waveform import Waveform, read, resample
from harness.codecs.loading import load
from harness.metrics.alignment import align
from harness.metrics.replaced import NAMES
from harness.metrics.waveform import waveform_measurements
from harness.record import Measurements
from harness.runtime.resources import fixture

Reals = npt.NDArray[np.floating]

SPEECH = read(fixture("speech") / "rms-01.flac")
RATE, X = SPEECH.sample_rate, SPEECH.samples.astype(np.float64)
LOUD = 0.70  # s, where the 160 ms before are as loud


def coded(speech: Waveform, **options: object) -> Reals:
    codec = load("opus", options)
    instance, size = codec.open(), codec.info.frame_size
    frames = [speech.samples[at : at + size] for at in range(0, len(speech.samples) - size + 1, size)]
    return np.concatenate([instance.decode(instance.encode(frame)) for frame in frames])[codec.info.delay :]


def of(samples: Reals, speech: Waveform = SPEECH) -> Measurements:
    output = Waveform(np.asarray(samples, np.float32), speech.sample_rate)
    _, measured = waveform_measurements(speech, output, 0)
    return {name: measured[name] for name in NAMES}


def milliseconds(samples: Reals, speech: Waveform = SPEECH) -> float:
    found = of(samples, speech)["replaced_ms"]
    assert found.value is not None, found.undefined
    return found.value


def with_piece(samples: Reals, seconds: float, change: str, rate: int = RATE) -> Reals:
    found, at, length = samples.copy(), round(LOUD * rate), round(seconds * rate)
    here, before = slice(at, at + length), slice(at - length, at)
    noise = np.random.default_rng(2).permutation(samples[here])
    pieces = {"repeated": samples[before], "backwards": samples[here][::-1], "noise": noise}
    found[here] = pieces.get(change, np.zeros(length))
    return found


@pytest.mark.parametrize("change", ["repeated", "backwards", "noise"])
@pytest.mark.parametrize("bitrate", [None, 9000, 24000])
def test_another_sound_in_place_of_speech_is_found_where_it_is(change, bitrate):
    output = X if bitrate is None else coded(SPEECH, bitrate=bitrate)
    replaced = with_piece(output, 0.16, change)
    assert milliseconds(replaced) >= 120
    assert of(replaced)["replaced_s"].value == pytest.approx(LOUD, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 24000, 44100, 48000])
def test_at_every_rate(rate):
    speech = resample(SPEECH, rate)
    assert milliseconds(with_piece(speech.samples, 0.16, "noise", rate), speech) >= 120
    assert milliseconds(speech.samples, speech) == 0


NOISE = np.random.default_rng(5).standard_normal(len(X)) * np.sqrt(np.square(X).mean())
HIGH_PASS = signal.butter(2, 100, "highpass", fs=RATE, output="sos")
HARMLESS = {
    "nothing": X,
    "inverted": -X,
    "noise": X + 10 ** (-5 / 20) * NOISE,
    "louder, then softer": X * np.linspace(0.3, 1.5, len(X)),
    "high-pass": signal.sosfilt(HIGH_PASS, X),
    "clipped": np.clip(X, -0.4 * np.abs(X).max(), 0.4 * np.abs(X).max()),
    "later": np.concatenate([np.zeros(320), X])[: len(X)],
    "echo": X + 0.4 * np.concatenate([np.zeros(480), X])[: len(X)],
    "Opus": coded(SPEECH, bitrate=9000),
}


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_keeps_the_speech_replaces_none(harmless):
    assert milliseconds(HARMLESS[harmless]) == 0


@pytest.mark.parametrize("seconds", [0.08, 0.16, 0.32])
def test_missing_speech_is_not_another_sound(seconds):
    assert milliseconds(with_piece(X, seconds, "mute")) <= 100


def test_where_it_cannot_be_told_there_is_a_reason():
    for samples, why in (
        (NOISE, "the waveform of the speech is another"),
        (np.zeros_like(X), "the output is silent"),
        (np.concatenate([X[: len(X) // 2], np.zeros(480), X[len(X) // 2 :]])[: len(X)], "not the same all the way"),
    ):
        assert why in str(of(samples)["replaced_ms"].undefined)
    short = Waveform(SPEECH.samples[RATE : RATE + RATE // 10], RATE)
    assert "too little loud speech" in str(of(short.samples, short)["replaced_ms"].undefined)


@pytest.mark.parametrize("count", [1, 50, 1600, 1601])
def test_a_recording_of_any_length_is_measured(count):
    short = Waveform(SPEECH.samples[RATE : RATE + count], RATE)
    assert align(short, short, 0).pair.reference is short
    assert set(of(short.samples, short)) == set(NAMES)
