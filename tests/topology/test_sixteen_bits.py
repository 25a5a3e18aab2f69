import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.topology.sixteen_bits import read, rounded, through_bytes

NUMBERS = arrays.arrays(np.int16, st.integers(0, 200))
FLOATS = arrays.arrays(np.float32, st.integers(0, 50), elements=st.floats(-20, 20, width=32))


def test_full_scale_clamps_or_wraps():
    samples = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5], np.float32)
    assert rounded(samples, "clamp").tolist() == [-32768, -32768, -16384, 0, 16384, 32767, 32767]
    assert rounded(samples, "wrap").tolist() == [16384, -32768, -16384, 0, 16384, -32768, -16384]


@given(samples=FLOATS)
def test_within_full_scale_clamping_and_wrapping_are_one(samples):
    within = samples[np.abs(samples) < 0.9999]
    assert np.array_equal(rounded(within, "clamp"), rounded(within, "wrap"))
    assert np.abs(read(rounded(within, "wrap"), "native") - within).max(initial=0) <= 0.5 / 32768
    assert len(rounded(samples, "wrap")) == len(samples)


def test_a_message_of_an_odd_number_of_bytes_shifts_the_next():
    numbers = np.array([0x0201, 0x0403, 0x0605, 0x0807, 0x0A09], np.int16)  # bytes 1 to 10
    assert through_bytes(numbers, 5, "dropped").tolist() == [0x0201, 0x0403, 0x0706, 0x0908]
    assert through_bytes(numbers, 5, "padded").tolist() == [0x0201, 0x0403, 0x0005, 0x0706, 0x0908, 0x000A]
    assert through_bytes(numbers, 5, "carried").tolist() == numbers.tolist()


@given(numbers=NUMBERS, size=st.integers(3, 99), odd=st.sampled_from(["dropped", "padded"]))
def test_what_is_lost_or_added_is_a_sample_for_two_messages_at_most(numbers, size, odd):
    heard = through_bytes(numbers, size, odd)
    messages = -(-2 * len(numbers) // size)
    assert abs(len(heard) - len(numbers)) <= messages / 2
    assert np.array_equal(heard[: size // 2], numbers[: size // 2])
    assert heard.dtype == np.int16


@given(numbers=NUMBERS, size=st.integers(3, 99), odd=st.sampled_from(["dropped", "padded", "carried"]))
def test_whole_samples_or_what_is_carried_change_nothing(numbers, size, odd):
    assert np.array_equal(through_bytes(numbers, 2 * size, odd), numbers)
    assert np.array_equal(through_bytes(numbers, size, "carried"), numbers)


@given(numbers=NUMBERS)
def test_bytes_that_are_exchanged_twice_are_in_order(numbers):
    twice = rounded(read(numbers, "swapped"), "clamp")
    assert np.array_equal(rounded(read(twice, "swapped"), "clamp"), numbers)
    assert read(numbers, "native").tolist() == pytest.approx(numbers / 32768)
