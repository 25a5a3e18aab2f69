"""
Runs as the report finds them on disk: whole, cut off in the middle, or written by an older schema.

Whatever can be shown is shown, with a notice that says what is wrong; only a folder with nothing in it is an error.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import RecordInvalid
from harness.files import given
from harness.record import SCHEMA, Cell, Expectation, Provenance, RunRecord, SetupRecord, UtteranceRecord, Verdict, load

Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True)
class Read:
    """A run record, and what a reader of the page must know about it."""

    record: RunRecord
    notices: tuple[str, ...]


def read(folder: Path) -> Read:
    """
    Read the run in *folder*; raise `RecordInvalid` if nothing there can be shown.

    A run that was cut off is completed with the finished cells of `cells/`. An older record is read item by item.
    """
    path = folder / "run.json"
    if not path.is_file():
        cells, broken = _finished(folder)
        if not cells:
            raise RecordInvalid(f"{folder}: no run.json and no finished cells; wanted a folder that `run` has written")
        notice = "This run was cut off before it wrote its record. What follows is the cells that it had finished."
        return Read(_from_cells(folder.resolve().name, cells), (notice, *broken))
    try:
        record = load(path, RunRecord)
    except RecordInvalid as error:
        raw = _raw(path)
        if raw is None or not _older(raw):
            raise
        return _lenient(raw, folder, error)
    if record.complete:
        return Read(record, ())
    known = {(cell.setup, cell.utterance) for cell in record.cells}
    cells, broken = _finished(folder)
    more = tuple(cell for cell in cells if (cell.setup, cell.utterance) not in known)
    notice = "This run was cut off. What follows is what it had finished; run it again to do the rest."
    return Read(record.model_copy(update={"cells": record.cells + more}), (notice, *broken))


def _raw(path: Path) -> dict[str, Any] | None:
    try:
        text = given.text(path, RecordInvalid, wanted="a record", most=given.LARGEST_RECORD)
        raw = given.json_of(text, path, RecordInvalid, what="a record", mend="run again")
    except RecordInvalid:
        return None
    return raw if isinstance(raw, dict) else None


def _older(raw: dict[str, Any]) -> bool:
    version = raw.get("schema_version", 0)
    return isinstance(version, int) and version < SCHEMA


def _finished(folder: Path) -> tuple[list[Cell], list[str]]:
    cells, broken = [], []
    for path in sorted((folder / "cells").glob("**/*.json")):
        try:
            cells.append(load(path, Cell))
        except RecordInvalid:
            broken.append(f"{path.name} is damaged and left out.")
    return cells, broken


def _from_cells(name: str, cells: list[Cell]) -> RunRecord:
    setups = tuple(_setup(setup, cells) for setup in dict.fromkeys(cell.setup for cell in cells))
    utterances = tuple(_utterance(id_) for id_ in dict.fromkeys(cell.utterance for cell in cells))
    return RunRecord(
        name=name,
        key="",
        complete=False,
        met=False,
        headline=f"The run was cut off after {len(cells)} cells.",
        notes=(),
        seconds=0.0,
        provenance=_no_provenance(),
        suite={},
        codecs=(),
        utterances=utterances,
        setups=setups,
        cells=tuple(cells),
    )


def _setup(name: str, cells: list[Cell]) -> SetupRecord:
    own = [cell for cell in cells if cell.setup == name]
    worst = max(own, key=lambda cell: cell.verdict.rank, default=None)
    return SetupRecord(
        name=name,
        codec="",
        topology="",
        reference="",
        is_reference=False,
        factors={},
        diagram="",
        expectation=Expectation(),
        verdict=worst.verdict if worst else Verdict.UNDEFINED,
        met=worst is not None and worst.verdict is not Verdict.UNDEFINED,
        masked=sum(cell.masked for cell in own),
        reasons=worst.reasons if worst else (),
        worst_utterance=worst.utterance if worst else None,
        corpus={},
    )


def _utterance(id_: str) -> UtteranceRecord:
    return UtteranceRecord(
        id=id_, transcript="", speaker="", licence="", seconds=0.0, sha256="", audio=None, floor=None
    )


def _no_provenance() -> Provenance:
    return Provenance(
        created="",
        harness="",
        python="",
        platform="",
        machine="",
        cpus=0,
        packages={},
        scorers={},
        recogniser={},
        commit=None,
        dirty=None,
        seeds={},
        command="",
    )


def _lenient(raw: dict[str, Any], folder: Path, error: RecordInvalid) -> Read:
    cells = _items(raw.get("cells"), Cell, dict.fromkeys(("key",), ""))
    if not cells:
        raise error
    blank = _from_cells(str(raw.get("name", folder.name)), cells)
    setups = _items(raw.get("setups"), SetupRecord, {})
    utterances = _items(raw.get("utterances"), UtteranceRecord, {})
    have = {setup.name for setup in setups}, {utterance.id for utterance in utterances}
    headline = raw.get("headline")
    record = blank.model_copy(
        update={
            "headline": headline if isinstance(headline, str) else "A run of an older codec-harness.",
            "complete": raw.get("complete") is True,
            "setups": (*setups, *(setup for setup in blank.setups if setup.name not in have[0])),
            "utterances": (*utterances, *(item for item in blank.utterances if item.id not in have[1])),
        }
    )
    lost = _count(raw.get("cells")) - len(cells)
    notice = (
        f"This run was written by schema {raw.get('schema_version', 'unknown')}; this codec-harness reads schema "
        f"{SCHEMA}. What could be read is shown; {lost} cells could not. Run again for a full report."
    )
    return Read(record, (notice,))


def _count(items: Any) -> int:
    return len(items) if isinstance(items, list) else 0


def _items(raw: Any, kind: type[Item], defaults: dict[str, Any]) -> list[Item]:
    """Return those of *raw* that make a *kind*, once keys that it no longer has are dropped."""
    found = []
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, dict):
            known = {key: value for key, value in item.items() if key in kind.model_fields}
            try:
                found.append(kind.model_validate(defaults | known))
            except ValidationError:
                continue
    return found
