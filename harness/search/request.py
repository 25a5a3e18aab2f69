"""
What is asked of a search: two setups or a history, with their speech, scores and what counts as bad.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from harness import suite as suites
from harness.bisection import Judgement
from harness.errors import SuiteInvalid
from harness.search import history as histories
from harness.search import naming
from harness.search.asking import Inquiry, Plan
from harness.search.criterion import Criterion, parse
from harness.search.differences import differences, mixed
from harness.search.findings import label
from harness.search.joint import search_history_and_configuration
from harness.search.points import Bench, Point
from harness.search.record import SearchRecord
from harness.search.searching import inquiry, judge_one, search_history, search_setups
from harness.search.words import tell_factors, tell_joint, tell_versions

DEFAULT_BAD_IF = "corrupt"
MOST_CAUSES, MOST_VERSIONS = 3, 6  # to hear


@dataclass(frozen=True)
class Setups:
    """A search between two setups, by name, the good one first."""

    ends: dict[str, Point]
    bench: Bench
    criterion: Criterion

    def inquiry(self, plan: Plan) -> AbstractContextManager[Inquiry]:
        """Return what the search needs, to be entered."""
        return inquiry(self.bench, self.criterion, plan)

    def search(self, inquiry: Inquiry) -> SearchRecord:
        """Find what breaks the first and repairs the second."""
        began = time.monotonic()
        (good, bad), (one, other) = self.ends.keys(), self.ends.values()
        record = search_setups(one, other, (good, bad), inquiry)
        return SearchRecord(
            name=f"{good} to {bad}",
            bad_if=self.criterion.text,
            words=tell_factors(record, self.criterion.text),
            seconds=round(time.monotonic() - began, 2),
            factors=record,
        )

    def to_hear(self, record: SearchRecord) -> dict[str, Point]:
        """Return the points that are worth hearing: both ends, each cause by itself, and the smallest fix."""
        points = dict(self.ends)
        good, bad = self.ends.values()
        found = record.factors
        if found is not None:
            everything = frozenset(factor.factor for factor in found.factors)
            for cause in found.causes[:MOST_CAUSES]:
                points[f"only {' + '.join(cause.factors)}"] = mixed(good, bad, frozenset(cause.factors))
            for repair in found.repairs[:1]:
                points[f"without {' + '.join(repair.factors)}"] = mixed(
                    good, bad, everything - frozenset(repair.factors)
                )
        return points

    def judge(self, inquiry: Inquiry) -> tuple[Judgement, str]:
        """Only judge the second against the first."""
        good, bad = self.ends.values()
        return judge_one(good, bad, inquiry)


@dataclass(frozen=True)
class Versions:
    """A search over a history."""

    history: histories.History
    criterion: Criterion

    @property
    def bench(self) -> Bench:
        """What all probes share."""
        return self.history.bench

    def inquiry(self, plan: Plan) -> AbstractContextManager[Inquiry]:
        """Return what the search needs, to be entered."""
        return inquiry(self.bench, self.criterion, plan)

    @property
    def joint(self) -> bool:
        """Whether the configuration of the ends differs too."""
        return self.history.start != self.history.end

    def search(self, inquiry: Inquiry) -> SearchRecord:
        """Find the changes, and what makes them."""
        began = time.monotonic()
        bad_if = self.criterion.text
        if self.joint:
            joint = search_history_and_configuration(self.history, inquiry)
            record = SearchRecord(
                name=self.history.name, bad_if=bad_if, words=tell_joint(joint, bad_if), seconds=0, joint=joint
            )
        else:
            versions = search_history(self.history, inquiry)
            record = SearchRecord(
                name=self.history.name,
                bad_if=bad_if,
                words=tell_versions(versions, bad_if),
                seconds=0,
                versions=versions,
            )
        return record.model_copy(update={"seconds": round(time.monotonic() - began, 2)})

    def to_hear(self, record: SearchRecord) -> dict[str, Point]:
        """Return the points that are worth hearing: both ends, and both sides of every change."""
        start: frozenset[str] = frozenset()
        points: list[tuple[str, frozenset[str]]] = []
        if record.joint is not None:
            first, last = record.joint.ends
            found = differences(self.history.start, self.history.end)
            different = frozenset(difference.factor for difference in found)
            under = [(step.history, frozenset(step.factors)) for step in record.joint.steps]
        elif record.versions is not None:
            first, last = record.versions.versions[0].name, record.versions.versions[-1].name
            different, under = start, [(record.versions, start)]
        else:
            return {}
        points.append((first, start))
        points += [
            (name, factors)
            for history, factors in under
            for change in history.changes
            for name in (change.before, change.after)
        ]
        points.append((last, different))
        return {
            name if not factors else f"{name} with {label(factors)}": self._point(name, factors)
            for name, factors in list(dict.fromkeys(points))[:MOST_VERSIONS]
        }

    def _point(self, name: str, factors: frozenset[str]) -> Point:
        version = next(version for version in self.history.versions if version.name == name)
        return version.make(mixed(self.history.start, self.history.end, factors))

    def judge(self, inquiry: Inquiry) -> tuple[Judgement, str]:
        """Only judge the last version against the first."""
        versions = self.history.versions
        return judge_one(versions[0].make(self.history.start), versions[-1].make(self.history.end), inquiry)


def setups(
    good: str | None,
    bad: str | None,
    suite_file: Path | None,
    bad_if: str | None,
    utterances: tuple[str, ...],
    limit: float = 300.0,
) -> Setups:
    """Return the search between two setups; raise `SuiteInvalid` if one is missing or they are the same."""
    if good is None or bad is None:
        raise SuiteInvalid("bisect needs --good and --bad, or --versions; see codec-harness bisect --help")
    suite = suites.load(suite_file or suites.default_suite())
    named, named_bad = naming.find(good, suite, limit=limit), naming.find(bad, suite, limit=limit)
    one, other = named.make(), named_bad.make()
    if not differences(one, other):
        raise SuiteInvalid(f"{good} and {bad} differ in nothing: there is nothing to search")
    if good == bad:
        bad = f"{bad} (bad)"
    return Setups({good: one, bad: other}, _narrowed(named.bench, utterances), parse(bad_if or DEFAULT_BAD_IF))


def versions(path: Path, bad_if: str | None, utterances: tuple[str, ...], limit: float) -> Versions:
    """Return the search over the history in *path*; *limit* is the seconds that a version may take to build."""
    history = histories.load(path, limit=limit)
    narrowed = replace(history, bench=_narrowed(history.bench, utterances))
    return Versions(narrowed, parse(bad_if or history.bad_if))


def _narrowed(bench: Bench, utterances: tuple[str, ...]) -> Bench:
    if not utterances:
        return bench
    return bench.model_copy(update={"speech": bench.speech.model_copy(update={"utterances": utterances})})
