"""
Why a stream in a row of a batch, or in a slot, is not what it is alone: looks that could have refuted the answer.

The wiring is run again with nothing coming or going, with a reset where there was none, and with fewer rows; and what
the other rows gave is held against what ours gives alone, so that streams that were mixed up are called by their rows.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Side
from harness.errors import HarnessError
from harness.explain.origin import Answer, Origin, Parted
from harness.explain.replay import Array
from harness.topology.catalogue import SLOT_EVENTS
from harness.topology.interpreter import Trace
from harness.topology.model import Slots, Topology

Rewired = Callable[[Topology], Trace]

ENOUGH = 3  # frames that two streams have to have in common, and half of those that are wrong


def of_rows(parted: Parted) -> Answer | None:
    """Return what makes a row of the suspect another than the stream alone; None if it has no rows."""
    got, rewired = parted.got, parted.suspect.rewired
    if got.row is None or rewired is None or parted.suspect.topology is None:
        return None
    topology = parted.suspect.topology
    rows = topology.slots.rows or topology.batch
    told = [f"Our stream is in row {got.row} of rows 0 to {rows - 1}."]
    if crossed := _crossed(parted):
        told.append(crossed)
    if topology.slots.event == "reuse-dirty":
        told.append(
            _tried(parted, rewired, _slots(topology, event="reuse"), "With a reset of the row before it is taken,")
        )
    elif topology.slots.event != "steady":
        what = f"With {rows} slots in which no stream comes or goes,"
        event = SLOT_EVENTS[topology.slots.event]
        told.append(f"{_tried(parted, rewired, _slots(topology, event='steady'), what)} What happens here: {event}.")
    for fewer in range(2, rows):
        smaller = _slots(topology, rows=fewer) if topology.slots.rows else topology.model_copy(update={"batch": fewer})
        try:
            if not _alone(parted, rewired(smaller)):
                continue
        except HarnessError:
            continue
        told.append(f"With {fewer} rows every stream is as alone, so it takes more than {fewer}.")
    return Origin.ROWS, " ".join(told)


def _slots(topology: Topology, **changes: object) -> Topology:
    return topology.model_copy(update={"slots": Slots.model_validate(topology.slots.model_dump() | changes)})


def _tried(parted: Parted, rewired: Rewired, topology: Topology, what: str) -> str:
    try:
        trace = rewired(topology)
    except HarnessError as error:
        return f"{what} it fails: {error}."
    if _alone(parted, trace):
        return f"{what} every stream is as alone: that is what makes it."
    return f"{what} it differs too, so that is not what makes it, or not alone."


def _alone(parted: Parted, trace: Trace) -> bool:
    """Tell whether no row of *trace* differs from its stream alone beyond rounding, ours included."""
    return "differs from" not in trace.said and parted.parts(trace, parted.expected) is None


def _crossed(parted: Parted) -> str:
    """Say in which other row our stream came out, or which other row gives the same as ours."""
    size = parted.reference.info.frame_size
    by_frame = _codes if parted.side is Side.ENCODER else partial(_samples, size)
    ours, alone = by_frame(parted.got.codes, parted.got.pcm), by_frame(parted.expected.codes, parted.expected.pcm)
    for other in parted.got.beside:
        theirs = by_frame(other.codes, other.decoded)
        frames = min(len(theirs), len(ours), len(alone))
        wrong = ~_equal(ours[:frames], alone[:frames], parted.tolerance)
        for expected, words in (
            (alone, f"What our stream gives alone came out of row {other.row} instead: the rows are mixed up."),
            (ours, f"Row {other.row} gives the same as ours there: one of them is heard in both."),
        ):
            alike = _equal(theirs[:frames], expected[:frames], parted.tolerance)
            if (alike & wrong).sum() >= max(ENOUGH, wrong.sum() / 2):
                return words
    return ""


def _codes(codes: Codes, _: Samples) -> Array:
    return codes.T


def _samples(size: int, _: Codes, pcm: Samples) -> Array:
    return pcm.reshape(-1, size)


def _equal(one: Array, other: Array, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which frames of (frames, values) are equal; none of them is if *other* is silent there."""
    near = np.abs(one.astype(np.float64) - other.astype(np.float64)).max(axis=1, initial=0.0) <= tolerance
    silent = np.abs(other.astype(np.float64)).max(axis=1, initial=0.0) <= tolerance
    return np.asarray(near & ~silent)
