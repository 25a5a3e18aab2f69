"""Two runs that part in a frame, and what may be the cause."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from harness.codecs.protocol import CodecInfo, Instance, Side
from harness.codecs.returned import guarded
from harness.explain.replay import Array, Replay, first_difference, flushed, parting
from harness.topology.plan import Decode, Encode
from harness.topology.trace import Trace


class Origin(StrEnum):
    """What makes two runs differ."""

    STATE = "state"
    HIDDEN_STATE = "hidden state"
    NEIGHBOUR = "call on another instance"
    PROCESS = "the process"
    CHANCE = "chance"
    CALL = "the call itself"
    ROWS = "other streams in the same calls"
    SESSIONS = "other sessions of the codec"
    THREADS = "calls at the same time"
    END = "the end of the stream"
    WINDOW = "the window of a call"
    LEFT_BEHIND = "state left in an instance"
    MISSING = "missing past"


Answer = tuple[Origin | None, str]


@dataclass(frozen=True)
class Parted:
    """
    Two runs that part in *frame*, on *side*.

    wanted, found : the places of the calls for that frame, in the steps of the reference and of the suspect
    again : what both calls gave in a second run in this process; None if they are outside streaming
    """

    reference: Replay
    suspect: Replay
    expected: Trace
    got: Trace
    again: tuple[Array | None, Array | None]
    side: Side
    frame: int
    wanted: int
    found: int

    @property
    def runs(self) -> tuple[tuple[Replay, Trace, int], tuple[Replay, Trace, int]]:
        """Return the suspect first, then the reference: replay, trace, place of the call."""
        return (self.suspect, self.got, self.found), (self.reference, self.expected, self.wanted)

    @property
    def calls(self) -> tuple[Encode | Decode, Encode | Decode]:
        """Return the calls for the frame: the reference's and the suspect's."""
        one, two = self.expected.steps[self.wanted], self.got.steps[self.found]
        if not isinstance(one, Encode | Decode) or not isinstance(two, Encode | Decode):
            raise ValueError(f"got {one} and {two}, wanted calls that encode or decode")
        return one, two

    @property
    def tolerance(self) -> float:
        """The PCM difference that rounding explains."""
        return max(self.reference.info.tolerance, self.suspect.info.tolerance)

    def parts(self, one: Trace, two: Trace) -> int | None:
        """Return the first frame in which two traces part."""
        return parting(one, two, self.reference.info, self.tolerance)

    def same(self, replay: Replay, output: Array, trace: Trace, call: Encode | Decode) -> bool:
        """Return whether the *output* of *call*, made by *replay*, is what *trace* has where the runs diverge."""
        if isinstance(call, Encode):
            there = slice(self.frame - call.start, self.frame - call.start + 1)
            return first_difference(trace.codes[:, self.frame : self.frame + 1], output[:, there]) is None
        size, begin = self.reference.info.frame_size, begins(call, trace, replay.info)
        sample = first_sample(self.expected, self.got, self.frame, self.reference.info, self.tolerance)
        first = sample - (sample - begin) % size  # of the frame of that call in which they part
        low, high = max(first, begin, 0), min(first + size, begin + len(output))
        mine, theirs = output[low - begin : high - begin], trace.pcm[low:high]
        return first_difference(theirs[np.newaxis], mine[np.newaxis], self.tolerance) is None


def first_sample(one: Trace, two: Trace, frame: int, info: CodecInfo, tolerance: float) -> int:
    """Return the first sample of *frame* that two traces do not have alike."""
    there = slice(frame * info.frame_size, (frame + 1) * info.frame_size)
    found = first_difference(one.pcm[np.newaxis, there], two.pcm[np.newaxis, there], tolerance)
    return there.start + (found or 0)


def begins(call: Decode, trace: Trace, info: CodecInfo) -> int:
    """
    Return where in the samples of *trace* those of *call* begin; below 0 if they are of the start-up in part.

    A codec that holds samples back gives those of a frame in a later call, unless that call is flushed by itself.
    """
    before = 0
    for piece in trace.pieces:
        if piece.stop <= call.start:
            before += piece.samples
        elif piece.start < call.start:
            before += (call.start - piece.start) * info.frame_size
    return before if flushed(call) else before - info.start_up


def giving(trace: Trace, sample: int, info: CodecInfo) -> int | None:
    """Return the place in the steps of *trace* of the call that gives *sample*; None if only the flush does."""
    calls = [
        (place, step) for place, step in enumerate(trace.steps) if isinstance(step, Decode) and step.stream == "main"
    ]
    end = 0 if all(flushed(call) for _, call in calls) else -info.start_up
    for piece in trace.pieces:
        end += piece.samples
        if sample < end:
            return next((place for place, call in calls if call.start <= piece.start < call.stop), None)
    return None


def made_again(replay: Replay, instance: Instance, call: Encode | Decode, trace: Trace) -> Array:
    """Make *call*, one of *trace*, on *instance*; return what it gives."""
    return guarded("the call, made again", partial(replay.made, instance, call, trace))
