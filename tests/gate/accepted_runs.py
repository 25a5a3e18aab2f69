"""A sample run beside a baseline, as a session holds them: one is accepted, and a changed one is held against it."""

from report.sample import build

from harness.gate import baseline as baselines
from harness.gate.accept import of_runs
from harness.gate.guarded import Guarded
from harness.runs.recorded import Run

KINDS = ("shared", "dirty-clone", "cross-talk")


def accepted_run(folder):
    """Write a run into *folder*; return its record and the baseline that accepts it."""
    record = build(folder, kinds=KINDS)
    return record, of_runs([Run(record, folder)])


def replaced(record, *places, **update):
    """Return *record* with its cells at *places* (setup and utterance) updated."""
    cells = tuple(
        cell.model_copy(update=update) if (cell.setup, cell.utterance) in places else cell for cell in record.cells
    )
    return record.model_copy(update={"cells": cells})


def guarded(record, baseline, folder, **found):
    """Return *record*, a run in *folder*, held against *baseline*, or against none."""
    path = folder / "baselines" / "sample.json"
    path.unlink(missing_ok=True)
    if baseline is not None:
        baselines.save(path, baseline)
    about = {"folder": str(folder), "accepted": None, "complete": True, "whole": True}
    return Guarded(path, about | found, record)
