"""Two runs that part in a frame, and what may be the cause."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from harness.codecs.protocol import Instance, Side
from harness.codecs.returned import guarded
from harness.explain.replay import Array, Replay, by_frame, first_difference, parting
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

    def same(self, output: Array, trace: Trace, call: Encode | Decode) -> bool:
        """Return whether the *output* of *call* is what *trace* has of the frame where the runs diverge."""
        mine = output if isinstance(call, Encode) else by_frame(output, self.reference.info.frame_size).T
        rows = trace.codes if isinstance(call, Encode) else by_frame(trace.pcm, self.reference.info.frame_size).T
        there = slice(self.frame - call.start, self.frame - call.start + 1)
        tolerance = 0.0 if isinstance(call, Encode) else self.tolerance
        return first_difference(rows[:, self.frame : self.frame + 1], mine[:, there], tolerance) is None


def made_again(replay: Replay, instance: Instance, call: Encode | Decode, trace: Trace) -> Array:
    """Make *call*, one of *trace*, on *instance*; return what it gives."""
    return guarded("the call, made again", partial(replay.made, instance, call, trace))
