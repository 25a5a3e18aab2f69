"""
Which version broke it, where that depends on the configuration: one search over a history and factors at once.

A point is a version's index and a set of factors at their bad value. The good end is the first version with no factor,
the bad end the last version with all of them.

How it searches
---------------
1. The factors, and among them the version as one more: first or last (`search_factors`).
2. For every cause with the version in it, the history, with the rest of that cause at its bad value and all else at its
   good one (`search_versions`). Its ends are known by then.
3. A larger set of factors may have broken an earlier version. So the version before the latest change that was found
   becomes the last one, and it begins again, until that one is good with every factor, or bad without any part of the
   version. What is known costs nothing then.

What is guaranteed
------------------
If neither a factor nor a later version ever mends anything, every minimal pair of a version and a set of factors that
breaks is found. Each pair reported was judged bad, and the version before it good with the same factors.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.bisect.search.causes import FactorAnswer
from harness.bisect.search.factors import search_factors
from harness.bisect.search.hitting_sets import Set
from harness.bisect.search.oracle import Judged, Oracle, Outcome
from harness.bisect.search.versions import VersionAnswer, VersionChange, search_versions
from harness.errors import UsageInvalid

Joint = tuple[int, Set]


@dataclass(frozen=True)
class Round:
    """A search over the factors, of which the version is one: version 0 or version *last*."""

    last: int
    answer: FactorAnswer


@dataclass(frozen=True)
class JointStep:
    """Where the history changes with *factors* at their bad value and all others at their good one."""

    factors: Set
    history: VersionAnswer

    @property
    def change(self) -> VersionChange | None:
        """The first change to bad; None if the search along the history did not settle one."""
        return next((change for change in self.history.changes if change.becomes is Judged.BAD), None)


@dataclass(frozen=True)
class JointAnswer:
    """
    rounds : the first one is over the whole history; its causes and repairs are those of the two ends
    steps : one for each set of factors under which the version matters
    complete : every minimal pair of version and factors is found, if nothing masks
    """

    rounds: tuple[Round, ...]
    steps: tuple[JointStep, ...]
    probes: int
    complete: bool

    @property
    def outcome(self) -> Outcome:
        """What the ends are."""
        return self.rounds[0].answer.outcome


def search_joint(count: int, axis: str, factors: tuple[str, ...], oracle: Oracle[Joint]) -> JointAnswer:
    """
    Search *count* versions and *factors* at once; *axis* is what the version is called as a factor.

    The rest is as for `search_factors` and `search_versions`, whose errors it raises.
    """
    if count < 2:
        raise UsageInvalid(f"a version search needs at least a good and a bad version, got {count}; add the other end")
    rules = oracle.rules
    rounds: list[Round] = []
    steps: dict[Set, JointStep] = {}
    made, last, complete = 0, count - 1, True
    while last > 0:
        left = None if rules.limit is None else rules.limit - made
        if left is not None and left <= 0:
            complete = False
            break
        spending = replace(rules, limit=left, verify=rules.verify if not rounds else 0)
        answer = search_factors((axis, *factors), oracle.over(with_version(axis, last), spending))
        rounds.append(Round(last, answer))
        made += answer.probes
        good_there = len(rounds) > 1 and answer.outcome is Outcome.BOTH_GOOD
        complete = complete and (answer.complete or good_there)
        here = [cause.factors - {axis} for cause in answer.causes if axis in cause.factors]
        for wanted in here:
            if wanted not in steps:
                left = None if rules.limit is None else max(0, rules.limit - made)
                along = oracle.over(with_factors(wanted), replace(rules, limit=left))
                steps[wanted] = JointStep(wanted, search_versions(last + 1, along))
                made += steps[wanted].history.probes
        changes = [change for wanted in here if (change := steps[wanted].change) is not None]
        complete = complete and len(changes) == len(here)
        last = max((change.before for change in changes if change.before < last), default=0)
    return JointAnswer(tuple(rounds), tuple(steps.values()), made, complete)


def with_version(axis: str, last: int) -> Callable[[Set], Joint]:
    """Return how a set of factors, of which the version is one, stands for a point: version 0, or *last*."""
    return lambda factors: (last if axis in factors else 0, factors - {axis})


def with_factors(factors: Set) -> Callable[[int], Joint]:
    """Return how a version's index stands for a point: that version with *factors* at their bad value."""
    return lambda index: (index, factors)
