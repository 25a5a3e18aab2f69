"""
The run before this one: the newest other run of the same suite in the same folder that was made earlier.
"""

from dataclasses import replace
from pathlib import Path

from harness.errors import HarnessError
from harness.files import file_name
from harness.record import RunRecord, load
from harness.report.facts import named
from harness.report.view import ShownRun


def run_before(folder: Path, record: RunRecord) -> ShownRun | None:
    """
    Return the run of the same name that lies beside *folder* and was made last before *record*; None if there is none.

    It is narrowed to the setups and utterances of *record*, which may be a part of the suite. What cannot be read is
    passed over.
    """
    place = folder.resolve()
    last: ShownRun | None = None
    for path in sorted(place.parent.glob(f"{file_name(record.name)}-*/run.json")):
        if path.parent == place:
            continue
        try:
            found = load(path, RunRecord)
        except HarnessError:
            continue
        made = found.provenance.created  # when its file was written tells less: a copy is as new as the copying
        after = "" if last is None else last.record.provenance.created
        if found.name == record.name and after <= made < record.provenance.created:
            last = ShownRun(found, path.parent, named(found))
    return None if last is None else replace(last, record=_narrowed(last.record, record))


def _narrowed(earlier: RunRecord, now: RunRecord) -> RunRecord:
    setups, spoken = {setup.name for setup in now.setups}, {utterance.id for utterance in now.utterances}
    return earlier.model_copy(
        update={
            "setups": tuple(setup for setup in earlier.setups if setup.name in setups),
            "cells": earlier.cells.only(setups, spoken),
        }
    )
