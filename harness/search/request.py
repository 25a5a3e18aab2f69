"""
What is asked of a search: two setups or a history, with their speech, scores and what counts as bad.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from harness import suite as suites
from harness.bisection import Judgement
from harness.errors import SuiteInvalid
from harness.search import history as histories
from harness.search.criterion import Criterion, parse
from harness.search.differences import differences, find_point, mixed
from harness.search.probing import Bench, Point
from harness.search.record import SearchRecord
from harness.search.searching import Plan, judge_one, search_history, search_setups
from harness.search.words import tell_factors, tell_versions

DEFAULT_BAD_IF = "corrupt"
MOST_CAUSES, MOST_VERSIONS = 3, 6  # to hear


@dataclass(frozen=True)
class Setups:
    """A search between two setups, by name, the good one first."""

    ends: dict[str, Point]
    bench: Bench
    criterion: Criterion

    def search(self, plan: Plan) -> SearchRecord:
        """Find what breaks the first and repairs the second."""
        began = time.monotonic()
        (good, bad), (one, other) = self.ends.keys(), self.ends.values()
        record = search_setups(one, other, (good, bad), self.bench, self.criterion, plan)
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

    def judge(self, plan: Plan) -> tuple[Judgement, str]:
        """Only judge the second against the first."""
        good, bad = self.ends.values()
        return judge_one(good, bad, self.bench, self.criterion, plan)


@dataclass(frozen=True)
class Versions:
    """A search over a history."""

    history: histories.History
    criterion: Criterion

    @property
    def ends(self) -> dict[str, Point]:
        """The first and the last version."""
        versions = self.history.versions
        return {version.name: version.make() for version in (versions[0], versions[-1])}

    @property
    def bench(self) -> Bench:
        """What all probes share."""
        return self.history.bench

    def search(self, plan: Plan) -> SearchRecord:
        """Find the changes, and what makes them."""
        began = time.monotonic()
        record = search_history(self.history, self.criterion, plan)
        return SearchRecord(
            name=self.history.name,
            bad_if=self.criterion.text,
            words=tell_versions(record, self.criterion.text),
            seconds=round(time.monotonic() - began, 2),
            versions=record,
        )

    def to_hear(self, record: SearchRecord) -> dict[str, Point]:
        """Return the points that are worth hearing: both ends, and both sides of every change."""
        names = []
        if record.versions is not None:
            names = [record.versions.versions[0].name]
            names += [name for change in record.versions.changes for name in (change.before, change.after)]
            names.append(record.versions.versions[-1].name)
        known = {version.name: version for version in self.history.versions}
        return {name: known[name].make() for name in list(dict.fromkeys(names))[:MOST_VERSIONS]}

    def judge(self, plan: Plan) -> tuple[Judgement, str]:
        """Only judge the last version against the first."""
        good, bad = self.ends.values()
        return judge_one(good, bad, self.bench, self.criterion, plan)


def setups(
    good: str | None, bad: str | None, suite_file: Path | None, bad_if: str | None, utterances: tuple[str, ...]
) -> Setups:
    """Return the search between two setups; raise `SuiteInvalid` if one is missing or they are the same."""
    if good is None or bad is None:
        raise SuiteInvalid("bisect needs --good and --bad, or --versions; see codec-harness bisect --help")
    suite = suites.load(suite_file or suites.default_suite())
    one, found = find_point(good, suite)
    other, _ = find_point(bad, suite)
    if not differences(one, other):
        raise SuiteInvalid(f"{good} and {bad} differ in nothing: there is nothing to search")
    bench = Bench(speech=found.speech, scores=found.scores, tolerances=found.tolerances)
    if good == bad:
        bad = f"{bad} (bad)"
    return Setups({good: one, bad: other}, _narrowed(bench, utterances), parse(bad_if or DEFAULT_BAD_IF))


def versions(path: Path, bad_if: str | None, utterances: tuple[str, ...], limit: float) -> Versions:
    """Return the search over the history in *path*; *limit* is the seconds that a version may take to build."""
    history = histories.load(path, limit=limit)
    narrowed = histories.History(history.name, history.bad_if, _narrowed(history.bench, utterances), history.versions)
    return Versions(narrowed, parse(bad_if or history.bad_if))


def _narrowed(bench: Bench, utterances: tuple[str, ...]) -> Bench:
    if not utterances:
        return bench
    return bench.model_copy(update={"speech": bench.speech.model_copy(update={"utterances": utterances})})
