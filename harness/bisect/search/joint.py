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
from harness.bisect.search.oracle import Judge, Judgement, Outcome, Point, Prefetch, Probe, Rules, Store, Watch
from harness.bisect.search.versions import Change, VersionAnswer, search_versions
from harness.errors import SuiteInvalid

Joint = tuple[int, Set]


@dataclass(frozen=True)
class Round:
    """A search over the factors, of which the version is one: version 0 or version *last*."""

    last: int
    answer: FactorAnswer


@dataclass(frozen=True)
class Step:
    """Where the history changes with *factors* at their bad value and all others at their good one."""

    factors: Set
    history: VersionAnswer

    @property
    def change(self) -> Change | None:
        """The first change to bad; None if the search along the history did not settle one."""
        return next((change for change in self.history.changes if change.becomes is Judgement.BAD), None)


@dataclass(frozen=True)
class JointAnswer:
    """
    rounds : the first one is over the whole history; its causes and repairs are those of the two ends
    steps : one for each set of factors under which the version matters
    complete : every minimal pair of version and factors is found, if nothing masks
    """

    rounds: tuple[Round, ...]
    steps: tuple[Step, ...]
    probes: int
    complete: bool

    @property
    def outcome(self) -> Outcome:
        """What the ends are."""
        return self.rounds[0].answer.outcome


def search_joint(
    count: int,
    axis: str,
    factors: tuple[str, ...],
    judge: Judge[Joint],
    rules: Rules | None = None,
    *,
    key: Callable[[Joint], str] | None = None,
    store: Store | None = None,
    watch: Watch[Joint] | None = None,
    prefetch: Prefetch[Joint] | None = None,
) -> JointAnswer:
    """
    Search *count* versions and *factors* at once; *axis* is what the version is called as a factor.

    The rest is as for `search_factors` and `search_versions`, whose errors it raises.
    """
    if count < 2:
        raise SuiteInvalid(f"a version search needs at least a good and a bad version, got {count}; add the other end")
    rules = rules or Rules()
    kept: Store = {} if store is None else store
    asked = _Asked(judge, key or _name, kept, watch, prefetch)
    rounds: list[Round] = []
    steps: dict[Set, Step] = {}
    made, last, complete = 0, count - 1, True
    while last > 0:
        left = None if rules.limit is None else rules.limit - made
        if left is not None and left <= 0:
            complete = False
            break
        spending = replace(rules, limit=left, verify=rules.verify if not rounds else 0)
        answer = asked.factors(last, axis, factors, spending)
        rounds.append(Round(last, answer))
        made += answer.probes
        good_there = len(rounds) > 1 and answer.outcome is Outcome.BOTH_GOOD
        complete = complete and (answer.complete or good_there)
        here = [cause.factors - {axis} for cause in answer.causes if axis in cause.factors]
        for wanted in here:
            if wanted not in steps:
                left = None if rules.limit is None else max(0, rules.limit - made)
                steps[wanted] = Step(wanted, asked.history(last, wanted, replace(rules, limit=left)))
                made += steps[wanted].history.probes
        changes = [change for wanted in here if (change := steps[wanted].change) is not None]
        complete = complete and len(changes) == len(here)
        last = max((change.before for change in changes if change.before < last), default=0)
    return JointAnswer(tuple(rounds), tuple(steps.values()), made, complete)


def _name(point: Joint) -> str:
    return f"{point[0]}: {' + '.join(sorted(point[1]))}"


@dataclass(frozen=True)
class _Asked:
    """The oracle over pairs, asked by searches that know only sets or only indices."""

    judge: Judge[Joint]
    key: Callable[[Joint], str]
    store: Store
    watch: Watch[Joint] | None
    prefetch: Prefetch[Joint] | None

    def factors(self, last: int, axis: str, factors: tuple[str, ...], rules: Rules) -> FactorAnswer:
        """Search the factors and the version, which is 0 or *last*."""

        def pair(point: Set) -> Joint:
            return (last if axis in point else 0), point - {axis}

        return search_factors(
            (axis, *factors),
            lambda point, sure: self.judge(pair(point), sure),
            rules,
            key=lambda point: self.key(pair(point)),
            store=self.store,
            watch=self._watching(pair),
            prefetch=self._prefetching(pair),
        )

    def history(self, last: int, factors: Set, rules: Rules) -> VersionAnswer:
        """Search versions 0 to *last* with *factors* at their bad value."""

        def pair(index: int) -> Joint:
            return index, factors

        return search_versions(
            last + 1,
            lambda index, sure: self.judge(pair(index), sure),
            rules,
            key=lambda index: self.key(pair(index)),
            store=self.store,
            watch=self._watching(pair),
            prefetch=self._prefetching(pair),
        )

    def _watching(self, pair: Callable[[Point], Joint]) -> Watch[Point] | None:
        watch = self.watch
        if watch is None:
            return None
        return lambda probe: watch(Probe(probe.number, pair(probe.point), probe.observation, probe.left))

    def _prefetching(self, pair: Callable[[Point], Joint]) -> Prefetch[Point] | None:
        prefetch = self.prefetch
        if prefetch is None:
            return None
        return lambda points: prefetch([pair(point) for point in points])
