"""Shares with the interval of Wilson, by numbers that were worked out another way."""

import math

import pytest

from harness.sensitivity.shares import share


def wilson(hits: int, asked: int) -> tuple[float, float]:
    z, p = 1.959963984540054, hits / asked
    middle, half = p + z * z / (2 * asked), z * math.sqrt(p * (1 - p) / asked + z * z / (4 * asked**2))
    return (middle - half) / (1 + z * z / asked), (middle + half) / (1 + z * z / asked)


@pytest.mark.parametrize(("hits", "asked"), [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (399, 400)])
def test_a_share_has_the_interval_of_wilson_and_what_is_unknown_is_not_asked(hits: int, asked: int) -> None:
    found = share([*[True] * hits, None, *[False] * (asked - hits), None])
    assert found is not None
    assert (found.hits, found.asked) == (hits, asked)
    assert (found.low, found.high) == pytest.approx(wilson(hits, asked), abs=6e-5)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_of_nothing_there_is_no_share() -> None:
    assert share([]) is share([None, None]) is None
