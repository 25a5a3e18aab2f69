"""
What a search asks and what it is told.

Conventions
-----------
A *point* is what is probed: a version's index or a set of factors. One call of the oracle is a *probe* and gives one
`Observation`; a `Finding` is what all observations of a point together say, with a confidence from 0.5 to 1.

A probe may be cheap and provisional, or *sure* (it used the deepest measurement that the question needs). A search
walks on provisional findings and reports only what sure ones confirm. With noisy probes, all observations made on the
way are provisional: the answer is confirmed by new ones, since the way was chosen by the old ones.
"""

import math
from collections.abc import Callable, Hashable, MutableMapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from harness.errors import UsageInvalid

PointT = TypeVar("PointT", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


class Judged(StrEnum):
    """What one probe says of its point."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"  # this point cannot be judged: it does not build, or its factors cannot be combined
    UNSURE = "unsure"  # this attempt did not decide; another one may


class Outcome(StrEnum):
    """How a search ended. Only FOUND names a change; the others are answers too."""

    FOUND = "found"
    BOTH_GOOD = "both ends are good"
    BOTH_BAD = "both ends are bad"
    SWAPPED = "the ends are swapped"
    CANNOT_REPRODUCE = "cannot reproduce"  # an end is judged now good, now bad
    CANNOT_JUDGE = "an end cannot be judged"
    NOT_REPEATABLE = "not repeatable"  # what was found was judged otherwise when it was repeated


@dataclass(frozen=True)
class Observation:
    """
    The result of one probe; *reason* is for a person, *sure* as in the module's conventions.

    failure : how what was probed failed, in words that do not vary from one such failure to the next; "" if it did not
    """

    judgement: Judged
    reason: str = ""
    sure: bool = True
    failure: str = ""


@dataclass(frozen=True)
class Noise:
    """
    How often one probe is wrong.

    false_bad : probability that a good point is judged bad, 0 to 1
    false_good : probability that a bad point is judged good, 0 to 1; a fault that shows in one run of five has 0.8
    """

    false_bad: float = 0.0
    false_good: float = 0.0

    def __post_init__(self) -> None:
        if min(self.false_bad, self.false_good) < 0 or self.false_bad + self.false_good >= 1:
            raise UsageInvalid(
                f"error rates of a probe: got false bad {self.false_bad}, false good {self.false_good}; "
                "wanted two probabilities whose sum is below 1, else a probe tells nothing"
            )

    def belief(self, good: int, bad: int) -> tuple[Judged, float]:
        """Return the likelier judgement after *good* and *bad* observations, and its probability, 0.5 to 1."""
        odds = _times(bad, _log_ratio(1 - self.false_good, self.false_bad))
        odds += _times(good, _log_ratio(self.false_good, 1 - self.false_bad))
        if math.isnan(odds) or odds == 0:
            return Judged.UNSURE, 0.5
        return (Judged.BAD if odds > 0 else Judged.GOOD), 1 / (1 + math.exp(-abs(odds)))


def _log_ratio(over: float, under: float) -> float:
    return math.inf if under == 0 else -math.inf if over == 0 else math.log(over / under)


def _times(count: int, weight: float) -> float:
    return count * weight if count else 0.0  # 0 * infinity would be NaN


@dataclass(frozen=True)
class Rules:
    """
    How much certainty a search buys.

    confidence : each finding that the answer rests on is repeated until it is at least this sure, above 0.5, at most 1
    repeats : most observations of one point; a point still open then cannot be judged
    verify : probes spent after the answer on whether the assumption behind it holds; None: as many as is usual
    limit : most probes in all, None for no limit; what was not proven by then is said
    """

    noise: Noise = Noise()
    confidence: float = 0.99
    repeats: int = 25
    unsure_repeats: int = 3
    verify: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        exact = self.noise == Noise()
        if not 0.5 < self.confidence <= 1 or (self.confidence == 1 and not exact):
            raise UsageInvalid(
                f"confidence: got {self.confidence}; wanted a probability above 0.5, and below 1 if probes are noisy"
            )
        if self.repeats < 1 or self.unsure_repeats < 1:
            raise UsageInvalid("repeats: wanted at least 1")


@dataclass(frozen=True)
class Finding:
    """What the observations of one point say together: GOOD, BAD or SKIP; *failure* as of the last of them."""

    judgement: Judged
    confidence: float
    good: int
    bad: int
    reason: str
    sure: bool
    failure: str = ""

    @property
    def contradictory(self) -> bool:
        """Whether the point was judged both good and bad without either prevailing."""
        return self.judgement is Judged.SKIP and self.good > 0 and self.bad > 0


@dataclass(frozen=True)
class Probe(Generic[PointT]):
    """One call of the oracle, for a progress line: the *number*-th; at most *left* more until the next answer."""

    number: int
    point: PointT
    observation: Observation
    left: int


Judge = Callable[[PointT, bool], Observation]
Observed = MutableMapping[str, tuple[Observation, ...]]
Watch = Callable[[Probe[PointT]], None]
Prefetch = Callable[[Sequence[PointT]], None]


def named(point: Hashable) -> str:
    """Return what *point* is called: equal points alike, others otherwise."""
    if isinstance(point, tuple):
        return ": ".join(map(named, point))
    return " + ".join(sorted(point)) if isinstance(point, frozenset) else str(point)


@dataclass(frozen=True)
class Oracle(Generic[PointT]):
    """
    Whom a search asks, and how.

    judge : gives one observation of a point; its second argument asks for a sure one
    rules : certainty and its price
    key : the identity of a point's content: points with the same key share their observations
    store : where observations are kept; one that outlives the process makes the search resumable
    watch : told of every probe
    prefetch : told which points will probably be asked next, most probable first
    """

    judge: Judge[PointT]
    rules: Rules = Rules()
    key: Callable[[PointT], str] = named
    store: Observed = field(default_factory=dict)
    watch: Watch[PointT] | None = None
    prefetch: Prefetch[PointT] | None = None

    def over(self, point: Callable[[Other], PointT], rules: Rules) -> "Oracle[Other]":
        """Return this oracle, asked by *rules* of other things, each of which stands for a *point*."""
        watch, prefetch = self.watch, self.prefetch
        return Oracle(
            lambda thing, sure: self.judge(point(thing), sure),
            rules,
            lambda thing: self.key(point(thing)),
            self.store,
            watch and (lambda probe: watch(Probe(probe.number, point(probe.point), probe.observation, probe.left))),
            prefetch and (lambda things: prefetch([point(thing) for thing in things])),
        )
