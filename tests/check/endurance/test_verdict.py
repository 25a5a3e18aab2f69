"""What marks say: a fall that scatter does not explain, a break, and loads that grow or slow down."""

import pytest

from harness.check.endurance.verdict import CAP, FrameSeconds, Load, Mark, breaks, drifts, flat, leaks, slower, slows


def marks(*levels, codes=0.0, rounding=False):
    return [Mark(2**n, codes, level, rounding) for n, level in enumerate(levels, 5)]


def said(trouble: str | None) -> str:
    assert trouble is not None
    return trouble


def test_a_fall_with_every_doubling_is_a_drift():
    assert said(drifts(marks(60, 59, 58, 57, 56, 55, 54))).startswith("drifts by 1.0 dB per doubling")


@pytest.mark.parametrize("levels", [(60, 60.4, 59.8, 60.1, 60), (60, 61, 62, 63, 64), (31, 20, 25, 11, 28, 12)])
def test_scatter_a_rise_and_next_to_nothing_are_none(levels):
    assert drifts(marks(*levels)) is None


def test_too_few_marks_say_nothing():
    assert drifts(marks(60, 50, 40, 30)) is None


def test_next_to_nothing_is_no_drift():
    assert drifts(marks(*(60 - 0.1 * n for n in range(8)))) is None


def test_rounding_is_no_drift():
    assert drifts(marks(124, 123, 121, 118, 114, rounding=True)) is None


def test_marks_that_are_equal_among_others_make_no_slope():
    assert drifts(marks(CAP, CAP, CAP, 54)) is None
    assert said(drifts(marks(CAP, CAP, 90, 84, 78, 72, 66, 60))).startswith("drifts by 6.0 dB")


def test_a_break_is_told_between_two_marks():
    assert breaks(marks(60, 60, 3)) == "breaks between frame 64 and 128: frame 128: 3 dB"
    assert breaks(marks(9, 8, 7)) is None
    assert "100% of the codes" in said(breaks([Mark(32, 0.0, 60), Mark(64, 1.0, 60)]))
    assert breaks([Mark(32, 0.0, CAP), Mark(64, 1.0, CAP)]) is None  # silence may be coded in more than one way


def test_a_leak_grows_in_every_quarter():
    assert leaks([Load(100 + 10 * n, 0.01) for n in range(4)], 3600) == "leaks 40 MB an hour (100 to 130 MB)"
    assert leaks([Load(memory, 0.01) for memory in (100, 130, 130, 130)], 3600) is None


def loads(*seconds):
    return [Load(1, each) for each in seconds]


def test_slowing_down_is_twice_as_long():
    found = said(slows(loads(0.01, 0.01, 0.02, 0.03), FrameSeconds(0.03, 0.01)))
    assert found.startswith("slows down: a frame takes 3.0 times")
    assert not slower(loads(0.01, 0.01, 0.01, 0.019))


def test_what_takes_as_long_in_a_fresh_instance_is_not_the_streams_doing():
    assert slower(loads(0.01, 0.01, 0.02, 0.03))
    assert slows(loads(0.01, 0.01, 0.02, 0.03), FrameSeconds(0.03, 0.029)) is None


def test_a_stream_without_marks_says_so():
    assert flat([]).startswith("too short")
    assert flat([Mark(384, 0.0, 33.0), Mark(1024, 0.0, 32.0)]).startswith("flat (")
    assert flat([Mark(384, 0.0, 33.0), Mark(1024, 0.0, 10.0)]).startswith("falls, and too few marks tell a drift from")
