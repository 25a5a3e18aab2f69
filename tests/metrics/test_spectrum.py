"""Colour: a linear filter that PESQ takes out is measured, and what no filter did is not."""

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.metrics import spectrum
from harness.metrics.alignment import AlignedPair
from harness.metrics.spectrum import colour

RATE = 16_000


def noise(seconds: float = 3.0, seed: int = 1) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def filtered(samples: np.ndarray, low: float, high: float, decibels: float, rate: int = RATE) -> np.ndarray:
    """Return *samples* with all between *low* and *high* Hz changed by so many dB."""
    bins = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    bins[(frequencies >= low) & (frequencies <= high)] *= 10 ** (decibels / 20)
    return np.fft.irfft(bins, len(samples)).astype(np.float32)


def measured(reference: np.ndarray, degraded: np.ndarray, rate: int = RATE) -> tuple[float, float]:
    found = colour(AlignedPair(Waveform(reference, rate), Waveform(degraded, rate)))
    change, middle = found["band_change_db"].value, found["band_change_hz"].value
    assert change is not None
    assert middle is not None
    return change, middle


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("decibels", [12.0, 3.0, -12.0])
def test_a_band_that_is_louder_or_softer_is_found_with_its_size(rate, decibels):
    speech = noise()
    found, middle = measured(speech, filtered(speech, 1700, 2300, decibels, rate), rate)
    assert found == pytest.approx(abs(decibels), abs=0.3)
    assert middle == pytest.approx(2000, rel=0.01)


def test_level_is_no_colour_and_neither_is_polarity():
    speech = noise()
    assert measured(speech, -0.1 * speech)[0] == pytest.approx(0.0, abs=1e-4)


def test_a_codec_may_leave_out_what_is_above_telephone_speech_but_add_nothing_there():
    speech = noise()
    assert measured(speech, filtered(speech, 4000, 8000, -60))[0] < 1
    found, middle = measured(speech, filtered(speech, 4400, 5750, 9))
    assert found == pytest.approx(9, abs=0.5)
    assert middle == pytest.approx(5040, rel=0.01)


def test_bands_without_speech_are_not_looked_at():
    speech = filtered(noise(), 5000, 8000, -60)
    assert measured(speech, filtered(speech, 5000, 8000, 20))[0] < 1


def test_what_is_said_between_pauses_is_measured_and_what_is_in_them_is_not():
    speech = noise()
    speech[RATE : 2 * RATE] *= 1e-3
    hum = speech.copy()
    hum[RATE : 2 * RATE] += 0.01 * np.sin(2 * np.pi * 250 * np.arange(RATE) / RATE).astype(np.float32)
    assert measured(speech, hum)[0] < 0.5


def test_long_speech_is_measured_in_blocks_as_in_one(monkeypatch):
    speech = noise()
    coloured = filtered(speech, 1700, 2300, 6)
    whole = measured(speech, coloured)
    monkeypatch.setattr(spectrum, "BLOCK", 7)
    assert measured(speech, coloured) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("reference", "degraded", "reason"),
    [
        (np.zeros(RATE, np.float32), noise(1.0), "the reference is silent"),
        (noise(1.0), np.zeros(RATE, np.float32), "the output is silent"),
        (noise(0.1), noise(0.1), "bands need 10 windows"),
        (noise(1.0), np.full(RATE, np.nan, np.float32), "the output contains NaN"),
    ],
)
def test_where_there_is_nothing_to_measure_it_is_undefined(reference, degraded, reason):
    found = colour(AlignedPair(Waveform(reference, RATE), Waveform(degraded, RATE)))
    whys = [found[name].undefined for name in spectrum.NAMES]
    assert all(why is not None and reason in why for why in whys)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e6, 1e30, 3e38])
def test_a_sample_that_is_huge_leaves_no_warning_and_no_number_that_is_none(size):
    reference = noise()
    degraded = reference.copy()
    degraded[RATE] = size
    found = colour(AlignedPair(Waveform(reference, RATE), Waveform(degraded, RATE)))
    value = found["band_change_db"].value
    assert value is None or np.isfinite(value)
