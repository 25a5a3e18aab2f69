"""Programs in the slots of a served codec: streams join, leave, are reset and forked, and idle in calls of others."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from harness.check.fuzz.machine import Programs
from harness.check.fuzz.program import Piece, ProgramLine, Verb
from harness.codecs.protocol import Side

SIZES = (2, 3, 4)  # slots of a batch; three of four is a bucket that is filled up
STREAMS = 6  # that join or are forked; no planted fault needs more than four
CALLS: tuple[tuple[Piece, ...], ...] = (  # pieces of one length; a call takes them in turn, from any of them on
    (Piece("main", 0, 1), Piece("other", 0, 1), Piece("main", 1, 2), Piece("other", 1, 2)),
    (Piece("main", 0, 2), Piece("other", 1, 3), Piece("main", 1, 3), Piece("other", 0, 2)),
)

Which = tuple[tuple[Piece, ...], int]

PLACE = st.integers(0, max(SIZES) - 1)  # of a stream among those that are there
TAKING_PART = st.integers(1, 2 ** max(SIZES) - 1)  # which of them, a bit each
WHICH = st.tuples(st.sampled_from(CALLS), st.integers(0, len(CALLS[0]) - 1))


class InSlots(Programs):
    """Programs in one batch of slots. Subclassed with the codec under test."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 0
        self.joined = 0
        self.streams: list[str] = []

    @initialize(rows=st.sampled_from(SIZES))
    def slots(self, rows: int) -> None:
        """Open the slots; a first stream joins."""
        self.rows = rows
        self.step(ProgramLine("slots", rows=rows))
        self.join()

    @precondition(lambda self: self.room())
    @rule()
    def join(self) -> None:
        """Let a stream join."""
        self.joined += 1
        self.streams.append(f"r{self.joined}")
        self.step(ProgramLine("join", self.streams[-1]))

    @precondition(lambda self: self.streams and self.room())
    @rule(place=PLACE)
    def fork(self, place: int) -> None:
        """Fork the stream in a place."""
        source = self.at(place)
        self.joined += 1
        self.streams.append(f"r{self.joined}")
        self.step(ProgramLine("fork", self.streams[-1], source=source))

    @precondition(lambda self: self.streams)
    @rule(place=PLACE)
    def leave(self, place: int) -> None:
        """Let the stream in a place leave."""
        name = self.at(place)
        self.streams.remove(name)
        self.step(ProgramLine("leave", name))

    @precondition(lambda self: self.streams)
    @rule(place=PLACE, side=st.sampled_from(list(Side)))
    def reset(self, place: int, side: Side) -> None:
        """Reset the row of the stream in a place."""
        self.step(ProgramLine("reset", self.at(place), side=side))

    @precondition(lambda self: self.streams)
    @rule(mask=TAKING_PART, which=WHICH)
    def encode(self, mask: int, which: Which) -> None:
        """Encode in one call; streams that take no part are idle."""
        self.call(("encode",), mask, which)

    @precondition(lambda self: self.streams)
    @rule(mask=TAKING_PART, which=WHICH)
    def decode(self, mask: int, which: Which) -> None:
        """Decode, as `encode`."""
        self.call(("decode",), mask, which)

    @precondition(lambda self: self.streams)
    @rule(mask=TAKING_PART, which=WHICH)
    def both(self, mask: int, which: Which) -> None:
        """Encode and decode, as a session does: most steps should be speech."""
        self.call(("encode", "decode"), mask, which)

    def room(self) -> bool:
        """Tell whether another stream may come; where none is left one may always, so that some rule applies."""
        return len(self.streams) < self.rows and (self.joined < STREAMS or not self.streams)

    def at(self, place: int) -> str:
        """Return the stream in a place; places go round."""
        return self.streams[place % len(self.streams)]

    def call(self, verbs: tuple[Verb, ...], mask: int, which: Which) -> None:
        """Make calls in which the streams of *mask* take part, or the first if that is none of them."""
        pieces, begin = which
        chosen = [name for place, name in enumerate(self.streams) if mask >> place & 1] or self.streams[:1]
        taking = [(name, pieces[(begin + place) % len(pieces)]) for place, name in enumerate(chosen)]
        for verb in verbs:
            self.step(ProgramLine(verb, taking[0][0], piece=taking[0][1], beside=tuple(taking[1:])))
