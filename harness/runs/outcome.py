"""
One outcome: what a baseline has against a run becomes part of the run's record, which page, JUnit and summary read.

A setup that fails its gate is not met, and says why before anything else; so does a cell. What the suite alone says of
the run is kept beside it, so that the same run without its baseline, or with another one, can be told again.
"""

from collections.abc import Mapping, Sequence

from harness.files.places import portable
from harness.record import Gate, Place, RunRecord, SetupGate, SetupRecord
from harness.runs.summary import shortened
from harness.verdict import missed

Failures = Mapping[str, Sequence[str]]


def gated(
    record: RunRecord,
    baseline: str,
    whole: Sequence[str],
    over_all: Failures,
    cells: Mapping[Place, Sequence[str]],
) -> RunRecord:
    """
    Return *record* with the outcome of its gates.

    whole : what fails of the run as a whole, so that nothing, or not all, could be compared
    over_all : why setups fail over all utterances; cells : why cells fail, the worst of each setup first
    """
    cells = {place: [portable(one) for one in failures] for place, failures in cells.items()}
    over_all = {name: [portable(one) for one in failures] for name, failures in over_all.items()}
    setups = tuple(_setup(setup, over_all.get(setup.name, ()), _of(setup, cells), record) for setup in record.setups)
    failing = [setup for setup in setups if setup.gate is not None]
    gate = Gate(baseline=baseline, failures=tuple(whole), headline=record.headline)
    if not whole and not failing:
        return record.model_copy(update={"gate": gate})
    return record.model_copy(
        update={
            "gate": gate,
            "met": False,
            "headline": _headline(gate.failures, failing, len(setups)),
            "setups": setups,
            "cells": record.cells.gated(cells),
        }
    )


def ungated(record: RunRecord) -> RunRecord:
    """Return *record* as the suite alone has it, which is itself if it was not held against a baseline."""
    if record.gate is None:
        return record
    setups = tuple(
        setup
        if setup.gate is None
        else setup.model_copy(
            update={
                "gate": None,
                "met": setup.gate.met,
                "worst_utterance": setup.gate.worst_utterance,
                "reasons": setup.reasons[len(setup.gate.failures) :],
            }
        )
        for setup in record.setups
    )
    met = all(setup.met for setup in setups)
    told = {"headline": record.gate.headline, "setups": setups, "cells": record.cells.gated({})}
    return record.model_copy(update={"gate": None, "met": met} | told)


def _of(setup: SetupRecord, cells: Mapping[Place, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {utterance: failures for (name, utterance), failures in cells.items() if name == setup.name and failures}


def _setup(
    setup: SetupRecord, over_all: Sequence[str], cells: Mapping[str, Sequence[str]], record: RunRecord
) -> SetupRecord:
    if not over_all and not cells:
        return setup
    failures = list(over_all)
    worst = next(iter(cells), None)
    if worst is not None:
        count = record.cells.count_of(setup.name)
        failures.insert(0, f"{len(cells)} of {count} utterances fail, worst {worst}: {cells[worst][0]}")
    kept = SetupGate(failures=tuple(failures), met=setup.met, worst_utterance=setup.worst_utterance)
    return setup.model_copy(
        update={
            "gate": kept,
            "met": False,
            "worst_utterance": worst or setup.worst_utterance,
            "reasons": (*failures, *setup.reasons),
        }
    )


def _why(setup: SetupRecord) -> str:
    """Return the first failure that says more than what the setup is, and must be."""
    failures = setup.gate.failures if setup.gate is not None else ()
    bare = missed(setup.expectation, setup.verdict)
    said = next((failure for failure in failures if failure != bare), bare)
    return shortened(said) or bare


def _headline(whole: Sequence[str], failing: Sequence[SetupRecord], count: int) -> str:
    said = list(whole)
    if failing:
        first = failing[0]
        why = _why(first)
        more = f", and {len(failing) - 1} more" if len(failing) > 1 else ""
        said.append(f"{len(failing)} of {count} setups fail their gates: {first.name} ({why}){more}")
    return f"{'; '.join(said)}."
