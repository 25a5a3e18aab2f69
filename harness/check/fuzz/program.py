"""
Programs: what the search generates, as data with a text form that can be read, stored and replayed.

    a = open
    encode a main 0:2
    b = clone a
    s1 = snapshot a
    reset a encoder
    decode b other 0:1
    restore a s1
    misuse a
    poison a
    flush a
    offline main 0:1
    windowed main 2:3 past 2
    batch 3 main 0:2
    slots 3
    r1 = join
    r2 = fork r1
    encode r1 main 0:1, r2 other 0:1
    leave r2

A piece such as `main 0:2` is frames 0 and 1 of the speech under test, in one call; to decode it is to decode the codes
of these frames. `misuse` makes calls that must be refused and must change nothing. `poison` encodes a NaN: after it,
nothing is asked of that encoder until it is reset. `flush` ends the stream of a decoder, of which nothing is asked then
until it is reset. `windowed` encodes and decodes the piece outside streaming, together with so many frames of its past,
which are cut off again (0 if no number is given). `batch` makes one of so many rows (2 if no number is given), each
another stream from its beginning to the end of the piece, and lets it go again.

`slots` opens a batch whose rows are slots. A stream that joins takes a row, which is reset; `reset`, `encode` and
`decode` act on it as on an instance. In a call take part the streams that it names; the others are idle.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from harness.codecs.protocol import Side
from harness.errors import UsageInvalid

Verb = Literal[
    "open", "clone", "snapshot", "restore", "reset", "encode", "decode", "misuse", "poison", "flush", "offline",
    "windowed", "batch", "slots", "join", "fork", "leave",
]  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Frames start to stop of a stream, processed in one call."""

    stream: Literal["main", "other"]
    start: int
    stop: int

    def __str__(self) -> str:
        return f"{self.stream} {self.start}:{self.stop}"


@dataclass(frozen=True)
class ProgramLine:
    """
    One line of a program. *verb* says which of the other fields are used.

    instance : acted on; source : cloned or forked from; name : of the snapshot; rows : of a batch, or slots
    past : frames before the piece that a windowed call is given too
    beside : what the streams in other slots do in the same call, each with its piece
    """

    verb: Verb
    instance: str = ""
    source: str = ""
    name: str = ""
    side: Side = Side.BOTH
    piece: Piece | None = None
    rows: int = 2
    past: int = 0
    beside: tuple[tuple[str, Piece], ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All that it processes."""
        return (*(() if self.piece is None else (self.piece,)), *(piece for _, piece in self.beside))

    def __str__(self) -> str:
        match self.verb:
            case "open" | "join":
                return f"{self.instance} = {self.verb}"
            case "clone" | "fork":
                return f"{self.instance} = {self.verb} {self.source}"
            case "slots":
                return f"slots {self.rows}"
            case "snapshot":
                return f"{self.name} = snapshot {self.instance}"
            case "restore":
                return f"restore {self.instance} {self.name}"
            case "reset":
                return f"reset {self.instance} {self.side}"
            case "encode" | "decode":
                return ", ".join([f"{self.verb} {self.instance} {self.piece}", *map(_taking_part, self.beside)])
            case "offline":
                return f"offline {self.piece}"
            case "windowed":
                return f"windowed {self.piece} past {self.past}"
            case "batch":
                return f"batch {self.rows} {self.piece}"
            case _:
                return f"{self.verb} {self.instance}"


FuzzProgram = tuple[ProgramLine, ...]


def _taking_part(one: tuple[str, Piece]) -> str:
    return f"{one[0]} {one[1]}"


_NAME = r"[a-z]\w*"
_PIECE = r"(?P<stream>main|other) (?P<start>\d+):(?P<stop>\d+)"
_BESIDE = re.compile(rf", ({_NAME}) (main|other) (\d+):(\d+)")
_FORMS = (
    rf"(?P<instance>{_NAME}) = (?P<verb>open|join)",
    rf"(?P<instance>{_NAME}) = (?P<verb>clone|fork) (?P<source>{_NAME})",
    rf"(?P<name>{_NAME}) = (?P<verb>snapshot) (?P<instance>{_NAME})",
    rf"(?P<verb>restore) (?P<instance>{_NAME}) (?P<name>{_NAME})",
    rf"(?P<verb>reset) (?P<instance>{_NAME}) (?P<side>encoder|decoder|both)",
    rf"(?P<verb>encode|decode) (?P<instance>{_NAME}) {_PIECE}(?P<beside>(?:, {_NAME} (?:main|other) \d+:\d+)*)",
    rf"(?P<verb>misuse|poison|flush|leave) (?P<instance>{_NAME})",
    r"(?P<verb>slots) (?P<rows>[2-8])",
    rf"(?P<verb>offline) {_PIECE}",
    rf"(?P<verb>windowed) {_PIECE}(?: past (?P<past>\d+))?",
    rf"(?P<verb>batch)(?: (?P<rows>[2-8]))? {_PIECE}",
)


def text(program: FuzzProgram) -> str:
    """Return the program as text, a step to a line."""
    return "".join(f"{step}\n" for step in program)


def parse(lines: str, where: str = "program") -> FuzzProgram:
    """Return the program that `text` wrote; raise `UsageInvalid` naming the first line that is none."""
    steps = []
    for number, line in enumerate(lines.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            steps.append(_step(line.strip(), f"{where}, line {number}"))
    return tuple(steps)


def check_frames(program: FuzzProgram, frames: int) -> None:
    """Raise `UsageInvalid` if a step of *program* asks for more *frames* than the streams have."""
    for number, step in enumerate(program, 1):
        for piece in step.pieces:
            if piece.stop > frames:
                raise UsageInvalid(f"step {number}, {str(step)!r}: the streams have {frames} frames of speech")


def _check_pieces(step: ProgramLine, where: str) -> None:
    if any(piece.start >= piece.stop for piece in step.pieces):
        raise UsageInvalid(f"{where}: {str(step)!r}: wanted frames START:STOP, STOP after START, such as 0:1")


def _step(line: str, where: str) -> ProgramLine:
    for form in _FORMS:
        if match := re.fullmatch(form, line):
            found: dict[str, Any] = match.groupdict()
            piece = None
            if "stream" in found:
                piece = Piece(found.pop("stream"), int(found.pop("start")), int(found.pop("stop")))
            if "side" in found:
                found["side"] = Side(found["side"])
            if "beside" in found:
                others = _BESIDE.findall(found["beside"])
                found["beside"] = tuple((who, Piece(what, int(first), int(last))) for who, what, first, last in others)
            if "rows" in found:
                found["rows"] = int(found["rows"] or 2)
            if "past" in found:
                found["past"] = int(found["past"] or 0)
            made = ProgramLine(piece=piece, **found)
            _check_pieces(made, where)
            return made
    raise UsageInvalid(
        f"{where}: {line!r} is not a step; wanted such as 'a = open', 'encode a main 0:1', 'b = clone a'"
    )
