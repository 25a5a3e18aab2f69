"""Laws about slots: a stream in a row of a served batch is as it is alone, whatever streams do in the other rows."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, codes_trouble, joined, pcm_trouble
from harness.check.subject import Subject
from harness.codecs.optional import SlotCodec
from harness.codecs.protocol import Codes
from harness.codecs.returned import guarded
from harness.codecs.ties import all_tied
from harness.topology.batch_row import Beside
from harness.topology.model import SlotEvent, Slots
from harness.topology.slot_schedule import schedule
from harness.topology.slots import Slot

PRIOR = 6  # frames of an earlier stream in a row
SWITCH = 0.5

Events = Sequence[tuple[SlotEvent, int]]  # what happens, in how many rows


def reset(subject: Subject) -> Violation | None:
    """Check that a row that other speech has left is, after a reset, as fresh."""
    return _as_alone(subject, (("reuse", 2), ("reuse", 4)))


def apart(subject: Subject) -> Violation | None:
    """Check that streams that begin, end, abort or are missing in other rows do not touch a stream."""
    sizes: Events = [("padded", rows) for rows in (2, 3, 4, 8)]
    return _as_alone(subject, (*sizes, ("join-late", 3), ("ragged", 4), ("abort", 3)))


def idle(subject: Subject) -> Violation | None:
    """Check that a row that pauses goes on where it was."""
    return _as_alone(subject, (("idle", 2), ("idle", 3)))


def fork(subject: Subject) -> Violation | None:
    """Check that a forked row and the one that it was forked from both go on, each by itself."""
    return _as_alone(subject, (("fork", 2), ("fork", 3)))


def _as_alone(subject: Subject, events: Events) -> Violation | None:
    codec = subject.codec
    if not isinstance(codec, SlotCodec):
        raise NotApplicable("there are no slots")
    alone = Alone(subject)
    return subject.each_that_fits(
        {
            f"{rows} slots ({event})": partial(rows_off, subject, codec, Slots(rows=rows, event=event), alone)
            for event, rows in events
        }
    )


class Alone:
    """What streams give alone, frame by frame on fresh instances; several events share them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._known: dict[bytes, tuple[Codes, Samples]] = {}

    def __call__(self, pcm: Samples) -> tuple[Codes, Samples]:
        """Return the codes and the PCM of *pcm*, whole frames."""
        key = pcm.tobytes()
        if key not in self._known:
            self._known[key] = self._subject.coded(pcm)
        return self._known[key]


def rows_off(subject: Subject, codec: SlotCodec, slots: Slots, alone: Alone) -> Violation | None:
    """Run the event of *slots*; return the trouble of all rows that differ from what *alone* gives of their streams."""
    frames, info = subject.few, subject.info
    places = schedule(slots, frames, PRIOR, SWITCH)
    other = subject.speech(0, subject.frames, "other")
    served = guarded(f"open_slots({slots.rows})", lambda: codec.open_slots(slots.rows))
    ours = Slot(served, slots.rows, info, places, len(places) - 1, other)
    codes, pcm = [], []
    for frame in range(frames):
        codes.append(ours.encode(subject.speech(frame, frame + 1)))
        pcm.append(ours.decode(codes[-1]))
    spoken = subject.speech(0, frames)
    given = [Beside(len(places) - 1, ours.row, spoken, np.concatenate(codes, axis=1), np.concatenate(pcm))]
    given += ours.beside()
    del served, ours  # so that there is room for a stream alone
    given.sort(key=lambda one: one.row)
    return joined(*(off(subject, one, f"row {one.row} of {slots.rows} slots ({slots.event})", alone) for one in given))


def off(subject: Subject, given: Beside, who: str, alone: Alone) -> Violation | None:
    """Hold what a stream among others gave against what it gives alone; codes that are ties are forgiven."""
    pcm, codes, decoded = given.pcm, given.codes, given.decoded
    expected, heard = alone(pcm)
    info = subject.info
    if info.continuous:
        rounding = info.latent_tolerance or 0.0
        return codes_trouble(expected, codes, who, 0, rounding) or pcm_trouble(
            heard, decoded, info, who, 0, info.tolerance
        )
    if info.tolerance and (expected != codes).any() and all_tied(subject.codec, pcm, (expected, codes)):
        return pcm_trouble(subject.decoded(codes), decoded, info, who, 0, info.tolerance)
    return codes_trouble(expected, codes, who) or pcm_trouble(heard, decoded, info, who, 0, info.tolerance)
