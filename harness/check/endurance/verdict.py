"""What the marks of a long stream say: flat, drifts, breaks; and whether a process grows or slows down."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

CAP = 140.0  # dB; what is equal to the bit counts as this far below
FOLLOWS = 10.0  # dB; below it the output is another one
SLOPE = 0.5  # dB per doubling
FALL = 2.0  # dB from the first marks to the last; below it, a slope is not told from scatter
CHANCE = 0.01  # that marks in no order fall so (Kendall's rank correlation); six in a row are enough
CODES = 0.5  # share of codes; where more differ, the stream is another one
GROWTH = 8.0  # MB; what allocators keep back comes and goes
SLOWER = 2.0  # times


@dataclass(frozen=True)
class Mark:
    """
    What is measured near a *frame*: the share of *codes* that differ, and the signal-to-noise ratio *snr* of PCM, dB.

    snr : `CAP` where it is equal; rounding : whether no sample differs by more than the tolerance, and no code
    """

    frame: int
    codes: float
    snr: float
    rounding: bool = False

    def __str__(self) -> str:
        snr = "equal" if self.snr >= CAP else f"{self.snr:.0f} dB"
        return f"frame {self.frame}: {snr}" + (f", {self.codes:.0%} of the codes differ" if self.codes else "")


@dataclass(frozen=True)
class Load:
    """A quarter of a stream: *memory* of the process at its end, MB, and *seconds* that a frame usually takes."""

    memory: float
    seconds: float


@dataclass(frozen=True)
class FrameSeconds:
    """The seconds that a frame usually takes at the end of a stream, and in a *fresh* instance at the same time."""

    late: float
    fresh: float


def breaks(marks: Sequence[Mark]) -> str | None:
    """
    Say between which marks the stream becomes another one; None if it does not.

    Other codes of equal sound, as of digital silence, break nothing.
    """
    for before, mark in pairwise(marks):
        lost = mark.snr < FOLLOWS <= before.snr
        if lost or (mark.codes > CODES >= before.codes and mark.snr < CAP):
            return f"breaks between frame {before.frame} and {mark.frame}: {mark}"
    return None


def drifts(marks: Sequence[Mark]) -> str | None:
    """
    Say by how much the signal-to-noise ratio falls with each doubling of the length; None if it does not.

    Marks that are equal to the bit have none: where only some are, something else is at work than a drift. What an
    unlimited past leaves behind scatters, so the fall has to be more orderly than chance makes it.
    """
    measured = [mark for mark in marks if mark.snr < CAP]
    few = max(1, len(measured) // 4)
    if len(measured) < 2 or all(mark.rounding for mark in measured[-few:]):
        return None
    lengths = np.log2([mark.frame for mark in measured])
    levels = np.array([mark.snr for mark in measured])
    from scipy import stats  # takes half a second, and other laws ask for no trend

    if not stats.kendalltau(lengths, levels).pvalue <= CHANCE:  # undefined if all are the same
        return None
    slope = float(np.polyfit(lengths, levels, 1)[0])
    fall = float(levels[:few].mean() - levels[-few:].mean())
    if -slope < SLOPE or fall < FALL:
        return None
    return f"drifts by {-slope:.1f} dB per doubling of the length ({measured[0]}; {measured[-1]})"


def leaks(loads: Sequence[Load], seconds: float) -> str | None:
    """Say how much memory is lost in an hour of a stream that was *seconds* long; None if it does not grow steadily."""
    memory = [load.memory for load in loads]
    grown = memory[-1] - memory[0]
    if len(memory) < 4 or grown < GROWTH or min(np.diff(memory)) < grown / (4 * len(memory)):
        return None
    length = seconds * (len(memory) - 1) / len(memory)
    return f"leaks {grown / length * 3600:.0f} MB an hour ({memory[0]:.0f} to {memory[-1]:.0f} MB)"


def slower(loads: Sequence[Load]) -> bool:
    """Tell whether a frame takes twice as long in the last quarter as in the first, whatever the cause."""
    return len(loads) >= 4 and loads[-1].seconds >= SLOWER * loads[0].seconds


def slows(loads: Sequence[Load], beside: FrameSeconds | None) -> str | None:
    """
    Say how much longer a frame takes at the end than at the beginning; None if it does not, by twice or more.

    A fresh instance has to be as quick as at the beginning: other work on the machine makes any frame take longer.
    """
    if not slower(loads) or beside is None or beside.late < SLOWER * beside.fresh:
        return None
    times = beside.late / max(beside.fresh, 1e-9)
    return f"slows down: a frame takes {times:.1f} times as long at the end as in a fresh instance beside it"


def flat(marks: Sequence[Mark]) -> str:
    """Say what a stream is in which nothing happens."""
    if not marks:
        return "too short to say: no mark lies beyond what the codec looks back; give more --minutes"
    if len(marks) == 1:
        return f"one mark only ({marks[0]})"
    falls = marks[0].snr - marks[-1].snr >= FALL and not marks[-1].rounding
    how = "falls, and too few marks tell a drift from scatter: give more --minutes" if falls else "flat"
    return f"{how} ({marks[0]}; {marks[-1]})"
