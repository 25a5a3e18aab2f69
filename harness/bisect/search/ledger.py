"""
The observations of a search, repeated until they settle, each made only once.

Source
------
Repeats: Wald's sequential probability ratio test, with equal prior odds of good and bad.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Generic

from harness.bisect.search.oracle import Finding, Judged, Noise, Observation, Oracle, Outcome, PointT, Probe

PROVISIONAL = 0.8  # confidence on which a search walks on; what it reports is confirmed to the confidence asked for


class BudgetSpent(Exception):
    """The limit on probes is reached; the search reports what it has."""


class Ledger(Generic[PointT]):
    """Every observation of a search: asks the oracle only for what is not known yet."""

    def __init__(self, oracle: Oracle[PointT]) -> None:
        self.oracle = oracle
        self.probes = 0
        self.left = 0  # probes that the present step still needs at most
        self.asked: dict[PointT, Finding] = {}  # every point that this search has used, in order
        self._used: set[str] = set()

    def find(self, point: PointT, sure: bool = False) -> Finding:
        """Return what is known of *point*, probing it as often as that needs; raise `BudgetSpent` at the limit."""
        while (finding := self._settle(point, sure)) is None:
            sure = sure or bool(self._surest(point))
            if self.oracle.rules.limit is not None and self.probes >= self.oracle.rules.limit:
                raise BudgetSpent
            observation = self.oracle.judge(point, sure)
            if not sure and not self._exact:
                # Points come to matter because of what was observed; only observations made afterwards are unbiased.
                observation = replace(observation, sure=False)
            self.probes += 1
            key = self.oracle.key(point)
            self.oracle.store[key] = (*self.oracle.store.get(key, ()), observation)
            if self.oracle.watch is not None:
                self.oracle.watch(Probe(self.probes, point, observation, max(self.left, 0)))
        self.asked[point] = finding
        self._used.add(self.oracle.key(point))
        return finding

    def prefetch(self, points: Iterable[PointT]) -> None:
        """Say that *points* will probably be asked, in this order, so that an oracle may begin with them."""
        if self.oracle.prefetch is not None:
            self.oracle.prefetch([point for point in points if self._settle(point, sure=False) is None])

    def known(self, point: PointT) -> Finding | None:
        """
        Return what this search knows of *point* without probing; None if it is open.

        What only the store knows does not count: a search that is done again takes the same way, just faster.
        """
        return self._settle(point, sure=False) if self.oracle.key(point) in self._used else None

    def _settle(self, point: PointT, sure: bool) -> Finding | None:
        rules, surest = self.oracle.rules, self._surest(point)
        sure = sure or bool(surest)  # one standard for a point that was made sure, however it is asked for later
        used = surest if sure else self.oracle.store.get(self.oracle.key(point), ())
        if not used:
            return None
        for observation in used:
            if observation.judgement is Judged.SKIP:
                return Finding(Judged.SKIP, 1.0, 0, 0, observation.reason, True, observation.failure)
        good = [o for o in used if o.judgement is Judged.GOOD]
        bad = [o for o in used if o.judgement is Judged.BAD]
        judgement, confidence = rules.noise.belief(len(good), len(bad))
        wanted = rules.confidence if sure else min(rules.confidence, PROVISIONAL)
        if confidence >= wanted:
            last = (bad if judgement is Judged.BAD else good)[-1]
            return Finding(judgement, confidence, len(good), len(bad), last.reason, bool(surest), last.failure)
        unsure = len(used) - len(good) - len(bad)
        if len(used) >= rules.repeats or unsure >= rules.unsure_repeats or (good and bad and self._exact):
            why = f"undetermined after {len(used)} probes: {len(good)} good, {len(bad)} bad, {unsure} undecided"
            if unsure:
                why += f" ({[o for o in used if o.judgement is Judged.UNSURE][-1].reason})"
            return Finding(Judged.SKIP, 0.5, len(good), len(bad), why, bool(surest))
        return None

    def _surest(self, point: PointT) -> tuple[Observation, ...]:
        seen = self.oracle.store.get(self.oracle.key(point), ())
        return tuple(o for o in seen if o.sure or o.judgement is Judged.SKIP)

    @property
    def _exact(self) -> bool:
        return self.oracle.rules.noise == Noise()


def judge_ends(good: Finding, bad: Finding) -> Outcome:
    """Return FOUND if the ends are what they are said to be, else what is wrong with them."""
    if Judged.SKIP in (good.judgement, bad.judgement):
        contradictory = good.contradictory or bad.contradictory
        return Outcome.CANNOT_REPRODUCE if contradictory else Outcome.CANNOT_JUDGE
    ends = (good.judgement is Judged.GOOD, bad.judgement is Judged.BAD)
    return {
        (True, True): Outcome.FOUND,
        (True, False): Outcome.BOTH_GOOD,
        (False, True): Outcome.BOTH_BAD,
        (False, False): Outcome.SWAPPED,
    }[ends]
