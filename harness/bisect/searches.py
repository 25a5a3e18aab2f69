"""
Searches over the real pipeline: two setups, or a history, to an answer with its evidence.

The searches themselves are in `harness.bisect.search`; here they meet codecs and speech. Every probe is kept on disk,
so a search that was stopped goes on where it was, and another one that asks the same question reuses its probes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from harness.bisect.answer.build import Why, factors_record, label, probe_record, versions_record
from harness.bisect.answer.record import FactorsRecord, ProbeRecord, VersionsRecord
from harness.bisect.controls import examined
from harness.bisect.history.file import History
from harness.bisect.probe.asking import Inquiry, Plan, Probing
from harness.bisect.probe.criterion import Criterion
from harness.bisect.probe.differences import differences, mixed
from harness.bisect.probe.failing import how_loading_fails
from harness.bisect.search import (
    Finding,
    Judged,
    Noise,
    Oracle,
    Outcome,
    VersionAnswer,
    search_factors,
    search_versions,
)
from harness.bisect.search.ledger import Ledger
from harness.bisect.search.versions import VersionChange
from harness.errors import HarnessError, SuiteInvalid
from harness.runs.conditions import Conditions
from harness.runs.traces import Traces
from harness.runtime.workers import opened
from harness.topology.setup import Configuration

UNUSABLE = (Outcome.CANNOT_JUDGE, Outcome.CANNOT_REPRODUCE)


@contextmanager
def inquiry(conditions: Conditions, criterion: Criterion, plan: Plan) -> Iterator[Inquiry]:
    """Yield what searches need, with worker processes that end on the way out."""
    with opened(plan.jobs, plan.limit, plan.limit) as workers:
        traces = Traces(workers, plan.fresh, singly=True)
        yield Inquiry(conditions, criterion, plan, traces)
        traces.forget_early()


def search_setups(
    good: Configuration,
    bad: Configuration,
    names: tuple[str, str],
    inquiry: Inquiry,
    against: Configuration | None = None,
) -> FactorsRecord:
    """
    Find which differences between *good* and *bad* break, and which must be undone; *names* are the two ends'.

    against : what every point is held against; the good end if not given
    """
    against = against or good
    found = differences(good, bad)
    probing: Probing[frozenset[str]] = Probing(
        f"{names[0]} to {names[1]}",
        inquiry,
        inquiry.prober(against, bad),
        make=lambda factors: mixed(good, bad, factors),
        label=label,
    )
    answer = search_factors([difference.factor for difference in found], probing.oracle)
    figures = {factors: probing.figures(factors, finding) for factors, finding in answer.findings.items()}
    record = factors_record(answer, found, names, figures, probing.seconds, inquiry.plan.rules.noise)
    return examined(record, good, bad, lambda point: judge_one(against, point, inquiry).judgement)


@dataclass(eq=False)
class Made:
    """A history's versions as the good end is configured, made when they are first needed, once."""

    history: History
    points: dict[tuple[int, str], Configuration | HarnessError] = field(default_factory=dict)

    def point(self, index: int, configured: Configuration | None = None) -> Configuration:
        """Return a version; raise the `HarnessError` that says why it cannot be made."""
        configured = configured or self.history.start
        key = index, configured.model_dump_json()
        if key not in self.points:
            try:
                self.points[key] = self.history.versions[index].make(configured)
            except HarnessError as error:
                self.points[key] = error
        made = self.points[key]
        if isinstance(made, HarnessError):
            raise made
        return made

    def ready(self, index: int, configured: Configuration | None = None) -> bool:
        """Return whether making it costs nothing."""
        key = index, (configured or self.history.start).model_dump_json()
        return self.history.versions[index].identity is None or key in self.points


def search_history(history: History, inquiry: Inquiry, *, explain: bool = True) -> VersionsRecord:
    """Find where *history* changes; with *explain*, search what differs at each change for what makes it."""
    whole = history
    history, unusable = between_usable_ends(whole, inquiry)
    made = Made(history)
    probing: Probing[int] = Probing(
        history.name,
        inquiry,
        inquiry.prober(made.point(0), made.point(len(history.versions) - 1)),
        make=made.point,
        label=lambda index: history.versions[index].name,
        identity=lambda index: identity(history, index, history.start),
        ready=made.ready,
    )
    answer = search_versions(len(history.versions), probing.oracle)
    why = _explained(history, answer, made, inquiry) if explain and answer.outcome not in UNUSABLE else {}
    figures = {
        index: probing.figures(index, finding) if made.ready(index) else []
        for index, finding in answer.findings.items()
    }
    return versions_record(
        history, answer, figures, probing.seconds, why, outside(whole, unusable), inquiry.plan.rules.noise
    )


