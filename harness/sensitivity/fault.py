"""
What a fault is: a row of the catalogue, with its sizes, its cause in words, what a listener would say and how it is
planted.
"""

from dataclasses import dataclass
from enum import StrEnum

from harness.record import Verdict
from harness.sensitivity.plants import Plant


class Family(StrEnum):
    """What kind of thing goes wrong."""

    STATE = "state"
    WIRE = "wire"
    TIMING = "timing"
    LEVEL = "level"
    SPECTRUM = "spectrum"
    LENGTH = "length"
    RATE = "rate"
    NOISE = "noise"
    WORDS = "words"
    CONCURRENCY = "concurrency"
    BENIGN = "benign"


class Where(StrEnum):
    """Where in a stream it is planted."""

    EVERYWHERE = "everywhere"  # from the first sample to the last
    SPEECH = "in speech"  # at a place, drawn by chance, where the speech is clear
    PAUSE = "in a pause"  # before the speech or between its words
    TAIL = "after the speech"  # from 0.1 s after the last of it on
    BEGINNING = "at the first word"
    ENDING = "at the last word"


_INAUDIBLE = frozenset({Verdict.IDENTICAL, Verdict.EQUIVALENT, Verdict.ALTERED})
LISTENER = {
    "a": _INAUDIBLE,
    "?": _INAUDIBLE | {Verdict.DEGRADED},
    "d": frozenset({Verdict.DEGRADED}),
    "!": frozenset({Verdict.DEGRADED, Verdict.CORRUPT}),
    "c": frozenset({Verdict.CORRUPT}),
    "*": frozenset(Verdict),
}


@dataclass(frozen=True)
class Fault:
    """
    A fault that can be planted, or a benign change.

    sizes : from subtle to gross, in *unit*; heard : one letter for each, what a careful listener would say of it: `a`
        not worse, `?` some hear it and some do not, `d` worse, `!` worse and maybe other words, `c` other words;
        `*` where that depends on the codec, so that no verdict is wrong
    source : why the letters are what they are
    cause : the truth, in words; plant : how it is planted; where : in which part of a stream
    shows_in : standard topologies in which it shows; none for what shows in plain use
    """

    name: str
    family: Family
    unit: str
    sizes: tuple[float, ...]
    heard: str
    source: str
    cause: str
    plant: Plant
    where: Where = Where.EVERYWHERE
    shows_in: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.heard) or not set(self.heard) <= LISTENER.keys():
            raise ValueError(
                f"{self.name}: got {len(self.sizes)} sizes and {self.heard!r}, wanted a letter for each size"
            )

    def right(self, step: int) -> frozenset[Verdict]:
        """Return the verdicts that are right at the size number *step*."""
        return LISTENER[self.heard[step]]

    @property
    def audible_from(self) -> int | None:
        """Return the number of the smallest size that every careful listener hears; None if there is none."""
        return next((step for step, letter in enumerate(self.heard) if letter in "d!c"), None)

    @property
    def once(self) -> bool:
        """Whether it happens once in a stream, rather than all the way."""
        return self.where is not Where.EVERYWHERE

    def told(self, step: int) -> str:
        """Say a size with its unit."""
        return f"{self.sizes[step]:g} {self.unit}".strip()
