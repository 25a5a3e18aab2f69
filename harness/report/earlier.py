"""
The run before this one: the newest other run of the same suite in the same folder that was made earlier.
"""

from pathlib import Path

from harness.errors import HarnessError, RecordInvalid
from harness.files import file_name, given
from harness.record import RunRecord, load
from harness.report.facts import named
from harness.report.view import ShownRun


def run_before(folder: Path, record: RunRecord) -> ShownRun | None:
    """
    Return the run of the same name that lies beside *folder* and was made last before *record*; None if there is none.

    It is narrowed to the setups and utterances of *record*, which may be a part of the suite. What cannot be read is
    passed over.
    """
    place, now = folder.resolve(), record.provenance.created
    files = [path for path in place.parent.glob(f"{file_name(record.name)}-*/run.json") if path.parent != place]
    for _, path in sorted(((made, path) for path in files if (made := _made(path)) < now), reverse=True):
        try:
            found = load(path, RunRecord)
        except HarnessError:
            continue
        if found.name == record.name:
            return ShownRun(_narrowed(found, record), path.parent, named(found))
    return None


def _made(path: Path) -> str:
    """Return when a run was made; "" if that cannot be read. When its file was written says less: it may be a copy."""
    try:
        return str(given.json_file(path, RecordInvalid, wanted="a run")["provenance"]["created"])
    except (HarnessError, LookupError, TypeError):
        return ""


def _narrowed(earlier: RunRecord, now: RunRecord) -> RunRecord:
    setups, spoken = {setup.name for setup in now.setups}, {utterance.id for utterance in now.utterances}
    return earlier.model_copy(
        update={
            "setups": tuple(setup for setup in earlier.setups if setup.name in setups),
            "cells": earlier.cells.only(setups, spoken),
        }
    )
