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

from harness.bisection import (
    FactorAnswer,
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
from harness.criterion import Criterion
from harness.differences import Difference, differences, mixed
from harness.errors import HarnessError
from harness.history import History, Version
from harness.isolation import IsolatedPool
from harness.probing import Bench, Point, Probed, Prober, ProbeStore
from harness.record import Measurement
from harness.resources import cache_folder
from harness.search_record import (
    ChangeRecord,
    FactorRecord,
    FactorsRecord,
    ProbeRecord,
    SetRecord,
    VersionRecord,
    VersionsRecord,
)
from harness.store import Store, content_key

SHOWN = ("snr_db", "pesq_wb", "stoi", "wer", "word_errors", "transcript_logp")

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
    figures = {factors: prober.figures.get(key(factors), []) for factors in answer.findings}
    return _factors_record(answer, found, names, figures, watch)


def label(factors: frozenset[str]) -> str:
    """Return how a set of factors is called."""
    return " + ".join(sorted(factors)) or "none"


def _factors_record(
    answer: FactorAnswer,
    found: tuple[Difference, ...],
    names: tuple[str, str],
    figures: dict[frozenset[str], list[Probed]],
    watch: _Watch,
) -> FactorsRecord:
    by_name = {role.factor: role for role in answer.roles}
    factors = []
    for difference in found:
        role = by_name[difference.factor]
        telling = [pair for pair in role.pairs if answer.findings[pair[0]] != answer.findings[pair[1]]]
        pair = (telling or list(role.pairs))[:1]
        factors.append(
            FactorRecord(
                factor=difference.factor,
                good=difference.good,
                bad=difference.bad,
                roles=tuple(role.roles),
                partners=tuple(tuple(sorted(partner)) for partner in role.partners if partner),
                repairs_alone=role.repairs_alone,
                evidence=tuple(tuple(sorted(point)) for sides in pair for point in sides),
                pairs=len(role.pairs),
            )
        )
    return FactorsRecord(
        good=names[0],
        bad=names[1],
        outcome=answer.outcome,
        factors=tuple(factors),
        causes=tuple(
            SetRecord(factors=tuple(sorted(c.factors)), proof=c.proof, confidence=c.confidence) for c in answer.causes
        ),
        repairs=tuple(
            SetRecord(
                factors=tuple(sorted(repair.factors)),
                proof="no part of it is enough" if repair.minimal else "a part of it may be enough",
                confidence=repair.confidence,
            )
            for repair in answer.repairs
        ),
        masks=tuple((tuple(sorted(mask.factors)), tuple(sorted(mask.cause))) for mask in answer.masks),
        probes=tuple(
            _probe(tuple(sorted(point)), finding, figures[point], watch.seconds.get(label(point)))
            for point, finding in answer.findings.items()
        ),
        made=answer.probes,
        first=answer.first_probes,
        checked=answer.checked,
        surprises=answer.surprises,
        complete=answer.complete,
        exhaustive=answer.exhaustive,
        confidence=answer.confidence,
    )


def _probe(point: tuple[str, ...], finding: Finding, probed: list[Probed], seconds: float | None) -> ProbeRecord:
    figures: dict[str, Measurement] = {}
    if probed:
        worst = next((one for one in probed if one.observation.judgement is Judgement.BAD), probed[0])
        figures = {name: worst.measurements[name] for name in SHOWN if name in worst.measurements}
    return ProbeRecord(
        point=point,
        judgement=finding.judgement,
        confidence=finding.confidence,
        reason=finding.reason,
        sure=finding.sure,
        remembered=seconds is None,
        seconds=None if seconds is None else round(seconds, 3),
        utterances=len(probed),
        figures=figures,
    )


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
        made = _Made(history)
        last = len(history.versions) - 1
        good, bad = made.point(0), made.point(last)
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
        return _versions_record(history, answer, prober, made, watch, why)


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


def _versions_record(
    history: History,
    answer: VersionAnswer,
    prober: Prober,
    made: _Made,
    watch: _Watch,
    why: dict[int, FactorsRecord],
) -> VersionsRecord:
    names = [version.name for version in history.versions]
    records = []
    for index, version in enumerate(history.versions):
        finding = answer.findings.get(index)
        probe = None
        if finding is not None:
            probe = _probe((version.name,), finding, _figures(prober, made, index), watch.seconds.get(version.name))
        records.append(_version(version, probe))
    return VersionsRecord(
        outcome=answer.outcome,
        versions=tuple(records),
        changes=tuple(
            ChangeRecord(
                before=names[change.before],
                after=names[change.after],
                becomes=change.becomes,
                hidden=tuple(names[i] for i in change.hidden),
                confidence=change.confidence,
                why=why.get(place),
            )
            for place, change in enumerate(answer.changes)
        ),
        made=answer.probes,
        first=answer.search_probes,
        unseen=answer.unseen,
        complete=answer.complete,
        confidence=answer.confidence,
    )


def _version(version: Version, probe: ProbeRecord | None) -> VersionRecord:
    return VersionRecord(name=version.name, about=version.about, changes=version.changes, probe=probe)


def _figures(prober: Prober, made: _Made, index: int) -> list[Probed]:
    point = made.points.get(index)
    return prober.figures.get(prober.key(point), []) if isinstance(point, Point) else []


def judge_one(good: Point, point: Point, bench: Bench, criterion: Criterion, plan: Plan) -> tuple[Judgement, str]:
    """Judge *point* against *good*, repeated as noise demands; return the judgement (SKIP if undecided) and why."""
    with _workshop(plan) as (pool, store):
        prober = Prober(bench, criterion, good, point, pool, store, noisy=plan.rules.noise != Rules().noise)
        ledger: Ledger[str] = Ledger(lambda _, sure: prober.judge(point, sure), plan.rules, str)
        finding = ledger.find("the point", sure=True)
        return finding.judgement, finding.reason
