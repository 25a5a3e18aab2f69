"""
Before anything is accused: the points that an answer rests on, run again in fresh processes, in both orders.

A search makes each trace once. If a codec is not the same twice (a warm-up of the first instance, state left in a pool,
something else that ran before, chance), two setups differ by accident, and the search would name whatever differs
between them. So each point is run twice more: in a new process after the points before it, and in another one after the
points behind it; or, if it ends its process, each time in one of its own. Traces that are equal bit for bit need no
judgement; others are judged like the search's own. If that contradicts the search, the answer is withdrawn, and
`harness.explain.repeats` is asked what the output depends on.
"""

from collections.abc import Mapping, Sequence

from harness.bisect.answer.record import FactorsRecord, RepeatsRecord, SearchRecord, VersionsRecord
from harness.bisect.probe.asking import Inquiry
from harness.bisect.probe.failing import ProcessEnded, ended, result_of
from harness.bisect.probe.prober import Prober
from harness.bisect.search import Outcome
from harness.bisect.search.causes import Role
from harness.explain.repeats import Act, Dependence, dependence, digest, together
from harness.runs.suite_speech import chosen_speech
from harness.runtime.pool import WorkerDied
from harness.topology.running import TraceResult
from harness.topology.setup import Case, Configuration

VERSION = 1  # raise it when what was found to be repeatable has to be looked at again
ORDERS = 2  # fresh processes: the points forwards and backwards


def repeat(points: Mapping[str, Configuration], deciding: Sequence[str], inquiry: Inquiry) -> RepeatsRecord:
    """
    Run *points*, the good end first and the bad end last, again on the shortest utterance that is *deciding*.

    What was found equal by an earlier search is not run again, unless the search is to be made afresh.
    """
    seconds = {utterance.id: utterance.seconds for utterance in chosen_speech(inquiry.conditions.speech)}
    name = min([one for one in deciding if one in seconds] or seconds, key=lambda one: seconds[one])
    labels = list(points)
    prober = inquiry.prober(points[labels[0]], points[labels[-1]])
    try:
        repeats = _Repeats(points, prober, inquiry, name)
        return repeats.made().model_copy(update={"alone": repeats.ending})
    except WorkerDied as death:
        return _record(labels, name, identical=False, stands=False, words=f"they cannot be repeated: {death}")


