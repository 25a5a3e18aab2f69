"""
Whether what an instance went through beside our stream makes the difference: our stream alone, on a newly opened one.

A codec whose reset forgets something begins with what earlier speech left; one that is reset, replaced or given other
speech in the middle of a stream lacks its past. If that is the cause, the calls of our stream from its beginning, and
nothing else, give on a new instance what the other setup gives.
"""

from collections.abc import Sequence

from harness.codecs.protocol import Side
from harness.codecs.returned import guarded
from harness.explain.beside import owners
from harness.explain.history import told_of
from harness.explain.parted import Answer, Origin, Parted, made_again
from harness.topology.ending import close
from harness.topology.plan import Decode, Encode, Reset, Step

Call = Encode | Decode


def stream_alone(parted: Parted) -> Answer | None:
    """Say what an instance went through beside our stream, if without it nothing differs; None where it does."""
    runs = parted.runs
    for (replay, trace, place), (other, other_trace, other_place) in (runs, runs[::-1]):
        earlier, ours = _parts(trace.steps, place)
        before, calls = _parts(other_trace.steps, other_place)
        alone = not earlier and not ours[0].start
        if alone or before or calls[0].start or replay.codec is None:
            continue
        opened = guarded("open", replay.codec.open)
        for call in calls:
            output = made_again(replay, opened, call, trace)
        close(opened)
        if parted.same(replay, output, other_trace, calls[-1]):
            given = "that call" if len(calls) == 1 else "all of this stream and nothing else"
            said = f"Given {given}, a newly opened instance of {replay.name} gives what {other.name} gives there."
            origin, why = _began(earlier, parted.side) if not ours[0].start else _lacks(earlier, ours)
            return origin, f"{said} {why}"
    return None


def _began(earlier: Sequence[Step], side: Side) -> tuple[Origin, str]:
    """Tell of an instance that has all of our stream, after something else."""
    reset = isinstance(earlier[-1], Reset)
    before = told_of(earlier[:-1] if reset else earlier, side)
    if not reset:
        why = f"{before}, after which it is not reset"
    elif before:
        why = f"{before}, which its reset does not take back"
    else:
        why = "its reset, which leads to another state than that of a new instance"
    return Origin.LEFT_BEHIND, f"So what makes the difference was there before: {why}."


def _lacks(earlier: Sequence[Step], ours: Sequence[Call]) -> tuple[Origin, str]:
    """Tell of an instance that has not all of our stream since it was new, or something else in between."""
    begun = next((at for at, step in enumerate(earlier) if isinstance(step, Call) and step.stream == "main"), None)
    resets = 0 if begun is None else sum(isinstance(step, Reset) for step in earlier[begun:])
    made = [step for step in earlier if isinstance(step, Call)]
    strange = sum(step.stop - step.start for step in made if step.stream == "other")
    missing = ours[0].start - sum(step.stop - step.start for step in made if step.stream == "main")
    why = [f"it lacks the {missing} frame{'s' * (missing > 1)} of this stream before it"] if missing > 0 else []
    why += [f"it was reset{f' {resets} times' * (resets > 1)} in the middle of it"] if resets else []
    why += [f"it was given {strange} frame{'s' * (strange > 1)} of other speech in between"] if strange else []
    return (Origin.LEFT_BEHIND if strange else Origin.MISSING), f"The one that differs was not: {', and '.join(why)}."


def _parts(steps: tuple[Step, ...], index: int) -> tuple[list[Step], list[Call]]:
    """Split what the instance of the call `steps[index]` went through on its side: before our last calls, and these."""
    call = steps[index]
    if not isinstance(call, Call):
        raise ValueError(f"step {index} is {call}, wanted a call that encodes or decodes")
    side = Side.ENCODER if isinstance(call, Encode) else Side.DECODER
    earlier: list[Step] = []
    ours: list[Call] = []
    for step, owner in zip(steps[:index], owners(steps, index), strict=True):
        if owner is None or getattr(step, "instance", None) != owner:
            continue
        if isinstance(step, type(call)) and step.stream == "main":
            ours.append(step)
        elif isinstance(step, type(call)) or (isinstance(step, Reset) and step.side in (side, Side.BOTH)):
            earlier, ours = [*earlier, *ours, step], []
    return earlier, [*ours, call]
