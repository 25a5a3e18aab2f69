"""Faults of timing are late, out of step, silent or turned round by what they say, and lose no treble by it."""

import numpy as np
import pytest
from scipy.signal import hilbert
from sensitivity.catalogue.planting import AT, RATES, decibels, hiss, lag, planted, response, tone

from harness.sensitivity.window import HALF


@pytest.mark.parametrize("rate", [*RATES, 44_100])
@pytest.mark.parametrize("milliseconds", [0.05, 0.5, 2.0, 100.0])
def test_what_is_late_is_late_by_whole_samples_one_at_least(rate: int, milliseconds: float) -> None:
    pcm = hiss(rate)
    heard = planted("late", milliseconds, pcm, rate)
    late = lag(pcm, heard)
    assert late == max(1, round(milliseconds / 1000 * rate))
    np.testing.assert_array_equal(heard[late:], pcm[:-late])
    assert not heard[:late].any()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [0.1, 5.0, 50.0])
def test_a_jump_back_is_at_its_place_and_all_after_it_is_late(rate: int, milliseconds: float) -> None:
    pcm = hiss(rate)
    heard = planted("jumps-back", milliseconds, pcm, rate)
    first, late = round(AT * rate), max(1, round(milliseconds / 1000 * rate))
    np.testing.assert_array_equal(heard[:first], pcm[:first])
    np.testing.assert_array_equal(heard[first:], pcm[first - late : -late])


def wobble(name: str, size: float, hertz: float, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return level in dB and frequency in Hz of a tone, its ends left out."""
    analytic = hilbert(planted(name, size, tone(hertz, rate, 3.0), rate).astype(np.float64))
    middle = slice(rate // 2, -rate // 2)
    step = rate // 100  # 10 ms, over which a phase is held against rounding
    phase = np.unwrap(np.angle(analytic))
    return decibels(np.abs(analytic[middle]) / 0.5), ((phase[step:] - phase[:-step]) * 100 / (2 * np.pi))[middle]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("percent", [0.02, 0.3, 3.0])
def test_wow_turns_the_pitch_by_so_many_percent_either_way_and_nothing_else(rate: int, percent: float) -> None:
    hertz = 0.3 * rate
    level, pitch = wobble("wow", percent, hertz, rate)
    assert pitch.max() / hertz == pytest.approx(1 + percent / 100, abs=0.02 * percent / 100 + 1e-5)
    assert pitch.min() / hertz == pytest.approx(1 - percent / 100, abs=0.02 * percent / 100 + 1e-5)
    assert np.abs(level).max() < 0.2
    turns = np.abs(np.fft.rfft(pitch - pitch.mean()))
    assert np.argmax(turns) / (len(pitch) / rate) == pytest.approx(4.0, abs=0.5)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("ppm", [100.0, 1000.0, 30_000.0])
def test_a_slow_clock_is_slow_by_so_many_millionths_and_keeps_the_treble(rate: int, ppm: float) -> None:
    hertz = 0.3 * rate
    level, pitch = wobble("slow-clock", ppm, hertz, rate)
    assert (1 - pitch.mean() / hertz) * 1e6 == pytest.approx(ppm, rel=0.02)
    assert np.abs(level).max() < 0.2


def test_a_clock_is_as_slow_after_many_frames_as_at_the_beginning() -> None:
    pcm = tone(1000, 8_000, 3.0)
    whole, cut = (planted("slow-clock", 1000.0, pcm, 8_000, cuts=cuts) for cuts in ((), range(160, 24_000, 160)))
    np.testing.assert_allclose(whole, cut, atol=1e-6)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [0.5, 10.0, 320.0])
def test_a_gap_is_so_long_from_its_place_on_and_the_rest_is_there(rate: int, milliseconds: float) -> None:
    pcm = hiss(rate)
    heard = planted("gap", milliseconds, pcm, rate)
    first, count = round(AT * rate), round(milliseconds / 1000 * rate)
    assert np.flatnonzero(heard != pcm).tolist() == list(range(first, first + count))
    assert not heard[first : first + count].any()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [1.0, 20.0, 320.0])
def test_a_stutter_plays_what_came_just_before_once_more(rate: int, milliseconds: float) -> None:
    pcm = hiss(rate)
    heard = planted("stutter", milliseconds, pcm, rate)
    first, count = round(AT * rate), round(milliseconds / 1000 * rate)
    expected = pcm.copy()
    expected[first : first + count] = pcm[first - count : first]
    np.testing.assert_array_equal(heard, expected)


@pytest.mark.parametrize("rate", [*RATES, 11_025])
@pytest.mark.parametrize("milliseconds", [2.0, 20.0, 130.0])
def test_each_piece_is_played_backwards_when_it_is_whole(rate: int, milliseconds: float) -> None:
    pcm, piece = hiss(rate), round(milliseconds / 1000 * rate)
    count = len(pcm) // piece
    known = np.concatenate([np.zeros(piece - 1, np.float32), pcm])  # of which each piece ends with a first sample
    expected = known[: count * piece].reshape(count, piece)[:, ::-1].ravel()
    np.testing.assert_array_equal(planted("reversed-pieces", milliseconds, pcm, rate)[: len(expected)], expected)


@pytest.mark.parametrize("rate", RATES)
def test_clicks_at_seams_are_single_samples_at_the_borders_of_frames(rate: int) -> None:
    pcm = hiss(rate)
    found = planted("seam-clicks", -10.0, pcm, rate, cuts=(1, 700)) - pcm
    at = np.flatnonzero(np.abs(found) > 1e-6)
    assert at.tolist() == list(range(0, rate, rate // 50))
    level = np.sqrt(np.square(pcm, dtype=np.float64).mean())
    np.testing.assert_allclose(decibels(found[at] / level), -10.0, atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [0.3, 3.0])
def test_each_frame_is_late_by_a_lag_of_its_own_up_to_so_much(rate: int, milliseconds: float) -> None:
    size, hertz = rate // 50, 50  # one period a frame, so that its phase tells the lag
    heard = planted("frame-jitter", milliseconds, tone(hertz, rate, 2.0), rate)
    turn = np.exp(-2j * np.pi * np.arange(size) / size)
    phase = np.angle((heard.reshape(-1, size)[1:] * turn).sum(axis=1) * 1j)
    lags = -phase / (2 * np.pi * hertz) * rate
    assert lags.min() >= HALF - 0.1
    assert lags.max() <= HALF + milliseconds / 1000 * rate + 0.1
    assert np.ptp(lags) > 0.8 * milliseconds / 1000 * rate
    other = planted("frame-jitter", milliseconds, tone(hertz, rate, 2.0), rate, seed=1)
    assert not np.array_equal(other, heard)


@pytest.mark.parametrize("rate", RATES)
def test_what_is_late_by_less_than_a_sample_is_as_bright(rate: int) -> None:
    hertz = [0.02 * rate, 0.1 * rate, 0.25 * rate, 0.36 * rate]
    for name, size in (("late", 0.05), ("slow-clock", 10.0)):
        assert np.abs(response(name, size, rate, hertz)).max() < 0.2, name
