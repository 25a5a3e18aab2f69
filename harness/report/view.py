"""
From a run record to what the page shows: plain data for templates and scripts, already in words.
"""

import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.metrics.catalogue import METRICS, order
from harness.record import Cell, Cells, RunRecord, SetupRecord, Transcript, Verdict, value
from harness.report import tables
from harness.report.beginning import Beginning, beginning
from harness.report.expect import LETTERS, once
from harness.report.media import Media, Shown

HELD = 2000  # cells at most, which are read many times; of more, each is read as often
MOST_RATED = 24  # utterances; a person rates no more at a time, and each takes a file


@dataclass(frozen=True)
class ShownRun:
    """A run and the folder that its audio lies in."""

    record: RunRecord
    folder: Path
    label: str


class View:
    """One run, and the run it is compared with, looked up by place."""

    def __init__(self, now: ShownRun, against: ShownRun | None, media: Media) -> None:
        self.now, self.against, self.media = now, against, media
        self.record = now.record
        self.setups = {setup.name: setup for setup in now.record.setups}
        self.utterances = {utterance.id: utterance for utterance in now.record.utterances}
        cells = now.record.cells
        self.cells = cells if len(cells) > HELD else Cells.of([*cells])
        self._numbers = {place: number for number, place in enumerate(cells.places)}
        self.before = against.record.cells if against else Cells.of(())

    def each(self) -> Iterator[Cell]:
        """Yield the cells in the order of their numbers."""
        return (cell for setup, utterance in self._numbers if (cell := self.cells.get(setup, utterance)) is not None)

    def number(self, setup: str, utterance: str) -> int | None:
        """Return the cell's number, by which the page finds its data; None if it was not run."""
        return self._numbers.get((setup, utterance))

    def reference(self, cell: Cell) -> Cell | None:
        """Return the same utterance through the setup that *cell* is held against; None for a reference itself."""
        setup = self.setups.get(cell.setup)
        if setup is None or setup.is_reference:
            return None
        return self.cells.get(setup.reference, cell.utterance)

    def counts(self) -> dict[str, int]:
        """Return how many cells have each verdict."""
        found = Counter(cell.verdict for cell in self.each())
        return {str(verdict): found[verdict] for verdict in Verdict}

    def overview(self) -> dict[str, Any]:
        """Return what the scripts need before any cell is opened."""
        return {
            "name": self.record.name,
            "label": self.now.label,
            "speech": self._speech(),
            "against": self.against.label if self.against else None,
            "setups": [setup.name for setup in self.record.setups],
            "references": [None if setup.is_reference else setup.reference for setup in self.record.setups],
            "utterances": [utterance.id for utterance in self.record.utterances],
            "cells": [
                [cell.setup, cell.utterance, str(cell.verdict), cell.masked, self._begins_told(cell)]
                for cell in self.each()
            ],
            "measures": {
                shown.name: [shown.label, shown.family]
                for shown in order({name for cell in self.each() for name in (*cell.measurements, *cell.timing)})
            },
            "plots": self._plots(),
        }

    def _speech(self) -> dict[str, Any]:
        """Return what ratings are made against: the uncoded speech, and its anchors, of the first utterances."""
        found = {}
        for utterance in self.record.utterances[:MOST_RATED]:
            speech = self.media.sound(self.now.folder, utterance.audio, utterance.sha256)
            anchor = self.media.anchor(self.now.folder, utterance.audio)
            if speech is not None and "src" in speech and anchor is not None:
                found[utterance.id] = {"speech": speech, "anchor": anchor, "said": utterance.transcript}
        return found

    def _plots(self) -> list[dict[str, Any]]:
        tolerances = self.record.suite.get("tolerances") or {}
        rows = order({row.name for row in METRICS.values() if row.plotted})
        values: dict[str, list[float | None]] = {row.name: [] for row in rows}
        texts: dict[str, list[str]] = {row.name: [] for row in rows}
        before: dict[str, list[float | None]] = {row.name: [] for row in rows}
        for cell in self.each():
            earlier = self.before.get(cell.setup, cell.utterance)
            for row in rows:
                values[row.name].append(value(cell.measurements, row.name))
                texts[row.name].append(tables.shown(row.name, cell.measurements.get(row.name)))
                before[row.name].append(None if earlier is None else value(earlier.measurements, row.name))
        return [
            {
                "name": row.name,
                "label": row.label,
                "short": row.head,
                "better": row.better,
                "percent": row.percent,
                "gate": tolerances.get(row.tolerance.name) if row.tolerance is not None else None,
                "values": [None if one is None else round(one, 5) for one in values[row.name]],
                "texts": texts[row.name],
                "before": before[row.name] if self.against else None,
            }
            for row in rows
            if any(one is not None for one in values[row.name])
        ]

    def cell(self, cell: Cell) -> dict[str, Any]:
        """Return everything that the page shows of *cell*."""
        setup = self.setups.get(cell.setup)
        utterance = self.utterances.get(cell.utterance)
        reference = self.reference(cell)
        before = self.before.get(cell.setup, cell.utterance)
        begins = self.begins(cell)
        return {
            "setup": cell.setup,
            "utterance": cell.utterance,
            "verdict": str(cell.verdict),
            "letter": LETTERS[cell.verdict],
            "masked": cell.masked,
            "isReference": bool(setup and setup.is_reference),
            "reference": setup.reference if setup else None,
            "gate": len(once(cell.gate)),
            "reasons": once(cell.reasons),
            "failure": cell.failure,
            "localisation": getattr(cell, "localisation", None),
            "begins": None if begins is None else str(begins),
            "firstSeconds": None if begins is None else round(begins.seconds, 6),
            "frameSeconds": cell.frame_seconds,
            "delaySeconds": cell.delay_seconds,
            "errors": [None if one is None else round(one, 1) for one in cell.frame_error_db],
            "agreement": [round(one, 4) for one in cell.codebook_agreement],
            "codesDiffer": [_runs(frames) for frames in cell.codes_differ],
            "said": utterance.transcript if utterance else "",
            "speaker": utterance.speaker if utterance else "",
            "heard": _transcript(cell.transcript),
            "referenceHeard": _transcript(reference.transcript if reference else None),
            "floorHeard": _transcript(utterance.floor if utterance else None),
            "sources": self._sources(cell, reference),
            "difference": self._difference(cell, reference),
            "measurements": tables.measurements(cell, reference, before, self.record.suite.get("tolerances")),
            "noticed": tables.noticed(cell),
            "reproduce": self.reproduce(cell),
        }

    def _begins_told(self, cell: Cell) -> str | None:
        found = self.begins(cell)
        return None if found is None else str(found)

    def _sources(self, cell: Cell, reference: Cell | None) -> list[Shown]:
        utterance = self.utterances.get(cell.utterance)
        here = self.now.folder
        wanted: list[tuple[str, str, Shown | None]] = []
        if utterance is not None:
            wanted.append(("speech", "Reference speech", self.media.sound(here, utterance.audio, utterance.sha256)))
        if reference is not None:
            sound = self.media.sound(here, reference.audio, reference.pcm_sha256)
            wanted.append(("reference", "Reference setup", sound))
        wanted.append(("decoded", "Decoded", self.media.sound(here, cell.audio, cell.pcm_sha256)))
        before = self.before.get(cell.setup, cell.utterance)
        if self.against is not None and before is not None and before.audio is not None:
            sound = self.media.sound(self.against.folder, before.audio, before.pcm_sha256)
            wanted.append(("baseline", "Before", sound))
        none: Shown = {"missing": "no audio was kept"}
        return [{"id": id_, "label": label, **(sound or none)} for id_, label, sound in wanted]

    def begins(self, cell: Cell) -> Beginning | None:
        """Return where *cell* begins to differ from its reference, in its audio's own time; None if it does not."""
        found = self._difference(cell, self.reference(cell)) or {}
        first, rate = found.get("first"), found.get("rate")
        return beginning(cell, None if first is None else int(first), None if rate is None else float(rate))

    def _difference(self, cell: Cell, reference: Cell | None) -> Shown | None:
        if reference is None or not cell.audio or not reference.audio or cell.pcm_sha256 == reference.pcm_sha256:
            return None
        keys = (reference.pcm_sha256 or reference.audio, cell.pcm_sha256 or cell.audio)
        return self.media.difference(self.now.folder, reference.audio, cell.audio, keys)

    def reproduce(self, cell: Cell) -> str:
        """Return the command that computes *cell* again."""
        command = self.record.provenance.command
        try:
            words = shlex.split(command)
        except ValueError:  # of a record by somebody else, who quoted nothing
            words = command.split()
        kept = [word for word in words if word.endswith(".toml")][:1] + ["--no-asr"] * ("--no-asr" in words)
        return shlex.join(["codec-harness", "run", *kept, "--setup", cell.setup, "--utterance", cell.utterance])

    def strips(self, setup: SetupRecord) -> list[Cell | None]:
        """Return the cells of *setup*, one per utterance, None where one was not run."""
        return [self.cells.get(setup.name, utterance.id) for utterance in self.record.utterances]


def _runs(frames: tuple[int, ...]) -> list[int]:
    """Return ascending *frames* as runs, start and length in turn: most faults differ in long stretches."""
    runs: list[int] = []
    for frame in frames:
        if runs and frame == runs[-2] + runs[-1]:
            runs[-1] += 1
        else:
            runs += [frame, 1]
    return runs


def _transcript(transcript: Transcript | None) -> dict[str, Any] | None:
    if transcript is None:
        return None
    changes = [
        change.heard
        if change.kind == "equal" and change.start is None
        else [change.kind, change.reference, change.heard, change.start, change.end]
        for change in transcript.changes
    ]
    return {"text": transcript.text, "changes": changes, "findings": list(transcript.findings)}
