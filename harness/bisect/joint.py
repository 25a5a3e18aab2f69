"""A history whose ends are configured differently: version and configuration searched together."""

from harness.bisect.answer.build import factors_record, label, versions_record
from harness.bisect.answer.record import JointRecord, StepRecord
from harness.bisect.history.file import History
from harness.bisect.probe.asking import Inquiry, Oracle
from harness.bisect.probe.differences import Difference, differences, mixed
from harness.bisect.probe.point import Point
from harness.bisect.search import search_joint
from harness.bisect.search.joint import Joint, Step
from harness.bisect.searches import Made, between_usable_ends, identity, outside


def search_history_and_configuration(whole: History, inquiry: Inquiry) -> JointRecord:
    """Find which versions break with which of the factors in which the configurations of the two ends differ."""
    history, unusable = between_usable_ends(whole, inquiry)
    versions, made = history.versions, Made(history)
    last, noise = len(versions) - 1, inquiry.plan.rules.noise
    found = differences(history.start, history.end)

    def configured(factors: frozenset[str]) -> Point:
        return mixed(history.start, history.end, factors)

    def make(point: Joint) -> Point:
        return made.point(point[0], configured(point[1]))

    def named(point: Joint) -> str:
        return f"{versions[point[0]].name}: {label(point[1])}"

    inquiry.usable(make((last, frozenset(difference.factor for difference in found))))
    oracle: Oracle[Joint] = Oracle(
        history.name,
        inquiry,
        inquiry.prober(make((0, frozenset())), made.point(last, history.end)),
        make=make,
        label=named,
        identity=lambda point: identity(history, point[0], configured(point[1])),
        ready=lambda point: made.ready(point[0], configured(point[1])),
    )
    answer = search_joint(
        len(versions),
        history.axis,
        tuple(difference.factor for difference in found),
        oracle.judge,
        inquiry.plan.rules,
        key=oracle.key,
        store=oracle.store,
        watch=oracle.on_probe,
        prefetch=oracle.prefetch,
    )

    def step_record(step: Step) -> StepRecord:
        part = step.history
        figures = {i: oracle.figures((i, step.factors), finding) for i, finding in part.findings.items()}
        seconds = {
            version.name: spent
            for index, version in enumerate(versions)
            if (spent := oracle.seconds.get(named((index, step.factors)))) is not None
        }
        return StepRecord(
            factors=tuple(sorted(step.factors)),
            history=versions_record(history, part, figures, seconds, {}, outside(whole, unusable), noise),
        )

    rounds = []
    for one in answer.rounds:
        axis = Difference(history.axis, versions[0].name, versions[one.last].name)

        def pair(factors: frozenset[str], last: int = one.last) -> Joint:
            return (last if history.axis in factors else 0), factors - {history.axis}

        figures = {factors: oracle.figures(pair(factors), f) for factors, f in one.answer.findings.items()}
        seconds = {
            label(factors): spent
            for factors in one.answer.findings
            if (spent := oracle.seconds.get(named(pair(factors)))) is not None
        }
        names = f"{versions[0].name} as at the start", f"{versions[one.last].name} as at the end"
        rounds.append(factors_record(one.answer, (axis, *found), names, figures, seconds, noise))
    return JointRecord(
        axis=history.axis,
        ends=(versions[0].name, versions[-1].name),
        rounds=tuple(rounds),
        steps=tuple(step_record(step) for step in answer.steps),
        made=answer.probes,
        complete=answer.complete,
    )
