"""
Searches over the real pipeline: two setups, or a history, to an answer with its evidence.

The searches themselves are in `harness.bisection`; here they meet codecs and speech. Every probe is kept on disk, so a
search that was stopped goes on where it was, and another one that asks the same question reuses its probes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness import tracing
from harness.bisection import (
    Finding,
    Judgement,
    Observation,
    Outcome,
    Probe,
    Rules,
    VersionAnswer,
    search_factors,
    search_versions,
)
from harness.bisection.oracle import Ledger
from harness.errors import HarnessError, SuiteInvalid
from harness.isolation import IsolatedPool
from harness.resources import cache_folder
from harness.search.criterion import Criterion
from harness.search.differences import differences, mixed
from harness.search.findings import factors_record, label, probe_record, versions_record
from harness.search.history import History
from harness.search.probing import Bench, Point, Probed, Prober, ProbeStore
from harness.search.record import FactorsRecord, ProbeRecord, VersionsRecord
from harness.store import Store, content_key

# (what is searched, probes made, at most so many more until the next answer, the last point, what it was)
Progress = Callable[[str, int, int, str, str], None]


@dataclass(frozen=True)
class Plan:
    """How a search is done: workers, seconds for one step of a probe, certainty, and who watches."""

    jobs: int = 2
    limit: float = 300.0
    rules: Rules = field(default_factory=Rules)
    fresh: bool = False  # use no probe of an earlier search
    progress: Progress | None = None


@contextmanager
def _workshop(plan: Plan) -> Iterator[tuple[IsolatedPool, Store]]:
    with (
        IsolatedPool(plan.jobs, limit=plan.limit) as pool,
        closing(Store(cache_folder() / "results")) as store,
    ):
        yield pool, store


@dataclass(eq=False)
class _Watch:
    """Times the probes and tells the progress."""

    what: str
    progress: Progress | None
    began: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def saw(self, probe: Probe[Any], label: str) -> None:
        now = time.monotonic()
        self.seconds[label] = self.seconds.get(label, 0.0) + now - self.began
        self.began = now
        if self.progress is not None:
            self.progress(self.what, probe.number, probe.left, label, probe.observation.judgement)


def search_setups(
    good: Point, bad: Point, names: tuple[str, str], bench: Bench, criterion: Criterion, plan: Plan
) -> FactorsRecord:
    """Find which differences between *good* and *bad* break, and which must be undone; *names* are the two ends'."""
    with _workshop(plan) as (pool, store):
        return _factors(good, bad, names, bench, criterion, plan, pool, store)


def _factors(
    good: Point,
    bad: Point,
    names: tuple[str, str],
    bench: Bench,
    criterion: Criterion,
    plan: Plan,
    pool: IsolatedPool,
    store: Store,
) -> FactorsRecord:
    found = differences(good, bad)
    prober = Prober(bench, criterion, good, bad, pool, store, noisy=plan.rules.noise != Rules().noise)
    probes = ProbeStore(store, prober.question() + (str(time.time_ns()) if plan.fresh else ""))
    watch = _Watch(f"{names[0]} to {names[1]}", plan.progress)

    def judge(factors: frozenset[str], sure: bool) -> Observation:
        try:
            return prober.judge(mixed(good, bad, factors), sure)
        except HarnessError as error:
            return Observation(Judgement.SKIP, str(error))

    def key(factors: frozenset[str]) -> str:
        try:
            return prober.key(mixed(good, bad, factors))
        except HarnessError:
            return "impossible:" + content_key(factors=sorted(factors))

    answer = search_factors(
        [difference.factor for difference in found],
        judge,
        plan.rules,
        key=key,
        store=probes,
        watch=lambda probe: watch.saw(probe, label(probe.point)),
    )
    possible = [factors for factors, finding in answer.findings.items() if finding.judgement is not Judgement.SKIP]
    figures = {factors: prober.measured(mixed(good, bad, factors)) for factors in possible}
    return factors_record(answer, found, names, figures, watch.seconds)


@dataclass(eq=False)
class _Made:
    """A history's versions, made when they are first needed, once."""

    history: History
    points: dict[int, Point | HarnessError] = field(default_factory=dict)

    def point(self, index: int) -> Point:
        if index not in self.points:
            try:
                self.points[index] = self.history.versions[index].make()
            except HarnessError as error:
                self.points[index] = error
        made = self.points[index]
        if isinstance(made, HarnessError):
            raise made
        return made


