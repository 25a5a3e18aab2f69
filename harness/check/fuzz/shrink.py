"""
Shrinking a program that diverges: steps are taken out, and pieces of speech made plainer, as long as it still diverges.

Hypothesis could do this on its own choices; on the program itself it takes a tenth of the runs, and nothing that can be
left out is left in.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.check.fuzz.program import FuzzProgram, Piece, ProgramLine
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.shrinking import smallest
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid

PLAINEST = (Piece("main", 0, 1), Piece("other", 0, 1))


def shrink(fails: Callable[[FuzzProgram], bool], program: FuzzProgram) -> tuple[FuzzProgram, int]:
    """Return a program that still *fails* and from which no step can be taken, and how many were run for it."""
    return smallest(fails, program, _candidates)


def diverges(oracle: FreshOutputs, program: FuzzProgram) -> bool:
    """Tell whether a program diverges; one that no longer makes sense does not."""
    try:
        return replay(oracle, program) is not None
    except UsageInvalid:
        return False


def _candidates(program: FuzzProgram) -> Iterator[FuzzProgram]:
    """Yield smaller programs: halves first, then without one step or two, with fewer instances, with plainer steps."""
    length = len(program)
    size = length // 2
    while size >= 1:
        for start in range(0, length - size + 1, size):
            yield program[:start] + program[start + size :]
        size //= 2
    for first in range(length):
        for second in range(first + 1, length):
            yield tuple(step for index, step in enumerate(program) if index not in (first, second))
    yield from _with_fewer_instances(program)
    for index, step in enumerate(program):
        for other in _plainer(step):
            yield (*program[:index], other, *program[index + 1 :])


def _plainer(step: ProgramLine) -> list[ProgramLine]:
    """Return plainer forms of a step."""
    plainer: list[ProgramLine] = []
    for gone in range(len(step.beside)):
        plainer.append(replace(step, beside=step.beside[:gone] + step.beside[gone + 1 :]))
    if step.beside:
        (name, piece), *rest = step.beside
        plainer.append(replace(step, instance=name, piece=piece, beside=tuple(rest)))
    elif step.piece is not None:
        rank = PLAINEST.index(step.piece) if step.piece in PLAINEST else len(PLAINEST)
        plainer += [replace(step, piece=piece, past=0) for piece in PLAINEST[:rank]]
        plainer += [replace(step, past=past) for past in range(step.past)]
    if step.verb == "reset" and step.side is Side.BOTH:
        plainer += [replace(step, side=side) for side in (Side.ENCODER, Side.DECODER)]
    if step.verb == "fork":
        plainer.append(ProgramLine("join", step.instance))
    if step.verb in ("batch", "slots"):
        plainer += [replace(step, rows=rows) for rows in range(2, step.rows)]
    return plainer


def _with_fewer_instances(program: FuzzProgram) -> Iterator[FuzzProgram]:
    """Yield programs in which one instance does what two did."""
    made = [step.instance for step in program if step.verb in ("open", "clone")]
    for gone in made[1:]:
        for stays in made[: made.index(gone)]:
            yield tuple(
                replace(
                    step,
                    instance=stays if step.instance == gone else step.instance,
                    source=stays if step.source == gone else step.source,
                )
                for step in program
                if not (step.verb in ("open", "clone") and step.instance == gone)
            )
