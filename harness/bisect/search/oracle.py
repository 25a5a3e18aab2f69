"""
What a search asks and what it is told: observations, repeated until they settle, each made only once.

Conventions
-----------
A *point* is what is probed: a version's index or a set of factors. One call of the oracle is a *probe* and gives one
`Observation`; a `Finding` is what all observations of a point together say, with a confidence from 0.5 to 1.

A probe may be cheap and provisional, or *sure* (it used the deepest measurement that the question needs). A search
walks on provisional findings and reports only what sure ones confirm. With noisy probes, all observations made on the
way are provisional: the answer is confirmed by new ones, since the way was chosen by the old ones.

Source
------
Repeats: Wald's sequential probability ratio test, with equal prior odds of good and bad.
"""

import math
from collections.abc import Callable, Hashable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from harness.errors import SuiteInvalid

Point = TypeVar("Point", bound=Hashable)

PROVISIONAL = 0.8  # confidence on which a search walks on; what it reports is confirmed to the confidence asked for


class Judgement(StrEnum):
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
    """The result of one probe; *reason* is for a person, *sure* as in the module's conventions."""

    judgement: Judgement
    reason: str = ""
    sure: bool = True


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
            raise SuiteInvalid(
                f"error rates of a probe: got false bad {self.false_bad}, false good {self.false_good}; "
                "wanted two probabilities whose sum is below 1, else a probe tells nothing"
            )

    def belief(self, good: int, bad: int) -> tuple[Judgement, float]:
        """Return the likelier judgement after *good* and *bad* observations, and its probability, 0.5 to 1."""
        odds = _times(bad, _log_ratio(1 - self.false_good, self.false_bad))
        odds += _times(good, _log_ratio(self.false_good, 1 - self.false_bad))
        if math.isnan(odds) or odds == 0:
            return Judgement.UNSURE, 0.5
        return (Judgement.BAD if odds > 0 else Judgement.GOOD), 1 / (1 + math.exp(-abs(odds)))


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
            raise SuiteInvalid(
                f"confidence: got {self.confidence}; wanted a probability above 0.5, and below 1 if probes are noisy"
            )
        if self.repeats < 1 or self.unsure_repeats < 1:
            raise SuiteInvalid("repeats: wanted at least 1")


@dataclass(frozen=True)
class Finding:
    """What the observations of one point say together: GOOD, BAD or SKIP."""

    judgement: Judgement
    confidence: float
    good: int
    bad: int
    reason: str
    sure: bool

    @property
    def contradictory(self) -> bool:
        """Whether the point was judged both good and bad without either prevailing."""
        return self.judgement is Judgement.SKIP and self.good > 0 and self.bad > 0


@dataclass(frozen=True)
class Probe(Generic[Point]):
    """One call of the oracle, for a progress line: the *number*-th; at most *left* more until the next answer."""

    number: int
    point: Point
    observation: Observation
    left: int


Judge = Callable[[Point, bool], Observation]
Store = MutableMapping[str, tuple[Observation, ...]]
Watch = Callable[[Probe[Point]], None]
Prefetch = Callable[[Sequence[Point]], None]


class BudgetSpent(Exception):
    """The limit on probes is reached; the search reports what it has."""


