"""
Whether what an instance went through beside our stream makes the difference: our stream alone, on a newly opened one.

A codec whose reset forgets something begins with what earlier speech left; one that is reset, replaced or given other
speech in the middle of a stream lacks its past. If that is the cause, the calls of our stream from its beginning, and
nothing else, give on a new instance what the other setup gives. So they do where the codec minds what else is open, as
a service with too many sessions does: then they no more do so while others are open, which are not used.
"""

from collections.abc import Sequence

from harness.codecs.protocol import Codec, Side
from harness.codecs.returned import guarded
from harness.explain.beside import owners
from harness.explain.history import told_of
from harness.explain.parted import Answer, Origin, Parted, made_again
from harness.explain.replay import Array, Replay
from harness.topology.ending import close
from harness.topology.plan import Clone, Decode, Encode, Open, Reset, Step
from harness.topology.trace import Trace

Call = Encode | Decode


def stream_alone(parted: Parted) -> Answer | None:
    """Say what an instance went through, or what was beside it, if without it nothing differs; None where it does."""
    runs = parted.runs
    for (replay, trace, place), (other, other_trace, other_place) in (runs, runs[::-1]):
        earlier, ours = _parts(trace.steps, place)
        before, calls = _parts(other_trace.steps, other_place)
        others = _others(trace.steps, place)
        alone = not earlier and not ours[0].start and not others
        if alone or before or calls[0].start or replay.codec is None:
            continue
        if not parted.same(replay, _made_anew(replay, replay.codec, calls, trace), other_trace, calls[-1]):
            continue
        given = "that call" if len(calls) == 1 else "all of this stream and nothing else"
        said = f"Given {given}, a newly opened instance of {replay.name} gives what {other.name} gives there"
        if others:
            crowded = _made_anew(replay, replay.codec, calls, trace, others)
            if not parted.same(replay, crowded, other_trace, calls[-1]):
                return Origin.NEIGHBOUR, f"{said}, {_crowd(others)}."
        if not earlier and not ours[0].start:
            return Origin.NEIGHBOUR, f"{said}. So what makes the difference is beside it, in calls on other instances."
        origin, why = _began(earlier, parted.side) if not ours[0].start else _lacks(earlier, ours)
        return origin, f"{said}. {why}"
    return None


def _made_anew(replay: Replay, codec: Codec, calls: Sequence[Call], trace: Trace, others: Sequence[bool] = ()) -> Array:
    """
    Return what the last of *calls* gives where all are made on a newly opened instance.

    others : opened as well and not used; whether each is opened before it
    """
    beside = [guarded("open", codec.open) for early in others if early]
    opened = guarded("open", codec.open)
    beside += [guarded("open", codec.open) for early in others if not early]
    for call in calls:
        output = made_again(replay, opened, call, trace)
    for instance in (opened, *beside):
        close(instance)
    return output


def _others(steps: tuple[Step, ...], place: int) -> list[bool]:
    """
    Return for each other instance that may be open at the call `steps[place]` whether it is older than that call's own.

    So may one that was opened for a call outside streaming: a program is told later that it is not needed any more.
    """
    chain = {owner for owner in owners(steps, place) if owner is not None} | {getattr(steps[place], "instance", None)}
    made = [step.instance for step in steps[:place] if isinstance(step, Open | Clone)]
    own = next((at for at, name in enumerate(made) if name in chain), len(made))
    passing = any(isinstance(step, Call) and step.instance is None for step in steps[:place])
    return [at < own for at in range(len(made)) if at != own] + [False] * passing


def _crowd(others: Sequence[bool]) -> str:
    one = len(others) == 1
    what = "another one is" if one else f"{len(others)} others are"
    return f"and no more so while {what} open, which {'is' if one else 'are'} not used: it minds what else is open"


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
