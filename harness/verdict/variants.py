"""
What a codec scatters by itself: the range of each measurement over inaudible variants of what it is given.

A codec at a low rate makes something else of an input that sounds alike. No tolerance that holds for all speech can
tell that from a fault of the same size: dither at 16 bits moved STOI of one clip through Opus at 6 kb/s by 0.075, and
half of all such changes did not lower it. So each reference setup can be given variants of each utterance,
and what these do is not held against a setup whose encoder made other codes.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from harness.metrics.catalogue import METRICS, Rows
from harness.record import Measurement, Measurements, is_true, value
from harness.verdict.judgement import Judgement

Ranges = Mapping[str, tuple[float, float]]  # lowest and highest value of a measurement, by its name
NO_VARIANTS: Ranges = MappingProxyType({})

# From the middle of a range, so many times its half. The half of a normal distribution's range over nine draws is 1.5
# of its standard deviations, so that this is three.
BEYOND = 2.0
RANGED = Rows(lambda row: row.tolerance is not None or row.name in ("level_db", "word_errors"))
FEWEST = 2  # values of a range
# From the plain value, so many usual tolerances at most: sound codecs scatter up to 4.1, and 50 ms of missing speech up
# to 5 (Opus at 6 kb/s, 448 changes of the input on 28 utterances). What is further off is broken.
MOST_TOLERANCES = 5.0


def ranges(plain: Measurements, others: Sequence[Measurements]) -> dict[str, tuple[float, float]]:
    """Return the range of each measurement that is judged over *plain* and the *others*, as far as it is known."""
    found = {}
    for row in RANGED:
        known = [value(one, row.name) for one in (plain, *others)]
        values = [round(one, 5) for one in known if one is not None]
        if len(values) >= FEWEST:
            found[row.name] = min(values), max(values)
    return found


def reached(name: str, plain: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Return how far a value of *name* may lie that is one of those with these *ends*, of which *plain* is one."""
    middle, half = (ends[0] + ends[1]) / 2, BEYOND * (ends[1] - ends[0]) / 2
    most = _most(name)
    return max(plain - most, min(plain, middle - half)), min(plain + most, max(plain, middle + half))


def _most(name: str) -> float:
    """Return how far from the plain value anything may lie; words and a suite's own metrics know no such bound."""
    row = METRICS["gain_db" if name == "level_db" else name]
    return math.inf if row.tolerance is None or row.own else MOST_TOLERANCES * row.tolerance.default


def judged_beside(measured: Measurements, variants: Ranges) -> Ranges:
    """Return the *variants* that *measured* is judged beside: none where the encoder made the same codes."""
    return NO_VARIANTS if is_true(measured, "codes_equal") else variants


def nearest(measured: Measurements, reference: Measurements, variants: Ranges) -> Measurements:
    """Return *reference* with each value as near to that of *measured* as variants of the input make it."""
    found = dict(reference)
    for name, ends in variants.items():
        now, before = value(measured, name), value(reference, name)
        if now is not None and before is not None:
            low, high = reached(name, before, ends)
            found[name] = Measurement.of(min(max(now, low), high), reference[name].unit or "")
    return found


def excused(found: Judgement, beside: Judgement) -> Judgement:
    """
    Return the better of two judgements of one cell: *found*, and the one held against what variants of the input do.

    What is lost in the first alone is told, and judges nothing.
    """
    if beside.verdict.rank >= found.verdict.rank:
        return found
    moved = (reason for reason in found.reasons if reason not in beside.reasons)
    told = (f"{reason}: no more than inaudible variants of the input do" for reason in moved)
    return beside.model_copy(update={"reasons": (*beside.reasons, *told)})
