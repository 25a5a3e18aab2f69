"""
Which stream is in which slot from when to when: the events of `harness.topology.model.Slots`, as data.

A *place* is what the stream of one place does. Ours takes one of them, other speech takes the rest.
"""

from dataclasses import dataclass

from harness.topology.model import Slots

PAUSE = 10  # frames for which an idle stream is silent
EARLY = 20  # frames that the others have before a stream joins late


@dataclass(frozen=True)
class SlotPlace:
    """
    What the stream of one place does; times are in frames, and 0 is where most streams begin.

    joins, leaves : when; *leaves* is None for a stream that stays to the end
    pauses : when it is idle for `PAUSE` frames; None for never
    aborts : it leaves between encoding and decoding
    reset : the row is reset when it joins
    after : the place of an earlier stream, in whose row it must be
    forks : the place whose row is forked when it joins; that stream goes on in the new row, this one in the old
    """

    joins: int = 0
    leaves: int | None = None
    pauses: int | None = None
    aborts: bool = False
    reset: bool = True
    after: int | None = None
    forks: int | None = None

    @property
    def whole(self) -> bool:
        """Whether a stream in this place goes through it from its begin to its end."""
        return self.leaves is None and self.forks is None


def schedule(slots: Slots, frames: int, prior: int, switch: float) -> tuple[SlotPlace, ...]:
    """
    Return the places of *slots* for streams of *frames* frames; ours is usually in the last.

    prior : frames of an earlier stream in the row; switch : the fraction at which mid-stream events happen
    """
    middle = max(1, int(frames * switch))
    others = (SlotPlace(),) * (slots.rows - 1)
    match slots.event:
        case "steady":
            return (*others, SlotPlace())
        case "padded":
            return (SlotPlace(),) * (slots.rows // 2 + (slots.rows > 2))
        case "reuse" | "reuse-dirty":
            before = (SlotPlace(joins=-prior),) * (slots.rows - 1)
            used = slots.rows - 1
            return (*before, SlotPlace(joins=-prior, leaves=0), SlotPlace(reset=slots.event == "reuse", after=used))
        case "idle":
            return (*others, SlotPlace(pauses=middle))
        case "join-late":
            return (*(SlotPlace(joins=-EARLY) for _ in others), SlotPlace())
        case "ragged":
            ends = (max(1, frames * (place + 1) // slots.rows) for place in range(slots.rows - 1))
            return (*(SlotPlace(leaves=end) for end in ends), SlotPlace())
        case "abort":
            return (SlotPlace(leaves=middle, aborts=True), *others[1:], SlotPlace(joins=middle, after=0), SlotPlace())
        case "fork":
            return (*others[1:], SlotPlace(joins=middle, forks=slots.rows - 1), SlotPlace())
