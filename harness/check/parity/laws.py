"""
What two implementations must agree in, each as a program of calls (`harness.check.parity.program`).

The plain use of every signal comes first. What is asked of resets, losses and calls after that is asked on a *carrier*:
the signal on which the two agree best in plain use, so that one difference does not hide the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.check.laws.refusals import WRONG
from harness.check.laws.table import check_left
from harness.check.parity.program import FLUSH, FRAMES, Program, in_calls, parse
from harness.check.parity.signals import SIGNALS
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid

SHORT = 16  # frames where the first ones tell
CARRIER = "carrier"
STAYS_TOGETHER = "stays-together"  # no program: see `harness.check.parity.together`
OTHER = "backwards"  # what an instance is used for before it is reset


@dataclass(frozen=True)
class ParityLaw:
    """*promise* is what implementations do alike; *lines* is the program that shows it, on a `carrier`."""

    promise: str
    lines: str

    def program(self, carriers: Mapping[str, str]) -> Program:
        """Return the calls that are made of both; *carriers* names the signal for each verb."""
        lines = self.lines
        for verb, carrier in carriers.items():
            lines = lines.replace(f"{verb} {CARRIER} ", f"{verb} {carrier} ")
        return parse(lines)


def plain(verb: str, of: str) -> str:
    """Return the name of the law of plain use of a signal."""
    return f"{verb}-{of}"


def _both(size: int, stop: int = SHORT) -> str:
    return in_calls("encode", CARRIER, size, 0, stop) + in_calls("decode", CARRIER, size, 0, stop)


def _decoded(*parts: tuple[str, int, int]) -> str:
    return "".join(in_calls("decode", of, 1, start, stop) for of, start, stop in parts)


def _turned(verb: str, side: str) -> str:
    return f"{in_calls(verb, OTHER, 1, 0, SHORT)}reset {side}\n{in_calls(verb, CARRIER, 1, 0, SHORT)}"


def _one_side() -> str:
    """Reset either side while the other is in mid-stream."""
    lines = []
    for verb, side in (("encode", "decoder"), ("decode", "encoder")):
        first, then = in_calls(verb, CARRIER, 1, 0, SHORT // 2), in_calls(verb, CARRIER, 1, SHORT // 2, SHORT)
        lines += [first, f"reset {side}\n", then]
    return "".join(lines)


def _refused(verb: str) -> str:
    lines = []
    for frame, name in enumerate(name for name, wrong in WRONG.items() if wrong.verb == verb):
        lines += [f"{verb} {CARRIER} {frame}:{frame + 1}", f"refuse {name}"]
    return "\n".join([*lines, in_calls(verb, CARRIER, 1, len(lines) // 2, SHORT)])


PLAIN: Mapping[str, ParityLaw] = {
    plain(verb, name): ParityLaw(
        f"{verb[:-1]}ing {name} frame by frame gives the same {gives}", in_calls(verb, name, 1, 0, FRAMES)
    )
    for verb, gives in (("encode", "codes"), ("decode", "PCM"))
    for name in SIGNALS
}
_CODES = {
    "random-codes": ParityLaw(
        "codes that no encoder made give the same", _decoded(("random", 0, 4), (CARRIER, 4, SHORT))
    ),
    "zero-codes": ParityLaw("codes of zeros give the same", _decoded(("zeros", 0, 4), (CARRIER, 4, SHORT))),
}
_CALLS = {
    "turns": ParityLaw(
        "encoding and decoding in turn give the same",
        "".join(f"encode carrier {frame}:{frame + 1}\ndecode carrier {frame}:{frame + 1}\n" for frame in range(SHORT)),
    ),
    "calls-of-2": ParityLaw("calls of 2 frames give the same", _both(2)),
    "calls-of-5": ParityLaw("calls of 5 frames give the same", _both(5, FRAMES)),
    "one-call": ParityLaw("one call for all gives the same", _both(FRAMES, FRAMES)),
}
_STATE = {
    "reset-encoder": ParityLaw("a reset of the encoder leaves the same state", _turned("encode", "encoder")),
    "reset-decoder": ParityLaw("a reset of the decoder leaves the same state", _turned("decode", "decoder")),
    "reset-both": ParityLaw(
        "a reset of both sides leaves the same state", _turned("encode", "both") + _turned("decode", "both")
    ),
    "reset-one-side": ParityLaw("a reset of one side leaves the other in mid-stream", _one_side()),
    "reset-unused": ParityLaw("a reset before the first call changes nothing", f"reset both\n{_both(1)}"),
    "flush": ParityLaw(
        "the end of a stream gives the same, and leaves the same behind",
        _decoded((CARRIER, 0, 5)) + f"{FLUSH}\nreset decoder\n" + _decoded((CARRIER, 5, SHORT)),
    ),
    "refused-encoding": ParityLaw("wrong PCM is refused alike, and changes nothing", _refused("encode")),
    "refused-decoding": ParityLaw("wrong codes are refused alike, and change nothing", _refused("decode")),
    "skipped": ParityLaw("a frame left out does the same harm", _decoded((CARRIER, 0, 5), (CARRIER, 6, SHORT))),
    "repeated": ParityLaw("a frame sent twice does the same harm", _decoded((CARRIER, 0, 6), (CARRIER, 5, SHORT))),
}
_LOSSES = {
    "one-lost": ParityLaw(
        "one lost frame is concealed alike, and what follows is alike",
        _decoded((CARRIER, 0, 5), ("lost", 5, 6), (CARRIER, 6, SHORT)),
    ),
    "burst-lost": ParityLaw(
        "five lost frames are concealed alike, and what follows is alike",
        _decoded((CARRIER, 0, 5), ("lost", 5, 10), (CARRIER, 10, 20)),
    ),
    "first-lost": ParityLaw("a lost first frame is concealed alike", _decoded(("lost", 0, 1), (CARRIER, 1, SHORT))),
    "every-other-lost": ParityLaw(
        "every other frame lost is concealed alike",
        _decoded(*(("lost" if frame % 2 else CARRIER, frame, frame + 1) for frame in range(20))),
    ),
    "rest-lost": ParityLaw("what is heard after the end is the same", _decoded((CARRIER, 0, 5), ("lost", 5, 30))),
    "lost-then-reset": ParityLaw(
        "a reset after losses leaves the same state",
        f"{_decoded((CARRIER, 0, 5), ('lost', 5, 8))}reset decoder\n{_decoded((CARRIER, 8, SHORT))}",
    ),
}

PARITY: Mapping[str, ParityLaw] = {**PLAIN, **_CODES, **_CALLS, **_STATE, **_LOSSES}


def of_a_decoder(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the laws *names* that a decoder alone can be asked."""
    spoken = {"encode": "speech", "decode": "speech"}
    return tuple(name for name in names if name in PARITY and not _encodes(PARITY[name].program(spoken)))


def _encodes(program: Program) -> bool:
    return any(
        call.verb == "encode"
        or (call.verb == "reset" and call.of == Side.ENCODER)
        or (call.verb == "refuse" and WRONG[call.of].verb == "encode")
        for call in program
    )


def chosen(names: tuple[str, ...], excepted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the laws by these names, all if none are given, but *excepted*; raise `UsageInvalid` for a strange one."""
    known = (*PARITY, STAYS_TOGETHER)
    for name in (*names, *excepted):
        if name not in known:
            raise UsageInvalid(f"--law: no law {name!r} of two implementations; there are: {', '.join(known)}")
    left = tuple(name for name in known if name in (names or known) and name not in excepted)
    check_left(left)
    return left