def search_history(history: History, criterion: Criterion, plan: Plan, *, explain: bool = True) -> VersionsRecord:
    """Find where *history* changes; with *explain*, search what differs at each change for what makes it."""
    with _workshop(plan) as (pool, store):
        whole = history
        history, outside = _between_usable_ends(whole, pool)
        made = _Made(history)
        good, bad = made.point(0), made.point(len(history.versions) - 1)
        prober = Prober(history.bench, criterion, good, bad, pool, store, noisy=plan.rules.noise != Rules().noise)
        probes = ProbeStore(store, prober.question() + (str(time.time_ns()) if plan.fresh else ""))
        watch = _Watch(history.name, plan.progress)

        def judge(index: int, sure: bool) -> Observation:
            try:
                return prober.judge(made.point(index), sure)
            except HarnessError as error:
                return Observation(Judgement.SKIP, str(error))

        def key(index: int) -> str:
            identity = history.versions[index].identity
            return prober.key(made.point(index)) if identity is None else content_key(version=identity)

        answer = search_versions(
            len(history.versions),
            judge,
            plan.rules,
            key=key,
            store=probes,
            watch=lambda probe: watch.saw(probe, history.versions[probe.point].name),
        )
        why: dict[int, FactorsRecord] = {}
        if explain and answer.outcome not in (Outcome.CANNOT_JUDGE, Outcome.CANNOT_REPRODUCE):
            why = _explained(history, answer, made, criterion, plan, pool, store)
        figures = {index: _figures(prober, made, index) for index in answer.findings}
        return versions_record(history, answer, figures, watch.seconds, why, _outside(whole, outside))


def _between_usable_ends(history: History, pool: IsolatedPool) -> tuple[History, dict[int, str]]:
    """
    Return *history* from the first to the last version that can be made and loaded, and why the others cannot.

    Raises `SuiteInvalid` if fewer than two can.
    """
    reasons: dict[int, str] = {}
    count = len(history.versions)
    ends = []
    for order in (range(count), range(count - 1, -1, -1)):
        for index in order:
            try:
                pool.submit(tracing.describe, history.versions[index].make().codec).result()
            except HarnessError as error:
                reasons[index] = str(error)
            else:
                ends.append(index)
                break
    if len(set(ends)) < 2:
        name, reason = next((history.versions[i].name, reason) for i, reason in reasons.items())
        raise SuiteInvalid(f"fewer than two versions of {history.name} can be run; {name}: {reason}")
    return replace(history, versions=history.versions[ends[0] : ends[1] + 1]), reasons


def _outside(history: History, reasons: dict[int, str]) -> list[ProbeRecord]:
    """Return the records of the versions beyond the usable ends."""
    return [
        probe_record((history.versions[index].name,), Finding(Judgement.SKIP, 1.0, 0, 0, reason, sure=True), [], None)
        for index, reason in sorted(reasons.items())
    ]


def _explained(
    history: History,
    answer: VersionAnswer,
    made: _Made,
    criterion: Criterion,
    plan: Plan,
    pool: IsolatedPool,
    store: Store,
) -> dict[int, FactorsRecord]:
    """Search what differs at each change, from its good side to its bad side."""
    found = {}
    for place, change in enumerate(answer.changes):
        sides = (change.before, change.after)
        low, high = sides if change.becomes is Judgement.BAD else sides[::-1]
        good, bad = made.point(low), made.point(high)
        if len(differences(good, bad)) < 2:
            continue
        names = (history.versions[low].name, history.versions[high].name)
        verify = replace(plan.rules, verify=None)
        found[place] = _factors(good, bad, names, history.bench, criterion, replace(plan, rules=verify), pool, store)
    return found


def judge_one(good: Point, point: Point, bench: Bench, criterion: Criterion, plan: Plan) -> tuple[Judgement, str]:
    """Judge *point* against *good*, repeated as noise demands; return the judgement (SKIP if undecided) and why."""
    with _workshop(plan) as (pool, store):
        prober = Prober(bench, criterion, good, point, pool, store, noisy=plan.rules.noise != Rules().noise)
        ledger: Ledger[str] = Ledger(lambda _, sure: prober.judge(point, sure), plan.rules, str)
        finding = ledger.find("the point", sure=True)
        return finding.judgement, finding.reason


def _figures(prober: Prober, made: _Made, index: int) -> list[Probed]:
    point = made.points.get(index)
    return prober.measured(point) if isinstance(point, Point) else []
