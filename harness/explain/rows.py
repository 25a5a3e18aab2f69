"""
Why a stream in a row of a batch, in a slot, or in one of several sessions is not what it is alone: looks that could
have refuted the answer.

The wiring is run again with nothing coming or going, with a reset where there was none, with calls one after the other
that were made at once, and with fewer streams. What the others gave is held against what ours gives alone, what ours
gave against what they give alone, and the call where it begins is made again with the past of each of them.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codec, Codes, Side
from harness.codecs.returned import guarded
from harness.errors import HarnessError
from harness.explain.parted import Answer, Origin, Parted
from harness.explain.replay import Array, by_frame
from harness.explain.whose import PastCall, heard_in, state_of
from harness.topology.catalogue import SLOT_EVENTS
from harness.topology.model import Slots, Topology
from harness.topology.trace import Trace

Rewired = Callable[[Topology], Trace]

MAKES_IT = "every stream is as alone: that is what makes it."
AGAIN = 3  # runs at once in which what threads make is to be seen once more
FOLLOWED = 10  # calls of ours by which pasts of others are told apart
ENOUGH = 3  # frames that two streams have to have in common, and half of those that are wrong


def of_rows(parted: Parted) -> Answer | None:
    """Return what makes one of several streams of the suspect another than the stream alone; None if there is one."""
    got, rewired = parted.got, parted.suspect.rewired
    if got.row is None or rewired is None or parted.suspect.topology is None:
        return None
    topology = parted.suspect.topology
    rows, seat = topology.streams, topology.seat
    told = [f"Our stream is in {seat} {got.row} of {seat}s 0 to {rows - 1}."]
    if crossed := _crossed(parted, seat) or _whose(parted, seat):
        told.append(crossed)
    origin = Origin.SESSIONS if topology.sessions.count else Origin.ROWS
    if at_once(parted):
        in_turn = topology.sessions.model_copy(update={"how": "in-turn"})
        what = "With the same calls made one after the other, and not at once,"
        said = _tried(parted, rewired, topology.model_copy(update={"sessions": in_turn}), what)
        if said.endswith(MAKES_IT):
            if _again(parted, rewired, topology):
                origin = Origin.THREADS
            else:
                again = f"but made at once again, {AGAIN} times, too: so it is not known whether that makes it."
                said = f"{what} every stream is as alone, {again}"
        told.append(said)
    elif topology.slots.event == "reuse-dirty":
        told.append(
            _tried(parted, rewired, _slots(topology, event="reuse"), "With a reset of the row before it is taken,")
        )
    elif topology.slots.event != "steady":
        what = f"With {rows} slots in which no stream comes or goes,"
        event = SLOT_EVENTS[topology.slots.event]
        told.append(f"{_tried(parted, rewired, _slots(topology, event='steady'), what)} What happens here: {event}.")
    for fewer in range(2, rows):
        try:
            if not _alone(parted, rewired(_fewer(topology, fewer))):
                continue
        except HarnessError:
            continue
        told.append(f"With {fewer} {seat}s every stream is as alone, so it takes more than {fewer}.")
    return origin, " ".join(told)


def at_once(parted: Parted) -> bool:
    """Tell whether calls of the suspect are made at the same time, so that no run is like another."""
    topology = parted.suspect.topology
    return topology is not None and topology.sessions.count > 0 and topology.sessions.how == "at-once"


def _fewer(topology: Topology, streams: int) -> Topology:
    if topology.sessions.count:
        sessions = topology.sessions.model_copy(update={"count": streams})
        return topology.model_copy(update={"sessions": sessions})
    return _slots(topology, rows=streams) if topology.slots.rows else topology.model_copy(update={"batch": streams})


def _slots(topology: Topology, **changes: object) -> Topology:
    return topology.model_copy(update={"slots": Slots.model_validate(topology.slots.model_dump() | changes)})


def _tried(parted: Parted, rewired: Rewired, topology: Topology, what: str) -> str:
    try:
        trace = rewired(topology)
    except HarnessError as error:
        return f"{what} it fails: {error}."
    if _alone(parted, trace):
        return f"{what} {MAKES_IT}"
    return f"{what} it differs too, so that is not what makes it, or not alone."


def _again(parted: Parted, rewired: Rewired, topology: Topology) -> bool:
    """Tell whether the same calls, made at once again, differ again: else being made at once is not what makes it."""
    for _ in range(AGAIN):
        try:
            if not _alone(parted, rewired(topology)):
                return True
        except HarnessError:
            return True
    return False


def _alone(parted: Parted, trace: Trace) -> bool:
    """Tell whether no row of *trace* differs from its stream alone beyond rounding, ours included."""
    return "differs from" not in trace.said and parted.parts(trace, parted.expected) is None


def _crossed(parted: Parted, seat: str) -> str:
    """Say in which other rows or sessions our stream came out, or which others give the same as ours."""
    size = parted.reference.info.frame_size
    by_frame = _codes if parted.side is Side.ENCODER else partial(_samples, size)
    ours, alone = by_frame(parted.got.codes, parted.got.pcm), by_frame(parted.expected.codes, parted.expected.pcm)
    for expected, said in (
        (alone, f"What our stream gives alone came out of {seat} {{}} instead: the {seat}s are mixed up."),
        (
            ours,
            f"What our stream gives there came out of {seat} {{}} too: what one of them gives is heard in the others.",
        ),
    ):
        found = []
        for other in parted.got.beside:
            theirs = by_frame(other.codes, other.decoded)
            frames = min(len(theirs), len(ours), len(alone))
            wrong = ~_equal(ours[:frames], alone[:frames], parted.tolerance)
            alike = _equal(theirs[:frames], expected[:frames], parted.tolerance)
            if (alike & wrong).sum() >= max(ENOUGH, wrong.sum() / 2):
                found.append(str(other.row))
        if found:
            return said.format(" and ".join(found))
    return ""


def _whose(parted: Parted, seat: str) -> str:
    """Say whose samples are heard in ours, or whose state the call where it begins was made in."""
    # The reference's codec tells what streams give alone: it may be a right release of the one that is suspected.
    codec, info, got = parted.reference.codec, parted.reference.info, parted.got
    if codec is None or info.start_up:
        return ""
    ours, others = got.row or 0, got.beside
    try:
        alone = {other.row: _decoded(codec, other.pcm) for other in others}
    except HarnessError:
        return ""
    if heard := heard_in(got.pcm, parted.expected.pcm, alone, ours, info, seat):
        return f"In our stream, {heard}."
    found = state_of(codec, _calls(parted), [(other.pcm, other.codes) for other in others])
    if found is None:
        return ""
    other, frame = others[found[0]], found[1]
    whose = f"the stream that was in {seat} {other.row} before" if other.row == ours else f"that of {seat} {other.row}"
    return (
        f"With the past of another stream, {whose}, up to its frame {frame}, that call gives what came out: its state "
        "was found in ours."
    )


def _calls(parted: Parted) -> list[PastCall]:
    """Return the call where the suspect's stream begins to be wrong, and those that follow on that side."""
    got, first = parted.got, parted.calls[1]
    size = parted.suspect.info.frame_size
    made = []
    for step in got.steps[parted.found :]:
        if not isinstance(step, type(first)) or step.stream != "main" or step.instance != first.instance:
            continue
        frames, samples = slice(step.start, step.stop), slice(step.start * size, step.stop * size)
        if parted.side is Side.ENCODER:
            made.append(PastCall(parted.side, parted.suspect.speech[samples], got.codes[:, frames]))
        else:
            made.append(PastCall(parted.side, got.arrived[:, frames], got.pcm[samples]))
    return made[:FOLLOWED]


def _decoded(codec: Codec, pcm: Samples) -> Samples:
    """Return what *pcm*, whole frames, gives alone, frame by frame."""
    instance, size = guarded("open", codec.open), codec.info.frame_size
    parts = [
        guarded("a stream alone", lambda at=at: instance.decode(instance.encode(pcm[at : at + size].copy())))  # type: ignore[misc]
        for at in range(0, len(pcm), size)
    ]
    return np.concatenate(parts)


def _codes(codes: Codes, _: Samples) -> Array:
    return codes.T


def _samples(size: int, _: Codes, pcm: Samples) -> Array:
    return by_frame(pcm, size)


def _equal(one: Array, other: Array, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which frames of (frames, values) are equal; none of them is if *other* is silent there."""
    near = np.abs(one.astype(np.float64) - other.astype(np.float64)).max(axis=1, initial=0.0) <= tolerance
    silent = np.abs(other.astype(np.float64)).max(axis=1, initial=0.0) <= tolerance
    return np.asarray(near & ~silent)
