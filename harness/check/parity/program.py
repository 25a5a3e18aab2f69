"""
Programs of calls on one instance, which two implementations are given alike.

    encode speech 0:2
    decode speech 0:1
    decode lost 1:2
    reset decoder
    refuse frame-less-one
    flush

A piece such as `speech 0:2` is frames 0 and 1 of a signal, in one call; to decode it is to decode the codes that the
reference implementation gives for it. `lost`, `random` and `zeros` are codes without a signal. `refuse` makes a call
that no codec can take; both implementations must refuse it, or both take it. `flush` ends the decoded stream; an
implementation that has no such call refuses it.

What `harness.check.fuzz` asks of one codec alone, such as clones, is not asked here again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from random import Random

from harness.check.laws.refusals import WRONG
from harness.check.parity.signals import CODES, SIGNALS
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid

FRAMES = 40  # of each signal that programs may use
LONGEST_CALL = 5  # frames of one call of a random program
MOST_CALLS = 24  # of a random program
FLUSH = "flush"


@dataclass(frozen=True)
class ProgramCall:
    """
    One line of a program. *verb* says which of the other fields are used.

    of : the signal, the codes, the side or the wrong input; start, stop : frames of a signal or of codes
    """

    verb: str
    of: str
    start: int = 0
    stop: int = 0

    def __str__(self) -> str:
        piece = f" {self.start}:{self.stop}" if self.verb in ("encode", "decode") else ""
        return f"{self.verb} {self.of}{piece}".rstrip()


Program = tuple[ProgramCall, ...]

_PIECE = re.compile(r"(encode|decode) ([a-z-]+) (\d{1,6}):(\d{1,6})")
_OTHER = re.compile(r"(reset|refuse) ([a-z-]+)")


def text(program: Program) -> str:
    """Return the program as text, a call to a line."""
    return "".join(f"{call}\n" for call in program)


def shape(program: Program) -> tuple[str, ...]:
    """Return what kinds of calls a program makes in turn: all but which signal, and how much of it."""
    kinds = [f"{call.verb} {'signal' if call.of in SIGNALS else call.of}".rstrip() for call in program]
    return tuple(kind for kind, _ in groupby(kinds))


def parse(lines: str, where: str = "program") -> Program:
    """Return the program that `text` wrote; raise `UsageInvalid` naming the first line that is none."""
    calls = []
    for number, line in enumerate(lines.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            calls.append(_call(line.strip(), f"{where}, line {number}"))
    return tuple(calls)


def _call(line: str, where: str) -> ProgramCall:
    if match := _PIECE.fullmatch(line):
        verb, of, start, stop = match[1], match[2], int(match[3]), int(match[4])
        if of in (SIGNALS if verb == "encode" else [*SIGNALS, *CODES]) and start < stop <= FRAMES:
            return ProgramCall(verb, of, start, stop)
    elif (match := _OTHER.fullmatch(line)) and match[2] in (list(Side) if match[1] == "reset" else WRONG):
        return ProgramCall(match[1], match[2])
    elif line == FLUSH:
        return ProgramCall(FLUSH, "")
    raise UsageInvalid(
        f"{where}: {line!r} is no call; wanted such as 'encode speech 0:2', 'decode lost 3:4', 'reset decoder'; "
        f"signals are {', '.join(SIGNALS)}, of {FRAMES} frames; codes also {', '.join(CODES)}"
    )


def in_calls(verb: str, of: str, size: int, start: int = 0, stop: int = FRAMES) -> str:
    """Return the lines that process frames start to stop of something, *size* frames to a call."""
    edges = [*range(start, stop, size), stop]
    return "".join(f"{verb} {of} {first}:{last}\n" for first, last in pairwise(edges))


def random_program(seed: int) -> Program:
    """
    Return a program of up to `MOST_CALLS` calls; the same for the same *seed*, with every version of Python.

    Most calls go on where the last one of their side ended, as streams do.
    """
    chance = Random(seed).random  # noqa: S311 - the one method whose numbers Python promises not to change

    def below(count: int) -> int:
        return int(chance() * count)

    def one_of(names: Iterable[str]) -> str:
        options = list(names)
        return options[below(len(options))]

    calls: list[ProgramCall] = []
    at = {"encode": 0, "decode": 0}
    of = {verb: one_of(SIGNALS) for verb in at}
    for _ in range(4 + below(MOST_CALLS - 3)):
        kind = below(20)
        if kind >= 18:
            calls.append(ProgramCall("refuse", one_of(WRONG)))
            continue
        if kind >= 16:
            calls.append(ProgramCall("reset", one_of(Side)))
            continue
        verb = "encode" if kind % 2 else "decode"
        size = below(LONGEST_CALL) + 1 if below(3) == 0 else 1
        if at[verb] + size > FRAMES or below(6) == 0:
            of[verb], at[verb] = one_of(SIGNALS), below(FRAMES - LONGEST_CALL)
        here = one_of(CODES) if verb == "decode" and below(4) == 0 else of[verb]
        calls.append(ProgramCall(verb, here, at[verb], at[verb] + size))
        at[verb] += size
    return tuple(calls)
