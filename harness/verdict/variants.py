"""
What a codec scatters by itself: the range of each measurement over inaudible variants of what it is given.

A codec at a low rate makes something else of an input that sounds alike. No tolerance that holds for all speech can
tell that from a fault of the same size: dither at 16 bits moved STOI of one clip through Opus at 6 kb/s by 0.075, and
half of all such changes did not lower it. So each reference setup can be given variants of each utterance,
and what these do is not held against a setup whose encoder made other codes.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from harness.metrics.catalogue import Rows
from harness.record import Measurement, Measurements, Verdict, is_true, value
from harness.verdict.judgement import Judgement

Ranges = Mapping[str, tuple[float, float]]  # lowest and highest value of a measurement, by its name
NO_VARIANTS: Ranges = MappingProxyType({})

# From the middle of a range, so many times its half. The half of a normal distribution's range over nine draws is 1.5
# of its standard deviations, so that this is three.
BEYOND = 2.0
RANGED = Rows(lambda row: row.tolerance is not None or row.name in ("level_db", "word_errors"))
FEWEST = 2  # values of a range


def ranges(plain: Measurements, others: Sequence[Measurements]) -> dict[str, tuple[float, float]]:
    """Return the range of each measurement that is judged over *plain* and the *others*, as far as it is known."""
    found = {}
    for row in RANGED:
        known = [value(one, row.name) for one in (plain, *others)]
        values = [round(one, 5) for one in known if one is not None]
        if len(values) >= FEWEST:
            found[row.name] = min(values), max(values)
    return found


def reached(low: float, high: float) -> tuple[float, float]:
    """Return how far a value may lie that is one of those that gave this range."""
    middle, half = (low + high) / 2, BEYOND * (high - low) / 2
    return middle - half, middle + half


def held_against(measured: Measurements, reference: Measurements, variants: Ranges) -> Measurements:
    """Return what *measured* is judged against: *reference*, or near it where its encoder made other codes."""
    same = not variants or is_true(measured, "codes_equal")
    return reference if same else nearest(measured, reference, variants)


def nearest(measured: Measurements, reference: Measurements, variants: Ranges) -> Measurements:
    """Return *reference* with each value as near to that of *measured* as variants of the input make it."""
    found = dict(reference)
    for name, ends in variants.items():
        now, before = value(measured, name), value(reference, name)
        if now is not None and before is not None:
            low, high = reached(*ends)
            found[name] = Measurement.of(min(max(now, min(before, low)), max(before, high)), reference[name].unit or "")
    return found


def excused(found: Judgement, beside: Judgement) -> Judgement:
    """
    Return the better of two judgements of one cell: *found*, and the one held against what variants of the input do.

    What is lost in the first alone is told, and judges nothing.
    """
    if found.verdict not in (Verdict.DEGRADED, Verdict.CORRUPT) or beside.verdict.rank >= found.verdict.rank:
        return found
    moved = (reason for reason in found.reasons if reason not in beside.reasons)
    told = (f"{reason}: no more than inaudible variants of the input do" for reason in moved)
    return beside.model_copy(update={"reasons": (*beside.reasons, *told)})
