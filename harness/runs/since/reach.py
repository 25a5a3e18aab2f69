"""
What of a suite files that changed since a commit can reach, and how that is told.

A setup that is not run has not passed: record and terminal say that it was not run, and since when nothing changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.record import RunRecord
from harness.runs.since.leads import Lead, Leads
from harness.runs.suite import Suite
from harness.runtime import git
from harness.runtime.resources import fixture
from harness.topology.setup import Setup

SHOWN = 3  # files of a line
NOT_RUN = "Not run, since nothing that they depend on changed since "


@dataclass(frozen=True)
class Reason:
    """Why *setups* are run: because of *files* (none: whatever changed), and *why* in words."""

    files: tuple[str, ...]
    why: str
    setups: frozenset[str]


@dataclass(frozen=True)
class Reach:
    """
    What of a suite a change can reach.

    since : the commit, as it was called; changed : how many files changed since then
    every : the names of all setups, in order; reasons : why some of them are run
    """

    since: str
    changed: int
    every: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def reached(self) -> frozenset[str]:
        """The names of the setups that a change can reach."""
        return frozenset[str]().union(*(reason.setups for reason in self.reasons))

    @property
    def skipped(self) -> str:
        """What is said of one setup that no change can reach."""
        return f"not run: nothing that it depends on changed since {self.since}"

    def not_run(self, running: Iterable[str]) -> str:
        """Return what is said of the setups that no change can reach and are not *running*; "" if there are none."""
        run = {*running, *self.reached}  # one that is reached is left out for another reason, if it is
        left = [name for name in self.every if name not in run]
        return f"{NOT_RUN}{self.since}: {', '.join(left)}." if left else ""

    def lines(self) -> list[str]:
        """Return in words, a line each, what changed and what that reaches."""
        lines = [f"since {self.since}: {self.changed or 'no'} file{'s' * (self.changed != 1)} changed"]
        for reason in self.reasons:
            changed = f"{_listed(reason.files)} changed; " if reason.files else ""
            lines.append(f"{changed}{reason.why}: {len(reason.setups)} of {len(self.every)} setups run")
        if not self.reached:
            lines.append(f"none of {len(self.every)} setups run: nothing that they depend on changed")
        return lines


def reach(suite: Suite, suite_file: Path, since: str, accepted: Sequence[Path] = ()) -> Reach:
    """
    Return what of *suite*, which is in *suite_file*, files can reach that changed *since* a commit; nothing is loaded.

    accepted : the files of what was accepted, where the suite is held against that
    The checkout is that around the suite, or around the current folder for a suite that comes with the harness.
    Raises `UsageInvalid` if there is none, or no such commit, and `SpeechInvalid` if the speech cannot be found.
    """
    suite_file = suite_file.absolute()
    shipped = suite_file.resolve().parent == fixture("suites").resolve()
    changes = git.changes(Path.cwd() if shipped else suite_file.parent, since)
    leads = Leads(suite, suite_file, accepted, changes)
    found: dict[Lead, list[str]] = {}
    for path in sorted(changes.changed):
        for lead in leads.of(path):
            found.setdefault(lead, []).append(changes.shown(path))
    for lead in leads.unknown():
        found.setdefault(lead, [])
    every = {setup.name: _codecs(suite, setup) for setup in suite.setups}
    reasons = [
        Reason(tuple(files), lead.why, frozenset(name for name in every if lead.codec in (None, *every[name])))
        for lead, files in found.items()
    ]
    return Reach(since, len(changes.changed), tuple(every), tuple(reason for reason in reasons if reason.setups))


def noted(reach: Reach | None, record: RunRecord, _folder: Path | None = None) -> RunRecord:
    """Return *record* with what of its suite was not run, and without what an earlier run said of that."""
    notes = tuple(note for note in record.notes if not note.startswith(NOT_RUN))
    said = "" if reach is None else reach.not_run(setup.name for setup in record.setups)
    notes = (said, *notes) if said else notes
    return record if notes == record.notes else record.model_copy(update={"notes": notes})


def not_run_in(record: RunRecord, parts: Iterable[RunRecord]) -> RunRecord:
    """Return *record*, a run made of *parts*, with what these say of setups that were not run."""
    said = dict.fromkeys(note for part in parts for note in part.notes if note.startswith(NOT_RUN))
    return record.model_copy(update={"notes": (*said, *record.notes)}) if said else record


def _codecs(suite: Suite, setup: Setup) -> frozenset[str]:
    """Return the codecs that decide what comes of *setup*: its own, those of its references, and who makes codes."""
    found: set[str] = set()
    while True:
        spec = setup.configuration.codec
        found |= {spec.name} | ({spec.codes_from.name} if spec.codes_from is not None else set())
        if setup.reference == setup.name:
            return frozenset(found)
        setup = suite.setup(setup.reference)


def _listed(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return ", ".join(files[:SHOWN]) + more
