"""
Places: which frames of a stream a fault hits, as runs of frames in a row.

Conventions
-----------
A run is a range of frame numbers within the stream, not empty; runs ascend. What is drawn by chance comes from Python's
own generator, whose numbers stay the same from version to version: a seed means the same frames everywhere, and a
longer stream begins as the shorter one does.

Sources
-------
The chain of two states is Gilbert's ("Capacity of a burst-noise channel", 1960), with losses in both states Elliott's
(1963). The jitter is that of a queue: no frame overtakes the one before it, so one that is held up holds up others.
"""

import math
import random
from collections.abc import Iterable

Runs = list[range]


def bursts(frames: int, starts: Iterable[int], count: int) -> Runs:
    """Return runs of *count* frames from each of *starts*; one that would reach beyond the end begins earlier."""
    begun = [min(start, max(0, frames - count)) for start in starts]
    return [range(start, min(start + count, frames)) for start in begun]


def repeated(frames: int, pattern: str) -> Runs:
    """Return the runs of x in *pattern*, which is said again and again up to *frames*."""
    return _runs(frame for frame in range(frames) if pattern[frame % len(pattern)] == "x")


def chained(frames: int, share: float, spell: float | None, hits: tuple[float, float], seed: int) -> Runs:
    """
    Return the runs that a chain of two states hits, Gilbert-Elliott's.

    share : of the time spent in the bad state, 0 to below 1; spell : how many frames it lasts on average, 1 or more;
        None: as many as make every frame's state its own, whatever the last was
    hits : the chance that a frame is hit, 0 to 1, in the bad state and in the good one
    """
    length = 1 / (1 - share) if spell is None else spell
    into_bad = min(1.0, share / (length * (1 - share)))
    draw = random.Random(seed).random  # noqa: S311 - no secret
    bad, hit = draw() < share, []
    for frame in range(frames):
        if draw() < hits[not bad]:
            hit.append(frame)
        bad = draw() >= 1 / length if bad else draw() < into_bad
    return _runs(hit)


def late(frames: int, jitter: float, wait: float, seed: int) -> Runs:
    """
    Return the runs that come too late to be played.

    jitter : mean of the time that a frame is held up, exponentially distributed, in frames
    wait : how long the receiver waits before it plays, in frames; 0: it plays a frame when it is sent
    """
    draw = random.Random(seed).random  # noqa: S311 - no secret
    arrival, hit = 0.0, []
    for frame in range(frames):
        arrival = max(arrival, frame - jitter * math.log(1 - draw()))
        if arrival > frame + wait:
            hit.append(frame)
    return _runs(hit)


def _runs(hit: Iterable[int]) -> Runs:
    """Return the frames in *hit*, which ascend, as runs that do not touch."""
    runs: Runs = []
    for frame in hit:
        if runs and runs[-1].stop == frame:
            runs[-1] = range(runs[-1].start, frame + 1)
        else:
            runs.append(range(frame, frame + 1))
    return runs
