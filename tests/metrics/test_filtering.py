"""A filter does to every frequency what it is told, at both ends as in the middle, whatever the length."""

import numpy as np
import pytest

from harness.metrics.filtering import filtered, quick_length

RATE = 16_000


def above(hertz):
    return lambda frequencies: np.interp(frequencies, (hertz, 2 * hertz), (0.0, 1.0))


def tone(hertz, count):
    return np.sin(2 * np.pi * hertz * np.arange(count) / RATE)


@pytest.mark.parametrize("count", [16_000, 16_007, 70_160])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_is_passed_stays_and_the_rest_goes(count, kind):
    low, high = tone(100, count), tone(1000, count)
    passed = filtered((low + high).astype(kind), RATE, above(400))
    inside = slice(RATE // 20, -RATE // 20)
    assert np.abs(passed - high)[inside].max() < 1e-3


def test_a_constant_is_taken_out_or_left_alone_up_to_both_ends():
    speech = np.random.default_rng(0).normal(0, 0.1, 5000)
    without = filtered(speech, RATE, above(40))
    assert filtered(speech + 0.25, RATE, above(40)) == pytest.approx(without, abs=1e-12)
    assert filtered(speech, RATE, np.ones_like) == pytest.approx(speech, abs=1e-12)
    assert filtered(np.full(5000, 0.25), RATE, np.ones_like) == pytest.approx(np.full(5000, 0.25), abs=1e-12)


def test_what_is_loud_at_one_end_does_not_come_round_to_the_other():
    burst = np.zeros(8000)
    burst[-200:] = tone(1000, 200)
    start = filtered(burst, RATE, above(400))[:1000]
    size = 8192
    around = np.fft.irfft(np.fft.rfft(np.pad(burst, (192, 0))) * above(400)(np.fft.rfftfreq(size, 1 / RATE)), size)
    assert np.abs(start).max() < 1e-3 < np.abs(around[:200]).max()


def test_a_quick_length_is_enough_and_not_much_more():
    for least in (*range(1, 5000), 70_160, 1_000_003):
        length = quick_length(least)
        assert least <= length < 1.2 * least + 1
        for factor in (2, 3, 5):
            while length % factor == 0:
                length //= factor
        assert length == 1


@pytest.mark.parametrize("peak", [1e30, float(np.finfo(np.float32).max)])
def test_what_float32_just_holds_is_filtered_too(peak):
    """As of a codec whose codes are floating point, where a flipped bit makes an exponent."""
    loud = np.zeros(8000, np.float32)
    loud[3000], loud[5000] = peak, -peak
    with np.errstate(all="raise"):
        passed = filtered(loud, RATE, above(400)).astype(np.float32)
    wanted = filtered(loud.astype(np.float64) / peak, RATE, above(400))
    assert passed / peak == pytest.approx(wanted, abs=1e-6)
