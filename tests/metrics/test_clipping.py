import numpy as np
import pytest

from harness.audio.waveform import Waveform, read
from harness.metrics.alignment import AlignedPair
from harness.metrics.clipping import clipping
from harness.runtime.resources import fixture


@pytest.fixture(scope="module")
def loud():
    speech = read(fixture("speech") / "heart-04.flac")
    return Waveform(speech.samples / np.abs(speech.samples).max(), 16000)


def of(reference, samples):
    found = clipping(AlignedPair(reference, Waveform(samples.astype(np.float32), 16000)))
    return {name: measurement.value for name, measurement in found.items()}


def test_loud_speech_is_neither_clipped_nor_wrapped(loud):
    assert of(loud, loud.samples) == {"clipped_ms": 0.0, "wrapped_samples": 0.0}


def test_flat_tops(loud):
    assert of(loud, np.clip(4 * loud.samples, -1, 1))["clipped_ms"] > 20
    assert of(loud, np.full(len(loud.samples), -1.0))["clipped_ms"] == pytest.approx(1000 * len(loud.samples) / 16000)


def test_flat_tops_that_were_there_already_are_not_counted(loud):
    clipped = Waveform(np.clip(2 * loud.samples, -1, 1).astype(np.float32), 16000)
    assert of(clipped, clipped.samples)["clipped_ms"] == 0


def test_an_integer_that_overflows_wraps_round(loud):
    wrapped = ((1.5 * loud.samples + 1) % 2) - 1
    assert of(loud, wrapped)["wrapped_samples"] > 10


@pytest.mark.parametrize("headroom", [1.0, 1.4, 2.0, 8.0])
def test_an_integer_that_overflows_below_full_scale_wraps_round_too(loud, headroom):
    wrapped = (((1.5 * loud.samples + 1) % 2) - 1) / headroom
    quieter = Waveform((loud.samples / headroom).astype(np.float32), 16000)
    assert of(quieter, wrapped)["wrapped_samples"] > 10
    assert of(quieter, quieter.samples)["wrapped_samples"] == 0


@pytest.mark.parametrize("level", [1.0, 0.25, 0.1])
def test_gain_limiting_and_clipping_wrap_nothing_round(loud, level):
    spoken, reference = loud.samples, Waveform((level * loud.samples).astype(np.float32), 16000)
    for output in (spoken, 0.05 * spoken, np.tanh(4 * spoken), np.clip(2 * spoken, -1, 1)):
        assert of(reference, output)["wrapped_samples"] == 0


@pytest.mark.parametrize("gain", [0.7, 0.1])
def test_what_wrapped_round_before_a_gain_is_seen(loud, gain):
    assert of(loud, gain * (((1.3 * loud.samples + 1) % 2) - 1))["wrapped_samples"] > 3


def test_noise_and_clicks_wrap_nothing_round(loud):
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, len(loud.samples))
    assert of(loud, 0.05 * loud.samples + noise)["wrapped_samples"] == 0
    clicks = loud.samples / 4
    clicks[::1600] = 0.4
    assert of(Waveform(loud.samples / 4, 16000), clicks)["wrapped_samples"] == 0


def test_noise_of_full_scale_wraps_nothing_round(loud):
    noise = np.random.default_rng(1).uniform(-1, 1, len(loud.samples))
    assert of(loud, noise)["wrapped_samples"] == 0
    assert of(loud, np.where(np.arange(len(noise)) % 2, 1, -1))["wrapped_samples"] == 0
    assert of(loud, np.clip(2 * noise + loud.samples, -1, 1))["wrapped_samples"] == 0


@pytest.mark.parametrize("decibels", [9, 12, 18])
def test_floating_point_that_is_loud_wraps_nothing_round(loud, decibels):
    assert of(loud, 10 ** (decibels / 20) * loud.samples)["wrapped_samples"] == 0


def test_silence_is_undefined(loud):
    found = clipping(AlignedPair(loud, Waveform(np.zeros_like(loud.samples), 16000)))
    assert {measurement.undefined for measurement in found.values()} == {"the output is silent"}


@pytest.mark.parametrize("count", [3, 99, 100, 161, 400])
def test_a_recording_that_is_shorter_than_the_surroundings_of_a_step_is_measured(count):
    samples = np.zeros(count, np.float32)
    samples[count // 2] = 0.9
    found = clipping(AlignedPair(Waveform(samples, 16_000), Waveform(samples, 16_000)))
    assert found["wrapped_samples"].value == 0
