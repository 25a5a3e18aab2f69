"""
Whether what an instance went through before our stream makes the difference: our calls alone, on a newly opened one.

A codec whose reset forgets something, or which nobody reset, begins with what earlier speech left. If that is the
cause, the same calls of our stream on an instance without such a past give what the other setup gives.
"""

from harness.codecs.protocol import Side
from harness.codecs.returned import guarded
from harness.explain.beside import owners
from harness.explain.history import told_of
from harness.explain.parted import Answer, Origin, Parted, made_again
from harness.topology.ending import close
from harness.topology.plan import Decode, Encode, Reset, Step

Steps = tuple[Step, ...]


def left_behind(parted: Parted) -> Answer | None:
    """Say that an earlier past makes the difference, if without it there is none; None where it does not."""
    for (replay, trace, place), other in zip(parted.runs, (parted.expected, parted.got), strict=True):
        earlier, ours = _parts(trace.steps, place)
        if not earlier or replay.codec is None:
            continue
        opened = guarded("open", replay.codec.open)
        for call in ours:
            output = made_again(replay, opened, call, trace)
        close(opened)
        if not parted.same(output, other, ours[-1]):
            continue
        reset = isinstance(earlier[-1], Reset)
        before = told_of(earlier[:-1] if reset else earlier, parted.side)
        if not reset:
            why = f"{before}, after which it is not reset"
        elif before:
            why = f"{before}, which its reset does not take back"
        else:
            why = "its reset, which leads to another state than that of a new instance"
        calls = "that call" if len(ours) == 1 else f"the {len(ours)} calls of this stream up to that one"
        return Origin.LEFT_BEHIND, (
            f"On a newly opened instance of {replay.name} {calls} give{'s' * (len(ours) == 1)} what "
            f"{parted.reference.name if replay is parted.suspect else parted.suspect.name} gives. So what makes the "
            f"difference was there before: {why}."
        )
    return None


def _parts(steps: Steps, index: int) -> tuple[list[Step], list[Encode | Decode]]:
    """Split what the instance of the call `steps[index]` went through on its side: before our stream, and our calls."""
    call = steps[index]
    side = Side.ENCODER if isinstance(call, Encode) else Side.DECODER
    kind = Encode if side is Side.ENCODER else Decode
    earlier: list[Step] = []
    ours: list[Encode | Decode] = []
    for step, owner in zip(steps[:index], owners(steps, index), strict=True):
        if owner is None or getattr(step, "instance", None) != owner:
            continue
        if isinstance(step, Reset) and step.side in (side, Side.BOTH):
            earlier, ours = [*earlier, *ours, step], []
        elif isinstance(step, kind) and step.stream == "main":
            ours.append(step)
        elif isinstance(step, kind):
            earlier, ours = [*earlier, *ours, step], []
    return earlier, [*ours, call] if isinstance(call, Encode | Decode) else ours
