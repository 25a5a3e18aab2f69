"""Samples that are taken for those of another rate are as much shorter, longer, higher or lower as said."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import RATES, hiss, rms, through, tone

from harness.sensitivity import catalogue


def pitch(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    return float(np.argmax(spectrum) * rate / (8 * len(samples)))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("percent", catalogue.find("too-fast").sizes)
def test_what_is_too_fast_is_so_many_percent_shorter_and_higher_by_as_much(rate: int, percent: float) -> None:
    fed = through("too-fast", percent, tone(300, rate, 2.0), rate)
    left = 1 - percent / 100
    assert len(fed) / (2 * rate) == pytest.approx(left, abs=1e-3)
    assert pitch(fed, rate) == pytest.approx(300 / left, rel=2e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("percent", catalogue.find("too-slow").sizes)
def test_what_is_too_slow_is_so_many_percent_longer_and_lower_by_as_much(rate: int, percent: float) -> None:
    fed = through("too-slow", percent, tone(300, rate, 2.0), rate)
    assert len(fed) / (2 * rate) == pytest.approx(1 + percent / 100, abs=1e-3)
    assert pitch(fed, rate) == pytest.approx(300 / (1 + percent / 100), rel=2e-3)


@pytest.mark.parametrize("rate", [*RATES, 44_100])
@pytest.mark.parametrize("milliseconds", [100.0, 10.0, 2.0])
def test_pieces_are_resampled_by_themselves(rate: int, milliseconds: float) -> None:
    pcm = tone(300, rate, 2.0)
    fed = through("resampled-in-pieces", milliseconds, pcm, rate)
    assert len(fed) == pytest.approx(len(pcm), rel=0.03)
    assert rms(fed) == pytest.approx(rms(pcm), rel=0.2)
    assert not np.array_equal(fed[: len(pcm)], pcm[: len(fed)])


@pytest.mark.parametrize("kilohertz", [44.1, 11.025, 6.0])
def test_straight_lines_mirror_what_is_above_the_rate_that_they_come_from(kilohertz: float) -> None:
    fed = through("interpolated", kilohertz, tone(2000, 24_000), 24_000)
    assert len(fed) == pytest.approx(24_000, abs=8)
    spectrum = np.abs(np.fft.rfft(fed * np.hanning(len(fed))))
    image = abs(round(kilohertz * 1000) - 2000)
    if image < 12_000:
        assert spectrum[image - 20 : image + 20].max() > 20 * np.median(spectrum)
    assert np.argmax(spectrum) == pytest.approx(2000, abs=2)


def test_stereo_taken_for_mono_is_twice_as_long_and_an_octave_lower() -> None:
    pcm = tone(400, 16_000)
    fed = through("stereo-as-mono", 1.0, pcm, 16_000)
    np.testing.assert_array_equal(fed, np.repeat(pcm, 2))
    assert pitch(fed, 16_000) == pytest.approx(200, abs=1)


def test_odd_bytes_are_noise_at_full_scale_for_half_of_the_time() -> None:
    fed = through("odd-bytes", 1.0, (0.2 * hiss(16_000, 2.0)).astype(np.float32), 16_000)
    loud = np.abs(fed) > 0.1
    assert loud.mean() == pytest.approx(0.45, abs=0.06)
