"""
A stream of any length, made of a piece of speech: a function of the frame's number, so that nothing long is kept.

Level changes from block to block, silence included. At the *marks*, near powers of two and half way between, the same
speech is heard each time, so that what is measured there can be compared along the stream. In a stream with marks
enough that are far apart, what leads to them is the same too, so that a fresh instance need not be asked for each.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from harness.audio.waveform import Samples

WINDOW = 16  # frames that are compared at a mark, half of them before it
BLOCK = 2.0  # s of one level
ENOUGH = 6  # marks of which an orderly fall is no chance
LEVELS = (1.0, 0.25, 0.0, 0.7, 0.03, 1.0, 4.0)  # times the speech, which is at full scale; what is above is clipped


@dataclass(frozen=True)
class LongStream:
    """
    *frames* frames of *size* samples at *rate* Hz, made of *speech* (whole frames, float32).

    warm : frames after which a fresh instance is to be as good as one that has heard all
    levels : times the speech, block by block; none if the samples carry codes, and are left as they are
    to_end : whether its end is a mark too, see `looked_at_to_the_end`
    """

    speech: Samples
    size: int
    rate: int
    frames: int
    warm: int
    levels: tuple[float, ...] = LEVELS
    to_end: bool = False

    @cached_property
    def marks(self) -> tuple[int, ...]:
        """The frames at which the stream is looked at: powers of two and half way between, well beyond *warm*."""
        found = self._far if len(self._far) >= ENOUGH else self._marks(self.warm + 2 * WINDOW, WINDOW)
        last = self.frames - WINDOW // 2
        return (*found, last) if self.to_end and found and last - found[-1] >= self._apart else found

    @property
    def lead(self) -> int:
        """How many frames before a window are the same at each mark: *warm*, and as many that decide their codes."""
        return 2 * self.warm if len(self._far) >= ENOUGH else 0

    @property
    def _apart(self) -> int:
        return self.lead + WINDOW

    def looked_at_to_the_end(self) -> "LongStream":
        """Return it with a mark at its end, which comes a little later where the mark before would be too near."""
        last = self.frames - WINDOW // 2
        near = bool(self.marks) and 0 < last - self.marks[-1] < self._apart
        frames = self.marks[-1] + self._apart + WINDOW // 2 if near else self.frames
        return replace(self, frames=frames, to_end=True)

    @cached_property
    def _far(self) -> tuple[int, ...]:
        return self._marks(2 * self.warm + 2 * WINDOW, 2 * self.warm + WINDOW)

    def _marks(self, first: int, apart: int) -> tuple[int, ...]:
        found, power = [], 1
        while power + WINDOW <= self.frames:
            found += [power, power * 3 // 2]
            power *= 2
        kept: list[int] = []
        for mark in found:
            if mark >= first and mark + WINDOW // 2 <= self.frames and (not kept or mark - kept[-1] >= apart):
                kept.append(mark)
        return tuple(kept)

    @cached_property
    def ends(self) -> dict[int, int]:
        """The last frame of the window of each mark, with the mark."""
        return {mark + WINDOW // 2 - 1: mark for mark in self.marks}

    def frame(self, number: int) -> Samples:
        """Return the samples of a frame, (size,)."""
        place = self._place(number)
        if place is not None and place >= 0:
            return self._piece(place)
        at = number if place is None else place + self.lead
        piece = self._piece(WINDOW + at)
        if not self.levels:
            return piece
        block = int(at * self.size / self.rate / BLOCK)
        return np.clip(piece * np.float32(self.levels[block % len(self.levels)]), -1, 1)

    def _place(self, number: int) -> int | None:
        """Return where a frame is from the first of the window that it is in, or leads to; None if to none."""
        after = bisect_right(self.marks, number - WINDOW // 2)  # the first mark whose window does not end before
        if after == len(self.marks):
            return None
        place = number - (self.marks[after] - WINDOW // 2)
        return place if place >= -self.lead else None

    def _piece(self, number: int) -> Samples:
        at = number * self.size % len(self.speech)
        return self.speech[at : at + self.size].copy()

    def all(self, start: int, stop: int) -> Iterator[Samples]:
        """Yield frames start to stop."""
        return (self.frame(number) for number in range(start, stop))
