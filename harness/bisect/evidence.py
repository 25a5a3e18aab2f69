"""The points that an answer rests on, by name, the good end first and the bad end last: to be repeated, and heard."""

from collections.abc import Mapping

from harness.bisect.answer.build import label
from harness.bisect.answer.record import FactorsRecord, SearchRecord
from harness.bisect.history.file import History
from harness.bisect.probe.differences import differences, mixed
from harness.bisect.search import Outcome
from harness.topology.setup import Configuration

UNJUDGED = (Outcome.CANNOT_JUDGE, Outcome.CANNOT_REPRODUCE)


def of_setups(ends: Mapping[str, Configuration], found: FactorsRecord) -> dict[str, Configuration]:
    """Return the ends, each cause by itself, and the bad end after each repair; nothing if an end was not judged."""
    if found.outcome in UNJUDGED:
        return {}
    (good, one), (bad, other) = ends.items()
    return {good: one, **_causes_and_repairs(found, one, other), bad: other}


def _causes_and_repairs(found: FactorsRecord, good: Configuration, bad: Configuration) -> dict[str, Configuration]:
    everything = frozenset(factor.factor for factor in found.factors)
    causes = [frozenset(cause.factors) for cause in found.causes]
    undone = [frozenset(repair.factors) for repair in found.repairs]
    alone = {f"{found.bad}: only {label(one)}": mixed(good, bad, one) for one in causes if one != everything}
    return alone | {
        f"{found.bad} without {label(fix)}": mixed(good, bad, everything - fix) for fix in undone if fix != everything
    }


def of_history(history: History, record: SearchRecord) -> dict[str, Configuration]:
    """Return both ends, both sides of every change, and what explains it; nothing if an end was not judged."""
    outcomes = [one.outcome for one in record.histories] + [one.outcome for one in record.searches]
    if not outcomes or outcomes[0] in UNJUDGED:
        return {}
    named = sides(history, record)
    points = {called(*side): point(history, *side) for side in named}
    for change in (change for versions in record.histories for change in versions.changes):
        if change.why is not None:
            low, high = (point(history, name, frozenset()) for name in (change.why.good, change.why.bad))
            points |= _causes_and_repairs(change.why, low, high)
    for cause in record.joint.rounds[0].causes if record.joint is not None else ():
        points |= _of_joint(history, record, frozenset(cause.factors))
    last = points.pop(called(*named[-1]))
    return points | {called(*named[-1]): last}


def _of_joint(history: History, record: SearchRecord, cause: frozenset[str]) -> dict[str, Configuration]:
    if record.joint is None:
        return {}
    name = record.joint.ends[record.joint.axis in cause]
    side = name, cause - {record.joint.axis}
    return {called(*side): point(history, *side)}


def sides(history: History, record: SearchRecord) -> list[tuple[str, frozenset[str]]]:
    """Return both ends and both sides of every change, each as a version and the factors at their bad value."""
    start: frozenset[str] = frozenset()
    if record.joint is not None:
        first, last = record.joint.ends
        different = frozenset(difference.factor for difference in differences(history.start, history.end))
        under = [(step.history, frozenset(step.factors)) for step in record.joint.steps]
    elif record.versions is not None:
        first, last = record.versions.versions[0].name, record.versions.versions[-1].name
        different, under = start, [(record.versions, start)]
    else:
        return []
    changed = [
        (name, factors)
        for versions, factors in under
        for change in versions.changes
        for name in (change.before, change.after)
    ]
    return list(dict.fromkeys([(first, start), *changed, (last, different)]))


def called(version: str, factors: frozenset[str]) -> str:
    """Return how a version with *factors* at their bad value is called."""
    return version if not factors else f"{version} with {label(factors)}"


def point(history: History, version: str, factors: frozenset[str]) -> Configuration:
    """Return a version with *factors* at their bad value."""
    found = next(one for one in history.versions if one.name == version)
    return found.make(mixed(history.start, history.end, factors))
