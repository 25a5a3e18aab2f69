"""Shares with their intervals."""

from collections.abc import Iterable
from typing import Any

from harness.sensitivity.record import Share


def share(told: Iterable[bool | None]) -> Share | None:
    """Return how many of *told* are true, with the 95 % interval of Wilson; None if nothing is told."""
    known = [bool(one) for one in told if one is not None]
    if not known:
        return None
    from scipy.stats import binomtest  # takes half a second

    ends: Any = binomtest(sum(known), len(known)).proportion_ci(0.95, method="wilson")
    return Share(hits=sum(known), asked=len(known), low=round(float(ends.low), 4), high=round(float(ends.high), 4))
