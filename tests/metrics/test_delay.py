"""How far one signal lags another, to the furthest that is looked at, and where nothing can be said."""

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.metrics.delay import (
    LOCAL_SECONDS,
    SEARCH_SECONDS,
    Signal,
    by_envelope,
    by_waveform,
    by_window,
    likeness,
    overlap,
)

RATE = 1_000
NOISE = np.random.default_rng(0).standard_normal(4 * RATE)


def late(signal: Signal, samples: int) -> Signal:
    """Return *signal* so many samples later, or earlier, as long as it was."""
    padded = np.concatenate([np.zeros(max(samples, 0)), signal[max(-samples, 0) :]])
    return np.append(padded, np.zeros(len(signal)))[: len(signal)].astype(np.float64)


@pytest.mark.parametrize("samples", [0, 1, -1, RATE, -RATE])
@pytest.mark.parametrize("sign", [1.0, -0.1])
def test_a_lag_is_found_up_to_a_second_with_its_sign(samples: int, sign: float) -> None:
    assert SEARCH_SECONDS == 1.0
    found = by_waveform(NOISE, sign * late(NOISE, samples), RATE)
    assert found.samples == samples
    assert np.sign(found.correlation) == np.sign(sign)
    assert abs(found.correlation) > 0.85


def test_beyond_a_second_nothing_is_like_it() -> None:
    assert abs(by_waveform(NOISE, late(NOISE, RATE + 1), RATE).correlation) < 0.2


def test_what_coincides_is_equally_long_on_either_side() -> None:
    one, two = np.arange(10).astype(np.float64), np.arange(10, 17).astype(np.float64)
    for lag, first, second, length in ((0, 0.0, 10.0, 7), (3, 0.0, 13.0, 4), (-4, 4.0, 10.0, 6)):
        near, far = overlap(one, two, lag)
        assert (near[0], far[0], len(near), len(far)) == (first, second, length, length)
    assert [len(part) for part in overlap(one, two, 7)] == [0, 0]


def test_an_envelope_has_a_lag_that_stands_out_or_none(speech: Waveform) -> None:
    samples = speech.samples.astype(np.float64)
    assert by_envelope(samples, late(samples, 800), 16_000) == pytest.approx(0.05)
    assert by_envelope(samples, -0.01 * late(samples, -800), 16_000) == pytest.approx(-0.05)
    hum = np.sin(np.arange(len(samples)) / 5)
    for nothing in (np.zeros(len(samples)), samples[:300], samples[::-1].copy(), hum):
        assert by_envelope(samples, nothing, 16_000) is None
    again = np.tile(samples[16_000:24_000], 8)  # as like itself half a second later
    assert by_envelope(again, again, 16_000) is None


def test_windows_are_sought_as_far_as_they_reach_and_silent_ones_are_not() -> None:
    reach = int(LOCAL_SECONDS * RATE)
    found = by_window(NOISE, late(NOISE, 40), RATE, 0)
    assert len(found.times) > 10
    np.testing.assert_allclose(found.lags, 40, atol=0.5)
    np.testing.assert_allclose(found.correlations, 1.0, atol=0.02)
    assert len(by_window(NOISE, late(NOISE, reach + 1), RATE, 0).times) == 0
    assert len(by_window(NOISE, late(NOISE, reach + 1), RATE, reach).times) > 10
    turned = by_window(NOISE, -NOISE, RATE, 0)
    np.testing.assert_allclose(turned.correlations, -1.0, atol=0.02)
    quiet = NOISE.copy()
    quiet[2_000:] *= 0.01
    assert by_window(quiet, quiet, RATE, 0).times.max() <= 2.2
    assert len(by_window(NOISE[:300], NOISE[:300], RATE, 0).times) == 0


def test_likeness_is_0_where_no_window_has_all_it_is_held_against() -> None:
    times = np.array([1.0, 2.0, 3.0])
    found = likeness(NOISE, late(NOISE, 30), RATE, times, np.array([30.0, 0.0, 29.6, 5_000.0]), 0.0)
    assert found[0] == found[2] > 0.99
    assert found[1] < 0.4
    assert found[3] == 0.0
    assert likeness(NOISE, NOISE, RATE, np.array([]), np.array([0.0]), 0.01).tolist() == [0.0]
