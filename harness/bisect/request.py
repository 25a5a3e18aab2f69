"""
What is asked of a search: two setups or a history, with their speech, scores and what counts as bad.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.bisect import evidence, naming
from harness.bisect.answer.failures import TO_SEARCH_FAILURES
from harness.bisect.answer.record import SearchRecord
from harness.bisect.answer.words import tell_factors, tell_joint, tell_repeats, tell_versions
from harness.bisect.history import file as histories
from harness.bisect.joint import search_history_and_configuration
from harness.bisect.probe.asking import Inquiry, Plan
from harness.bisect.probe.criterion import Criterion, parse, usual
from harness.bisect.probe.differences import differences, mixed
from harness.bisect.repeats import repeat, withdrawn
from harness.bisect.search import Judged
from harness.bisect.searches import inquiry, judge_one, search_history, search_setups
from harness.errors import UsageInvalid, meant
from harness.metrics.catalogue import METRICS, metric
from harness.metrics.metric import MetricFamily
from harness.record import Verdict
from harness.runs import suite as suites
from harness.runs.conditions import Conditions
from harness.topology.setup import Configuration

MOST_CAUSES, MOST_VERSIONS = 3, 6  # to hear


@dataclass(frozen=True)
class Setups:
    """A search between two setups, by name, the good one first."""

    ends: dict[str, Configuration]
    conditions: Conditions
    criterion: Criterion

    def inquiry(self, plan: Plan) -> AbstractContextManager[Inquiry]:
        """Return what the search needs, to be entered."""
        return inquiry(self.conditions, self.criterion, plan)

    def search(self, inquiry: Inquiry) -> SearchRecord:
        """Find what breaks the first and repairs the second."""
        began = time.monotonic()
        (good, bad), (one, other) = self.ends.keys(), self.ends.values()
        factors = search_setups(one, other, (good, bad), inquiry)
        record = SearchRecord(
            name=f"{good} to {bad}",
            bad_if=self.criterion.text,
            words=tell_factors(factors, self.criterion.text),
            seconds=0,
            factors=factors,
        )
        return _timed(_repeated(record, evidence.of_setups(self.ends, factors), inquiry), began)

    def to_hear(self, record: SearchRecord) -> dict[str, Configuration]:
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

    def judge(self, inquiry: Inquiry) -> tuple[Judged, str]:
        """Only judge the second against the first."""
        return _judged_twice(self.ends, inquiry)


@dataclass(frozen=True)
class Versions:
    """A search over a history."""

    history: histories.History
    criterion: Criterion

    @property
    def conditions(self) -> Conditions:
        """What all probes share."""
        return self.history.conditions

    def inquiry(self, plan: Plan) -> AbstractContextManager[Inquiry]:
        """Return what the search needs, to be entered."""
        return inquiry(self.conditions, self.criterion, plan)

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
        return _timed(_repeated(record, evidence.of_history(self.history, record), inquiry), began)

    def to_hear(self, record: SearchRecord) -> dict[str, Configuration]:
        """Return the points that are worth hearing: both ends, and both sides of every change."""
        return {
            evidence.called(*side): evidence.point(self.history, *side)
            for side in evidence.sides(self.history, record)[:MOST_VERSIONS]
        }

    def judge(self, inquiry: Inquiry) -> tuple[Judged, str]:
        """Only judge the last version against the first."""
        first, last = self.history.versions[0], self.history.versions[-1]
        ends = {first.name: first.make(self.history.start), last.name: last.make(self.history.end)}
        return _judged_twice(ends, inquiry)


def _repeated(record: SearchRecord, points: dict[str, Configuration], inquiry: Inquiry) -> SearchRecord:
    """Return *record* with what came of repeating *points*, without its accusations if that contradicts them."""
    if not points or inquiry.noisy:  # a search with noise has repeated its points itself
        return record
    repeats = repeat(points, record.deciding, inquiry)
    words = tell_repeats(repeats, record.bad_if)
    if not repeats.stands:
        return withdrawn(record.model_copy(update={"repeats": repeats, "words": words}))
    return record.model_copy(update={"repeats": repeats, "words": f"{record.words}\n{words}"})


def _timed(record: SearchRecord, began: float) -> SearchRecord:
    return record.model_copy(update={"seconds": round(time.monotonic() - began, 2)})


def _judged_twice(ends: dict[str, Configuration], inquiry: Inquiry) -> tuple[Judged, str]:
    """Judge the second of *ends* against the first; SKIP with the reason if a repeat contradicts it."""
    good, bad = ends.values()
    found = judge_one(good, bad, inquiry)
    if found.judgement is Judged.SKIP or inquiry.noisy:
        advice = f"; {TO_SEARCH_FAILURES}" if found.failure else ""
        return found.judgement, f"{found.reason}{advice}"
    repeats = repeat(ends, (found.reason.partition(":")[0],), inquiry)
    if not repeats.stands:
        return Judged.SKIP, tell_repeats(repeats, inquiry.criterion.text)
    return found.judgement, found.reason


def setups(
    good: str | None,
    bad: str | None,
    suite_file: Path | None,
    bad_if: str | None,
    utterances: tuple[str, ...],
    limit: float = 300.0,
) -> Setups:
    """Return the search between two setups; raise `UsageInvalid` if one is missing or they are the same."""
    if good is None or bad is None:
        raise UsageInvalid("bisect needs --good and --bad, or --versions; see codec-harness bisect --help")
    suite = suites.load(suite_file or suites.default_suite())
    named, named_bad = naming.find(good, suite, limit=limit), naming.find(bad, suite, limit=limit)
    one, other = named.make(), named_bad.make()
    files = one.codec.other_module(other.codec)
    if files is not None:
        module = one.codec.adapter.partition(":")[0]
        raise UsageInvalid(
            f"{good} and {bad}: {module} is {files[0]} in one and {files[1]} in the other, and a process can have but "
            f"one module of a name; give one of the files another name, or let one be served as a program "
            f'(adapter = "command")'
        )
    if not differences(one, other):
        raise UsageInvalid(f"{good} and {bad} differ in nothing: there is nothing to search")
    if good == bad:
        bad = f"{bad} (bad)"
    criterion = _criterion(bad_if or usual(words=bool(named.conditions.scores.asr)), named.conditions)
    return Setups({good: one, bad: other}, _narrowed(named.conditions, utterances), criterion)


def versions(path: Path, bad_if: str | None, utterances: tuple[str, ...], limit: float) -> Versions:
    """Return the search over the history in *path*; *limit* is the seconds that a version may take to build."""
    history = histories.load(path, limit=limit)
    narrowed = replace(history, conditions=_narrowed(history.conditions, utterances))
    return Versions(narrowed, _criterion(bad_if or history.bad_if, history.conditions))


def _criterion(text: str, conditions: Conditions) -> Criterion:
    """Read what is bad; raise `UsageInvalid` if it asks for what is not measured, or what `[scores]` switches off."""
    criterion = parse(text)
    if criterion.rung is Verdict.CORRUPT and not conditions.scores.asr:
        raise UsageInvalid(
            f"--bad-if: got {text!r}, but nothing but silence is told to be that, since words are not scored ([scores] "
            f"asr = false); score them, or name another, such as {usual(words=False)}"
        )
    if criterion.rung is None and not criterion.fails:
        measured = [row.name for row in METRICS.values() if row.family is not MetricFamily.TIME]
        if criterion.name not in measured:
            why = "a search measures no time" if criterion.name in METRICS else "there is no such measurement"
            wanted = f"{meant(criterion.name, measured)}wanted one of {', '.join(measured)}"
            raise UsageInvalid(f"--bad-if: got {text!r}, but {why}; {wanted}")
    switch = metric(criterion.name).switch
    if switch and not getattr(conditions.scores, switch):
        raise UsageInvalid(
            f"--bad-if: got {text!r}, but {criterion.name} is not measured, since [scores] {switch} = false; switch it "
            "on, or name another measurement"
        )
    return criterion


def _narrowed(conditions: Conditions, utterances: tuple[str, ...]) -> Conditions:
    if not utterances:
        return conditions
    return conditions.model_copy(update={"speech": conditions.speech.model_copy(update={"utterances": utterances})})
