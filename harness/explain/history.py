"""What one side of an instance has been through before a call, in a few words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.codecs.protocol import Side
from harness.topology.plan import Clone, Decode, Encode, Open, Refuse, Reset, Step

MOST = 5  # events that are told; the last ones matter


@dataclass
class _Events:
    told: list[tuple[str, int]] = field(default_factory=list)  # words, and a number of frames for those that have one

    def add(self, words: str, frames: int = 0) -> None:
        if frames and self.told and self.told[-1][0] == words:
            self.told[-1] = (words, self.told[-1][1] + frames)
        else:
            self.told.append((words, frames))

    def take(self, step: Step, side: Side) -> None:
        """Add what *step* did to *side* of the instance that it is made on."""
        match step:
            case Reset(_, which, spares) if which in (side, Side.BOTH):
                self.add(f"reset, all but {spares}" if spares else "reset")
            case Refuse(_, which) if which is side:
                self.add("a call that it refused")
            case Encode(_, stream, start, stop) if side is Side.ENCODER:
                self.add(_of(stream), stop - start)
            case Decode(_, stream, start, stop) if side is Side.DECODER:
                self.add(_of(stream), stop - start)

    def copy(self) -> "_Events":
        return _Events(list(self.told))

    def __str__(self) -> str:
        events = [f"{frames} frame{'s' * (frames > 1)} {words}" if frames else words for words, frames in self.told]
        left_out = "..., " if len(events) > MOST else ""
        return f"{left_out}{', '.join(events[-MOST:])}"


def past(steps: tuple[Step, ...], index: int) -> str:
    """
    Tell what happened to the side that `steps[index]` calls, on its instance, before that call.

    Such as "instance b: opened, 40 frames of other speech, reset, 12 frames of this stream".
    """
    call = steps[index]
    if not isinstance(call, Encode | Decode):
        raise ValueError(f"step {index} is {call}, wanted a call that encodes or decodes")
    if call.instance is None:
        return "outside streaming, without any state"
    side = Side.ENCODER if isinstance(call, Encode) else Side.DECODER
    lives: dict[str, _Events] = {}
    for step in steps[:index]:
        match step:
            case Open(instance):
                lives[instance] = _Events([("opened", 0)])
            case Clone(source, instance, aliased):
                lives[instance] = lives[source].copy()
                lives[instance].add(f"cloned from {source}" + ", sharing memory with it" * aliased)
            case Reset(instance) | Refuse(instance) | Encode(str() as instance) | Decode(str() as instance):
                lives[instance].take(step, side)
    return f"instance {call.instance}: {lives[call.instance]}"


def told_of(steps: Iterable[Step], side: Side) -> str:
    """Tell what *steps*, all on one instance, did to its *side*."""
    events = _Events()
    for step in steps:
        events.take(step, side)
    return str(events)


def _of(stream: str) -> str:
    return "of this stream" if stream == "main" else "of other speech"
