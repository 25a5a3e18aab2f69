"""
Runs as the report finds them on disk: whole, or cut off in the middle.

Whatever can be shown is shown, with a notice that says what is wrong; only a folder with nothing in it is an error.
"""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import RecordInvalid
from harness.files.given import is_file
from harness.record import (
    JOURNAL,
    Cells,
    Expectation,
    Provenance,
    RunRecord,
    SetupRecord,
    UtteranceRecord,
    Verdict,
    load,
    so_far,
)


@dataclass(frozen=True)
class Read:
    """A run record, and what a reader of the page must know about it."""

    record: RunRecord
    notices: tuple[str, ...]


def read(folder: Path) -> Read:
    """
    Read the run in *folder*; raise `RecordInvalid` if nothing there can be shown.

    Of a run that was cut off, that is the cells that it had finished.
    """
    path = folder / "run.json"
    if path.is_file():
        return Read(load(path, RunRecord), ())
    if not is_file(folder / JOURNAL):
        raise RecordInvalid(f"{folder}: no run.json and no finished cells; wanted a folder that `run` has written")
    cells, broken = so_far(folder)
    if not cells:
        raise RecordInvalid(f"{folder}: no run.json and no finished cell; run it again")
    notice = "This run was cut off before it wrote its record. What follows is the cells that it had finished."
    damaged = [f"Line {number} of {JOURNAL} is damaged and left out." for number in broken]
    return Read(_from_cells(folder.resolve().name, cells), (notice, *damaged))


def _from_cells(name: str, cells: Cells) -> RunRecord:
    setups = tuple(_setup(setup, cells) for setup in dict.fromkeys(setup for setup, _ in cells.places))
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
        utterances=tuple(_utterance(id_) for id_ in dict.fromkeys(utterance for _, utterance in cells.places)),
        setups=setups,
        cells=cells,
    )


def _setup(name: str, cells: Cells) -> SetupRecord:
    worst = max(cells.of_setup(name), key=lambda cell: cell.verdict.rank)
    return SetupRecord(
        name=name,
        codec="",
        topology="",
        reference="",
        is_reference=False,
        factors={},
        diagram="",
        expectation=Expectation(),
        verdict=worst.verdict,
        met=worst.verdict is not Verdict.UNDEFINED,
        masked=sum(cell.masked for cell in cells.of_setup(name)),
        reasons=worst.reasons,
        worst_utterance=worst.utterance,
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
