import numpy as np
import pytest

from harness.codecs.extremes import all_finite, extremes


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "uint64", ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_extremes_are_those_of_numpy(dtype, order):
    chance = np.random.default_rng(1)
    for shape in ((1, 1), (3, 1), (1, 5), (4, 7), (8,)):
        limits = np.iinfo(dtype)
        codes = chance.integers(limits.min, limits.max, shape, endpoint=True, dtype=np.dtype(dtype).newbyteorder("="))
        codes = np.asarray(codes.astype(dtype), order=order)
        assert extremes(codes) == (int(codes.min()), int(codes.max()))
        assert extremes(codes[::-1]) == (int(codes.min()), int(codes.max()))


def test_the_greatest_of_64_bits_is_no_negative_number():
    assert extremes(np.array([[0], [2**64 - 1]], np.uint64)) == (0, 2**64 - 1)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 100, 319])
def test_what_is_not_finite_is_found_wherever_it_is(wrong, place):
    samples = np.linspace(-3e38, 3e38, 320, dtype=np.float32)
    assert all_finite(samples)
    samples[place] = wrong
    assert not all_finite(samples)
    assert not all_finite(samples[::-1])


def test_nothing_is_finite():
    assert all_finite(np.zeros(0, np.float32))