def identity(history: History, index: int, configured: Configuration) -> str | None:
    """Return what a version is without making it; None if making it costs nothing."""
    made = history.versions[index].identity
    return None if made is None else f"{made} {configured.model_dump_json()}"


def between_usable_ends(history: History, inquiry: Inquiry) -> tuple[History, dict[int, HarnessError]]:
    """
    Return *history* from the first to the last version that can be made and used, and why the others cannot.

    Raises `SuiteInvalid` if fewer than two can.
    """
    reasons: dict[int, HarnessError] = {}
    count = len(history.versions)
    ends = []
    for order in (range(count), range(count - 1, -1, -1)):
        for index in order:
            try:
                inquiry.usable(history.point(index))
            except HarnessError as error:
                reasons[index] = error
            else:
                ends.append(index)
                break
    if len(set(ends)) < 2:
        raise SuiteInvalid(f"fewer than two versions of {history.name} can be run; {_why_none(history, reasons)}")
    return replace(history, versions=history.versions[ends[0] : ends[1] + 1]), reasons


def _why_none(history: History, reasons: dict[int, HarnessError]) -> str:
    """Return each reason once, with the versions that it keeps from running."""
    kept: dict[str, list[str]] = {}
    for index, reason in sorted(reasons.items()):
        kept.setdefault(str(reason), []).append(history.versions[index].name)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in kept.items())


def outside(history: History, reasons: dict[int, HarnessError]) -> list[ProbeRecord]:
    """Return the records of the versions beyond the usable ends."""
    return [
        probe_record(
            (history.versions[index].name,),
            Finding(Judged.SKIP, 1.0, 0, 0, str(reasons[index]), sure=True, failure=how_loading_fails(reasons[index])),
            [],
            None,
            Noise(),
        )
        for index in sorted(reasons)
    ]


def _explained(history: History, answer: VersionAnswer, made: Made, inquiry: Inquiry) -> dict[int, Why]:
    """Search what differs at each change, from its good side to its bad side."""
    inquiry = replace(inquiry, plan=replace(inquiry.plan, rules=replace(inquiry.plan.rules, verify=None)))
    found = {}
    for place, change in enumerate(answer.changes):
        sides = (change.before, change.after)
        low, high = sides if change.becomes is Judged.BAD else sides[::-1]
        good, bad = made.point(low), made.point(high)
        different = differences(good, bad)
        names = (history.versions[low].name, history.versions[high].name)
        # As the versions were: what is lost little by little is bad against the first one alone.
        record = search_setups(good, bad, names, inquiry, made.point(0)) if len(different) > 1 else None
        causes = [frozenset(cause.factors) for cause in record.causes] if record is not None else []
        if len(different) == 1:
            causes = [frozenset({different[0].factor})]
        if _needs_more(causes, change, answer, made, inquiry):
            names = (history.versions[0].name, names[1])
            found[place] = Why(search_setups(made.point(0), bad, names, inquiry), since_start=True)
        elif record is not None:
            found[place] = Why(record)
    return found


def _needs_more(
    causes: list[frozenset[str]], change: VersionChange, answer: VersionAnswer, made: Made, inquiry: Inquiry
) -> bool:
    """Return whether what broke a later version leaves the first one good: then it needs what was set in between."""
    first = answer.findings.get(0)
    if change.becomes is not Judged.BAD or change.before == 0 or not causes:
        return False
    if first is None or first.judgement is not Judged.GOOD:
        return False
    good, bad = made.point(0), made.point(change.after)
    for cause in causes:
        try:
            judged = judge_one(good, mixed(good, bad, cause), inquiry).judgement
        except HarnessError:
            continue  # not possible in the first version: nothing can be said
        if judged is Judged.GOOD:
            return True
    return False


def judge_one(good: Configuration, point: Configuration, inquiry: Inquiry) -> Finding:
    """Judge *point* against *good*, repeated as noise demands; SKIP if undecided."""
    prober = inquiry.prober(good, point)
    ledger: Ledger[str] = Ledger(Oracle(lambda _, sure: prober.judge(point, sure), inquiry.plan.rules))
    return ledger.find("the point", sure=True)
