"""
What an implementation keeps over an event: over a reset, lost frames, a refused call.

Other arithmetic hides a fault of state where two implementations are held against each other. So each is held against
itself, which arithmetic does not touch: does it give after the event what a fresh instance gives, or what it gives
where the event is left out? If one of the two does and the other does not, they differ in state, unless the one that
does not is not even the same when it is given the same calls again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.check.parity.pair import Pair
from harness.check.parity.playing import CallAnswer, Player
from harness.check.parity.program import Program, ProgramCall
from harness.codecs.protocol import Side

SPARED = {Side.ENCODER: "decode", Side.DECODER: "encode"}  # a reset of the one side leaves the other in mid-stream
CLEARLY = 10.0  # times the tolerance; what lies between the two is taken for neither equal nor different


@dataclass(frozen=True)
class Kept:
    """
    A difference of state.

    kind : the same for differences that may have one cause
    call : the first call after the event in which it shows; frame : of its side; words : who does what
    """

    kind: tuple[str, ...]
    call: int
    frame: int
    words: str


def kept(pair: Pair, program: Program) -> Kept | None:
    """Return the first difference of state that *program* shows; None if it shows none."""
    played = [player.play(pair.inputs.script(program)) for player in (pair.reference, pair.other)]
    for event, stop, end in _events(program):
        tail = program[stop:end]
        relations = {
            "as a fresh instance does": tail,
            "as if that had not been": _without_events(program[:event]) + tail,
        }
        told = {
            words: [
                _told(player, pair, answers[stop:end], again)
                for player, answers in zip((pair.reference, pair.other), played, strict=True)
            ]
            for words, again in relations.items()
        }
        spared = _spared(program[event:stop])
        for verb in dict.fromkeys(call.verb for call in tail):
            calls = [index for index, call in enumerate(tail) if call.verb == verb]
            for words in reversed(told) if verb == spared else told:
                first, second = told[words]
                here, there = _alike(first, calls), _alike(second, calls)
                if here is None or there is None or here == there:
                    continue
                who, other = ("the reference", "this one") if here else ("this one", "the reference")
                differs, answers = (pair.other, played[1]) if here else (pair.reference, played[0])
                call = stop + next(index for index in calls if (second if here else first)[index] is False)
                frame = sum(before.stop - before.start for before in program[:call] if before.verb == verb)
                again = _alike(_told(differs, pair, answers[stop:end], program[:end]), calls)
                if again is None:
                    continue
                if not again:
                    said = f"{other} does not {verb} the same when it is given the same calls again"
                    return Kept(("again", other, verb), call, frame, said)
                said = f"after `{program[stop - 1]}` {who} {verb}s {words}, {other} does not"
                return Kept((_event(program[stop - 1]), who, verb, words), call, frame, said)
    return None


def _spared(events: Program) -> str | None:
    """Return the verb of the side that *events*, if all are resets of the other side, must not touch; else None."""
    of = {call.of if call.verb == "reset" else "" for call in events}
    return next((verb for side, verb in SPARED.items() if of == {side}), None)


def _event(call: ProgramCall) -> str:
    """Return what kind of event a call is; "" if it is none."""
    if call.verb in ("reset", "refuse"):
        return f"{call.verb} {call.of if call.verb == 'reset' else ''}"
    return "lost" if call.of == "lost" else ""


def _events(program: Program) -> Iterator[tuple[int, int, int]]:
    """Yield where each run of events begins, where the calls after it begin, and where these end."""
    at = 0
    while at < len(program):
        begin = at
        while at < len(program) and _event(program[at]):
            at += 1
        stop = at
        while at < len(program) and not _event(program[at]):
            at += 1
        if begin < stop < at:
            yield begin, stop, at


def _without_events(program: Program) -> Program:
    return tuple(call for call in program if not _event(call))


def _told(player: Player, pair: Pair, tail: list[CallAnswer], again: Program) -> list[bool | None]:
    """Tell for each call whether *player* ends *again* as it answered in *tail*; None where that is not clear."""
    found = player.play(pair.inputs.script(again))[-len(tail) :] if tail else []
    if len(found) < len(tail):
        return []
    return [_equal(left, right, pair.tolerance) for left, right in zip(tail, found, strict=True)]


def _alike(answers: Sequence[bool | None], calls: list[int]) -> bool | None:
    """Tell whether all *calls* of *answers* are alike; None if that is not clear, or none was made."""
    told = [answers[index] for index in calls] if answers else []
    if not told:
        return None
    if False in told:
        return False
    return None if None in told else True


def _equal(left: CallAnswer, right: CallAnswer, tolerance: float) -> bool | None:
    if left.died or right.died:
        return None
    if left.output is None or right.output is None:
        return (left.output is None) == (right.output is None)
    if left.output.shape != right.output.shape:
        return False
    if left.output.ndim > 1:
        return bool((left.output == right.output).all())
    difference = float(np.abs(left.output.astype(np.float64) - right.output).max(initial=0.0))
    if difference <= tolerance:
        return True
    return False if difference > CLEARLY * tolerance else None
