"""A finished run beside its baseline: every cell and setup judged by its gates."""

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.gate import baseline as baselines
from harness.gate.accept import decoded_digits
from harness.gate.baseline import Baseline, BaselineInvalid
from harness.gate.cell_gates import Gated, gate_cell
from harness.gate.context import Context
from harness.gate.failed import failed_cells, in_a_line
from harness.gate.limits import NOT_NOW, unscored
from harness.gate.setup_gates import CorpusGated, gate_setup
from harness.gate.what_changed import another_codec
from harness.record import Cell, Expectation, RunRecord, SetupRecord, load
from harness.runs.outcome import gated, ungated
from harness.runs.recorded import tolerances_told
from harness.verdict import meets, missed


@dataclass(frozen=True)
class Wanted:
    """What of a suite is to be run; *complete* if that is all utterances, *whole* if it is all setups too."""

    setups: frozenset[str]
    utterances: frozenset[str]
    complete: bool
    whole: bool


class Guarded:
    """
    A finished run beside its baseline.

    problem : why nothing can be compared, or ""
    accepted : what changed in the baseline by accepting this run; None if it was not accepted
    report : where its page is, or why there is none
    complete : all utterances of the suite were run; whole : all setups too
    setups : those that were asked for, in order; a finished run may have more
    """

    def __init__(self, path: Path, found: dict[str, Any], record: RunRecord | None = None) -> None:
        self.path = path
        self.folder = Path(found["folder"])
        told = record or load(self.folder / "run.json", RunRecord)
        self.headline = told.headline  # with the gates' outcome, where that is known
        self.record = ungated(told)  # what is judged here is what the suite alone has
        self.accepted: list[str] | None = found["accepted"]
        self.report: str = found.get("report", "")
        self.complete: bool = found["complete"]
        self.whole: bool = found["whole"]
        self.setups = [one for one in self.record.setups if one.name in found.get("setups", (one.name,))]
        self.baseline: Baseline | None = None
        why, what_helps = self._read(path)
        if why and (failed := failed_cells(self.record)):  # no gate tells it, and nothing can be accepted
            what_helps = f"cells failed: {in_a_line(failed)}"
        self.problem = "; ".join(part for part in (why, what_helps) if part)

    def _read(self, path: Path) -> tuple[str, str]:
        """Read the baseline; return why nothing can be compared with it, and what helps; both "" if it can."""
        try:
            self.baseline = baselines.load(path)
        except BaselineInvalid as error:
            return str(error), ""
        if self.baseline is None:
            return f"nothing was accepted yet ({path} does not exist)", "listen, then accept with --codec-update"
        if reasons := baselines.stale(self.baseline, self.record.provenance):
            told = f"{path} is stale and was not compared: {'; '.join(reasons)}"
            return told, "install what it was made with, or accept again with --codec-update"
        return "", ""

    @functools.cached_property
    def context(self) -> Context:
        """What all comparisons share; there must be a baseline."""
        if self.baseline is None:
            raise BaselineInvalid(self.problem)
        return Context(
            self.baseline,
            baselines.machine_class(self.record.provenance),
            {codec.name: codec for codec in self.record.codecs},
            tolerances_told(self.record),
            {utterance.id: utterance.sha256 for utterance in self.record.utterances},
        )

    def other_codecs(self) -> list[str]:
        """Say, once for all cells, which codecs have another fingerprint than was accepted, and what that means."""
        accepted = self.context.baseline.codecs
        said = [line for codec in self.record.codecs for line in another_codec(codec, accepted.get(codec.name))]
        return [f"{line}; bits were not demanded of it, its measurements were judged" for line in said]

    @property
    def unchanged(self) -> bool:
        """Whether this is the very run that was accepted, read back: nothing that decides its output has changed."""
        return self.baseline is not None and (self.baseline.run, self.baseline.created) == (
            self.record.key,
            self.record.provenance.created,
        )

    def setup(self, name: str) -> SetupRecord:
        """Return the setup called *name*."""
        return self._setups[name]

    def cell(self, setup: str, utterance: str) -> Cell:
        """Return one cell."""
        cell = self.record.cells.get(setup, utterance)
        if cell is None:
            raise KeyError((setup, utterance))
        return cell

    def cells(self, setup: str) -> list[Cell]:
        """Return the cells of one setup, in the order of the record."""
        return list(self.record.cells.of_setup(setup))

    @functools.cached_property
    def _setups(self) -> dict[str, SetupRecord]:
        return {setup.name: setup for setup in self.record.setups}

    @functools.cache  # noqa: B019  as many entries as cells, and gone with the session
    def gated(self, setup_name: str, utterance: str) -> Gated:
        """Judge one cell."""
        setup, cell = self.setup(setup_name), self.cell(setup_name, utterance)
        if self.problem:
            return Gated((self.problem,))
        if cell.failure is not None:  # and if the codec cannot even be loaded, nothing is known of it
            return gate_cell(self.context, cell, setup.codec, setup.expectation, "")
        codec = self.context.codecs[setup.codec]
        accepted = self.context.accepted(setup_name, utterance)
        same = accepted is not None and accepted.pcm == (cell.pcm_sha256 or "")[:16]
        digits = "" if same else decoded_digits(cell, self.folder, codec.frame_size)
        gated = gate_cell(self.context, cell, setup.codec, setup.expectation, digits)
        wanted = Expectation(at_least=setup.expectation.at_least)
        if not meets(cell.verdict, wanted):
            unmet = f"{missed(wanted, cell.verdict)}: {'; '.join(cell.reasons[:2])}"
            return replace(gated, failures=(*gated.failures, unmet))  # what changed says more
        return gated

    @functools.cache  # noqa: B019
    def gated_setup(self, name: str) -> CorpusGated:
        """Judge one setup over all its utterances."""
        if self.problem:
            return CorpusGated((self.problem,))
        return gate_setup(self.context, self.setup(name), self.cells(name))

    def missing_setups(self) -> list[str]:
        """Return the setups that were accepted and are not in this run."""
        known = {setup.name for setup in self.record.setups}
        return sorted(set(self.baseline.setups) - known) if self.baseline is not None else []

    def missing_scores(self) -> list[str]:
        """Return the gated scores, in words, that cells of this run had when they were accepted and have not now."""
        found = set[str]()
        for cell in self.record.cells:
            accepted = self.context.accepted(cell.setup, cell.utterance)
            if accepted is not None and cell.failure is None:
                found.update(unscored(cell, accepted))
        return sorted(found)

    def gone(self) -> list[str]:
        """Say what was accepted and this run leaves out: setups, if it is of the whole suite, and scores."""
        if self.problem:
            return []
        setups, scores = self.missing_setups() if self.whole else [], self.missing_scores()
        return [f"accepted before and missing from the suite: {', '.join(setups)}"] * bool(setups) + [
            f"{NOT_NOW}: {', '.join(scores)}"
        ] * bool(scores)

    def outcome(self, wanted: Wanted) -> RunRecord:
        """Return the run's record with what its gates say of all that is *wanted*."""
        whole = [self.problem] if self.problem else self.gone()
        named = [setup.name for setup in self.record.setups if setup.name in wanted.setups and not self.problem]
        places = [place for place in self.record.cells.places if place[0] in named]
        judged = {place: self.gated(*place) for place in places}
        worst_first = sorted(judged, key=lambda place: judged[place].margin)
        return gated(
            self.record,
            str(self.path),
            whole,
            {name: self.gated_setup(name).failures for name in named if self.complete},
            {place: judged[place].failures for place in worst_first},
        )
