"""A run that is finished: its record, and the folder that it is in."""

from pathlib import Path
from typing import NamedTuple

from harness.errors import RecordInvalid
from harness.files import given
from harness.record import RunRecord, load
from harness.runs.recorded import check_cells


class Run(NamedTuple):
    """A run that was made: its record, and the folder that it is in."""

    record: RunRecord
    folder: Path

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Return the run in the folder *path*, or whose `run.json` it is; raise `RecordInvalid` if it is none."""
        file = path if given.is_file(path) else path / "run.json"
        record = load(file, RunRecord)
        check_cells(record, file)
        return cls(record, file.parent)


def complete(folder: Path, key: str) -> RunRecord | None:
    """Return the record of a run that is already done in *folder*, as *key* says, or None."""
    if not (folder / "run.json").is_file():
        return None
    try:
        record = load(folder / "run.json", RunRecord, sealed=True)
    except RecordInvalid:
        return None  # damaged or edited: run again, from the cells that are there
    settled = record.complete and not any(cell.died for cell in record.cells)
    return record if settled and record.key == key else None
