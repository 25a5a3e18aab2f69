"""A topology, or a wire, as a small drawing in text: a short stream, one line for each instance or codebook."""

from itertools import groupby

import numpy as np

from harness.codecs.protocol import LOST
from harness.topology.model import Sessions, Slots, Topology
from harness.topology.plan import Clone, Decode, Encode, Finish, Open, Refuse, Reset, Step, Transmit, plan
from harness.topology.windows import Window
from harness.topology.wire import NOT_SENT, Wire, send

FRAMES = 4
WINDOWS = 3  # calls of a stream that is cut into windows: the last one shows what is before it
PRIOR = 2
SENT, BOOKS = 24, 5  # frames and codebooks of a wire's drawing: one frame in twenty must show
_MARKS = {LOST: "x", NOT_SENT: "."}


def draw(topology: Topology) -> str:
    """
    Draw *topology* for a stream of four frames, or three calls of windows: time runs to the right, one row for each
    instance.

    `E1` encodes frame 1 and `D1` decodes it, `e1`/`d1` are other speech, `R` is a reset (`Re`, `Rd` of one side; `Re!`,
    `Rd!` if it forgets a module), `+` is a fresh instance (`+4` one for four streams in step, `+4s` one of
    four slots, `+4c` and `+4t` one of four sessions, at once or in turn), `<a` a clone of instance
    a, `=a` one that shares memory with a. `D(1-5)6-10` is given frames 1 to 10, and what comes of 1 to 5 is cut off.
    `!e` and `!d` are calls that must be refused. At the end, `F` is a flush and
    `.` is closing: `FF` flushes twice, `.` not at all, `F.!` uses the instance again. The row `-` is outside streaming;
    `x` at the end is speech that is not sent.
    """
    windowed = any(side.calls == "windowed" for _, side in topology.sides())
    steps = plan(topology, WINDOWS * topology.chunk if windowed else FRAMES, prior=PRIOR)
    rows: dict[str, list[str]] = {}
    columns = 0
    for step in steps:
        name, mark = _mark(step)
        if mark:
            row = rows.setdefault(name, [])
            row += [""] * (columns - len(row)) + [mark]
            columns += 1
    width = [max((len(row[i]) for row in rows.values() if i < len(row)), default=1) for i in range(columns)]
    label = max((len(name) for name in rows), default=0)
    lines = []
    for name, row in rows.items():
        padded = [cell.center(width[i], "·") for i, cell in enumerate(row + [""] * (columns - len(row)))]
        lines.append(f"{name.rjust(label)} {' '.join(padded)}" + " x" * (topology.tail == "drop"))
    return "\n".join(lines)


def _mark(step: Step) -> tuple[str, str]:
    match step:
        case Open(instance, _, Slots(rows=rows)):
            return instance, f"+{rows}s"
        case Open(instance, _, _, Sessions(count=count, how=how)):
            return instance, f"+{count}{'c' if how == 'at-once' else 't'}"
        case Refuse(instance, side):
            return instance, f"!{side[0]}"
        case Finish(instance, end):
            return instance, {"no-flush": ".", "flush-twice": "FF.", "use-closed": "F.!"}.get(end, "F.")
        case Open(instance, rows):
            return instance, "+" if rows == 1 else f"+{rows}"
        case Clone(source, instance, aliased):
            return instance, f"{'=' if aliased else '<'}{source}"
        case Reset(instance, side, spares):
            return instance, {"encoder": "Re", "decoder": "Rd"}.get(side, "R") + "!" * bool(spares)
        case Encode(name, stream, start, stop, window):
            return name or "-", ("E" if stream == "main" else "e") + _given(start, stop, window)
        case Decode(name, stream, start, stop, window):
            return name or "-", ("D" if stream == "main" else "d") + _given(start, stop, window)
        case Transmit():
            return "", ""


def _given(start: int, stop: int, window: Window | None) -> str:
    frames = _calls(start, stop)
    if window is None:
        return frames
    before, after = (
        f"({_calls(*context)})" if context[0] < context[1] else ""
        for context in ((window.first, start), (stop, window.end))
    )
    return f"{before}{frames}{after}"


def _calls(start: int, stop: int) -> str:
    return str(start + 1) if stop - start == 1 else f"{start + 1}-{stop}"


def draw_wire(wire: Wire) -> str:
    """
    Draw what *wire* makes of frames 1, 2, 3 and so on: a line for the codebooks that fare alike, with their numbers.

    `x` is a lost frame, `0` a code of zero, `.` one that is not sent. Nothing is drawn of faults that change codes and
    neither order nor number.
    """
    if wire.fault in ("none", "off-by-one", "permute", "transpose", "noise", "round"):
        return ""
    arrived = send(wire, np.tile(np.arange(1, SENT + 1), (BOOKS, 1)), SENT + 1)
    said = [" ".join(_MARKS.get(code, str(code)).rjust(2) for code in row) for row in arrived.tolist()]
    lines = []
    for line, alike in groupby(range(BOOKS), key=said.__getitem__):
        books = [*alike]
        lines.append(f"{books[0]}{f'-{books[-1]}' if len(books) > 1 else '':3} {line}")
    return "\n".join(lines) if len(lines) > 1 else said[0]