class Ledger(Generic[Point]):
    """
    Every observation of a search: asks the oracle only for what is not known yet.

    judge : the oracle; its second argument asks for a sure observation
    key : the identity of a point's content: points with the same key share their observations
    store : where observations are kept; one that outlives the process makes the search resumable
    prefetch : told which points will probably be asked next, most probable first
    """

    def __init__(
        self,
        judge: Judge[Point],
        rules: Rules,
        key: Callable[[Point], str],
        store: Store | None = None,
        watch: Watch[Point] | None = None,
        prefetch: Prefetch[Point] | None = None,
    ) -> None:
        self._judge = judge
        self._key = key
        self._store: Store = {} if store is None else store
        self._watch = watch
        self._prefetch = prefetch
        self.rules = rules
        self.probes = 0
        self.left = 0  # probes that the present step still needs at most
        self.asked: dict[Point, Finding] = {}  # every point that this search has used, in order
        self._used: set[str] = set()

    def find(self, point: Point, sure: bool = False) -> Finding:
        """Return what is known of *point*, probing it as often as that needs; raise `BudgetSpent` at the limit."""
        while (finding := self._settle(point, sure)) is None:
            sure = sure or bool(self._surest(point))
            if self.rules.limit is not None and self.probes >= self.rules.limit:
                raise BudgetSpent
            observation = self._judge(point, sure)
            if not sure and not self._exact:
                # Points come to matter because of what was observed; only observations made afterwards are unbiased.
                observation = replace(observation, sure=False)
            self.probes += 1
            key = self._key(point)
            self._store[key] = (*self._store.get(key, ()), observation)
            if self._watch is not None:
                self._watch(Probe(self.probes, point, observation, max(self.left, 0)))
        self.asked[point] = finding
        self._used.add(self._key(point))
        return finding

    def prefetch(self, points: Iterable[Point]) -> None:
        """Say that *points* will probably be asked, in this order, so that an oracle may begin with them."""
        if self._prefetch is not None:
            self._prefetch([point for point in points if self._settle(point, sure=False) is None])

    def known(self, point: Point) -> Finding | None:
        """
        Return what this search knows of *point* without probing; None if it is open.

        What only the store knows does not count: a search that is done again takes the same way, just faster.
        """
        return self._settle(point, sure=False) if self._key(point) in self._used else None

    def _settle(self, point: Point, sure: bool) -> Finding | None:
        surest = self._surest(point)
        sure = sure or bool(surest)  # one standard for a point that was made sure, however it is asked for later
        used = surest if sure else self._store.get(self._key(point), ())
        if not used:
            return None
        for observation in used:
            if observation.judgement is Judgement.SKIP:
                return Finding(Judgement.SKIP, 1.0, 0, 0, observation.reason, True)
        good = [o for o in used if o.judgement is Judgement.GOOD]
        bad = [o for o in used if o.judgement is Judgement.BAD]
        judgement, confidence = self.rules.noise.belief(len(good), len(bad))
        wanted = self.rules.confidence if sure else min(self.rules.confidence, PROVISIONAL)
        if confidence >= wanted:
            reason = (bad if judgement is Judgement.BAD else good)[-1].reason
            return Finding(judgement, confidence, len(good), len(bad), reason, bool(surest))
        unsure = len(used) - len(good) - len(bad)
        if len(used) >= self.rules.repeats or unsure >= self.rules.unsure_repeats or (good and bad and self._exact):
            why = f"undetermined after {len(used)} probes: {len(good)} good, {len(bad)} bad, {unsure} undecided"
            if unsure:
                why += f" ({[o for o in used if o.judgement is Judgement.UNSURE][-1].reason})"
            return Finding(Judgement.SKIP, 0.5, len(good), len(bad), why, bool(surest))
        return None

    def _surest(self, point: Point) -> tuple[Observation, ...]:
        seen = self._store.get(self._key(point), ())
        return tuple(o for o in seen if o.sure or o.judgement is Judgement.SKIP)

    @property
    def _exact(self) -> bool:
        return self.rules.noise == Noise()


def judge_ends(good: Finding, bad: Finding) -> Outcome:
    """Return FOUND if the ends are what they are said to be, else what is wrong with them."""
    if Judgement.SKIP in (good.judgement, bad.judgement):
        contradictory = good.contradictory or bad.contradictory
        return Outcome.CANNOT_REPRODUCE if contradictory else Outcome.CANNOT_JUDGE
    ends = (good.judgement is Judgement.GOOD, bad.judgement is Judgement.BAD)
    return {
        (True, True): Outcome.FOUND,
        (True, False): Outcome.BOTH_GOOD,
        (False, True): Outcome.BOTH_BAD,
        (False, False): Outcome.SWAPPED,
    }[ends]
