"""Faults of level are of the dB that they say, at every rate, and silence stays silent."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import AT, RATES, decibels, hiss, planted, rms

from harness.sensitivity.catalogue import level

SIZED = [(row.name, size) for row in level.ROWS for size in row.sizes]
HOT = (30 * hiss(16_000)).astype(np.float32)  # far beyond full scale


@pytest.mark.parametrize(("name", "sign"), [("quieter", -1), ("louder", 1)])
@pytest.mark.parametrize("size", [0.1, 1.0, 6.0])
def test_a_gain_is_of_so_many_decibels_all_the_way(name: str, sign: int, size: float) -> None:
    for pcm in (hiss(16_000), HOT):
        np.testing.assert_allclose(decibels(planted(name, size, pcm, 16_000) / pcm), sign * size, atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_a_step_begins_with_the_sample_at_its_place(rate: int) -> None:
    pcm = hiss(rate)
    heard = planted("level-step", 3.0, pcm, rate)
    first = round(AT * rate)
    np.testing.assert_array_equal(heard[:first], pcm[:first])
    np.testing.assert_allclose(decibels(heard[first:] / pcm[first:]), -3.0, atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_what_fades_has_lost_so_many_decibels_after_each_second(rate: int) -> None:
    pcm = hiss(rate, 2.0)
    lost = decibels(planted("fading", 3.0, pcm, rate) / pcm)
    np.testing.assert_allclose(lost[[0, rate, 2 * rate - 1]], [0.0, -3.0, -6.0], atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("percent", [2.0, 40.0, 90.0])
def test_the_level_swings_four_times_a_second_down_by_so_many_percent(rate: int, percent: float) -> None:
    swing = planted("tremolo", percent, np.ones(rate, np.float32), rate)
    assert swing.max() == pytest.approx(1.0, abs=1e-4)
    assert swing.min() == pytest.approx(1 - percent / 100, abs=1e-4)
    assert int(np.argmax(np.abs(np.fft.rfft(swing - swing.mean())))) == 4


@pytest.mark.parametrize("size", [0.2, 6.0, 18.0])
def test_peaks_are_cut_off_or_wrap_so_many_decibels_below_the_peak(size: float) -> None:
    for pcm in (hiss(16_000), HOT):
        limit = np.abs(pcm).max() * 10 ** (-size / 20)
        over = np.abs(pcm) > limit
        assert over.any()
        clipped, wrapped = (planted(name, size, pcm, 16_000) for name in ("clipped", "wrapped"))
        for heard in (clipped, wrapped):
            np.testing.assert_allclose(heard[~over], pcm[~over], rtol=1e-5, atol=1e-6)
            assert np.abs(heard).max() <= limit * (1 + 1e-6)
        np.testing.assert_allclose(np.abs(clipped[over]), limit, rtol=1e-6)
        turns = (pcm[over] - wrapped[over]) / (2 * limit)
        np.testing.assert_allclose(turns, np.round(turns), atol=1e-4)
        assert np.abs(turns).min() > 0.5


def test_what_is_inverted_is_nothing_else() -> None:
    np.testing.assert_array_equal(planted("inverted", 1.0, HOT, 16_000), -HOT)


@pytest.mark.parametrize(("name", "size"), SIZED)
def test_silence_stays_silent(name: str, size: float) -> None:
    assert rms(planted(name, size, np.zeros(16_000, np.float32), 16_000)) == 0.0