class _Repeats:
    def __init__(self, points: Mapping[str, Configuration], prober: Prober, inquiry: Inquiry, utterance: str) -> None:
        self.points, self.prober, self.inquiry, self.utterance = points, prober, inquiry, utterance
        pair = prober.speech(utterance)
        self.cases = {label: Case(point, *pair) for label, point in points.items()}
        self.used = {label: result_of(prober.ask(case)) for label, case in self.cases.items()}
        self.ending = tuple(label for label, result in self.used.items() if isinstance(result, ProcessEnded))

    def made(self) -> RepeatsRecord:
        labels = list(self.points)
        if all(self._known(label) for label in labels):
            return _record(labels, self.utterance, identical=True, stands=True, remembered=True)
        acts: dict[str, Act] = {}  # by what they do: points that do the same are run once
        for label in labels:
            acts.setdefault(self._name(label), Act(self.cases[label]))
        limit, side_by_side = self.inquiry.plan.limit, min(ORDERS, self.inquiry.plan.jobs)
        made = self._again(acts, limit, side_by_side)
        again = {label: made[self._name(label)] for label in labels}
        differing = {
            label: [result for result in again[label] if digest(result) != digest(self.used[label])] for label in labels
        }
        if not any(differing.values()):
            for label in labels:
                self._remember(label)
            return _record(labels, self.utterance, identical=True, stands=True)
        contradicted = [label for label in labels if self._contradicts(label, differing[label])]
        if not contradicted:
            return _record(labels, self.utterance, identical=False, stands=True)
        unsteady = next(label for label in labels if differing[label])
        kind, words = None, ""
        try:
            found = dependence(self.cases[unsteady], limit, side_by_side)
            kind, words = found.dependence, found.words
        except WorkerDied as death:
            words = f"now and then {ended(death)}"
        return _record(
            labels,
            self.utterance,
            identical=False,
            stands=False,
            contradicted=contradicted,
            dependence=kind,
            words=words,
        )

    def _again(self, acts: Mapping[str, Act], limit: float, side_by_side: int) -> dict[str, tuple[TraceResult, ...]]:
        """Do *acts*, by name, once in each order, and what ends its process as often by itself."""
        ending = {self._name(label) for label in self.ending}
        made = {name: tuple(self._alone(acts[name], limit) for _ in range(ORDERS)) for name in ending}
        rest = [name for name in acts if name not in ending]
        forwards = [acts[name] for name in rest]
        if forwards:
            one, two = together([forwards, forwards[::-1]], limit, side_by_side)
            made |= dict(zip(rest, zip(one, reversed(two), strict=True), strict=True))
        return made

    def _alone(self, act: Act, limit: float) -> TraceResult:
        """Do what ended its process again, in a process of its own."""
        try:
            ((result,),) = together([[act]], limit, 1)
        except WorkerDied as death:
            return ended(death)
        return result

    def _contradicts(self, label: str, results: Sequence[TraceResult]) -> bool:
        """Return whether a repeat of a point is judged otherwise than the trace that the search used."""
        point = self.points[label]
        judged = {
            self.prober.rejudge(point, self.utterance, result).judgement
            for result in ((self.used[label], *results) if results else ())
        }
        return len(judged) > 1

    def _name(self, label: str) -> str:
        return f"repeated:{VERSION}:{self.prober.case_key(self.cases[label])}"

    def _known(self, label: str) -> bool:
        kept = None if self.inquiry.plan.fresh else self.inquiry.traces.workers.store.get(self._name(label), str)
        return kept == digest(self.used[label])

    def _remember(self, label: str) -> None:
        self.inquiry.traces.workers.store.put(self._name(label), digest(self.used[label]))


def _record(
    labels: Sequence[str],
    utterance: str,
    *,
    identical: bool,
    stands: bool,
    contradicted: Sequence[str] = (),
    dependence: Dependence | None = None,
    words: str = "",
    remembered: bool = False,
) -> RepeatsRecord:
    return RepeatsRecord(
        points=tuple(labels),
        utterance=utterance,
        times=1 + ORDERS,
        processes=ORDERS,
        identical=identical,
        stands=stands,
        contradicted=tuple(contradicted),
        dependence=dependence,
        words=words,
        remembered=remembered,
    )


def withdrawn(record: SearchRecord) -> SearchRecord:
    """Return *record* without anything that it accused or called harmless; what was judged stays, as it was judged."""
    joint = record.joint
    if joint is not None:
        steps = tuple(step.model_copy(update={"history": _no_changes(step.history)}) for step in joint.steps)
        rounds = tuple(_no_causes(one) for one in joint.rounds)
        joint = joint.model_copy(update={"rounds": rounds, "steps": steps, "complete": False})
    return record.model_copy(
        update={
            "factors": None if record.factors is None else _no_causes(record.factors),
            "versions": None if record.versions is None else _no_changes(record.versions),
            "joint": joint,
        }
    )


def _no_causes(record: FactorsRecord) -> FactorsRecord:
    nothing = {"roles": (Role.OPEN,), "partners": (), "repairs_alone": None, "evidence": (), "pairs": 0}
    return record.model_copy(
        update={
            "outcome": Outcome.NOT_REPEATABLE,
            "factors": tuple(factor.model_copy(update=nothing) for factor in record.factors),
            "causes": (),
            "repairs": (),
            "masks": (),
            "complete": False,
        }
    )


def _no_changes(record: VersionsRecord) -> VersionsRecord:
    return record.model_copy(update={"outcome": Outcome.NOT_REPEATABLE, "changes": (), "complete": False})
