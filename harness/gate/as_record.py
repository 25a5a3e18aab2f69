"""
A baseline as the record of an earlier run, so that a report can tell what changed since it was accepted.

A baseline keeps no verdict for each cell and no audio. A cell whose bits are the accepted ones is taken over as it is
now. Of another one it is known that it was at least as good as its setup's accepted verdict; where that is no better
than today's verdict, its measurements decide.
"""

from harness.gate.baseline import AcceptedCell, AcceptedSetup, Baseline, Worst, span
from harness.record import Cell, Measurement, RunRecord, SetupRecord, Verdict
from harness.runs.outcome import ungated
from harness.verdict import meets


def as_record(baseline: Baseline, now: RunRecord) -> RunRecord:
    """Return *baseline* in the form of a record that *now* can be compared with."""
    now = ungated(now)
    setups = {setup.name: setup for setup in now.setups}
    cells = [
        _cell(name, utterance, setup, accepted, now.cells.get(name, utterance))
        for name, setup in baseline.setups.items()
        for utterance, accepted in setup.utterances.items()
    ]
    return now.model_copy(
        update={
            "name": "the baseline",
            "key": baseline.run,
            "provenance": now.provenance.model_copy(update={"created": baseline.created}),
            "setups": tuple(_setup(setups[name], setup) for name, setup in baseline.setups.items() if name in setups),
            "cells": cells,
            "utterances": tuple(
                one.model_copy(update={"sha256": baseline.speech.get(one.id, one.sha256)}) for one in now.utterances
            ),
        }
    )


def _setup(now: SetupRecord, accepted: AcceptedSetup) -> SetupRecord:
    met = meets(accepted.verdict, now.expectation)
    known = {"verdict": accepted.verdict, "met": met, "corpus": {}, "reasons": ("as accepted",)}  # the rest is today's
    return now.model_copy(update=known)


def _cell(setup: str, utterance: str, of: AcceptedSetup, accepted: AcceptedCell, now: Cell | None) -> Cell:
    if now is not None and accepted.pcm is not None and (now.pcm_sha256 or "").startswith(accepted.pcm):
        return now.model_copy(update={"audio": None})
    units = {name: one.unit for name, one in now.measurements.items()} if now is not None else {}
    values = {name: one.value for name, one in now.measurements.items()} if now is not None else {}
    return Cell(
        setup=setup,
        utterance=utterance,
        key="",
        verdict=_verdict(of.verdict, now),
        reasons=("as accepted",),
        masked=False,
        first_diverging_frame=None,
        measurements={
            name: _measured(worst, values.get(name), units.get(name)) for name, worst in accepted.measured.items()
        },
        codes_sha256=accepted.codes,
        pcm_sha256=accepted.pcm,
    )


def _verdict(accepted: Verdict, now: Cell | None) -> Verdict:
    """The accepted verdict is that of the setup's worst cell: only one better than today's says something of a cell."""
    return accepted if now is None or accepted.rank < now.verdict.rank else now.verdict


def _measured(worst: Worst, now: float | None, unit: str | None) -> Measurement:
    """Return what was accepted; of a range, the value nearest to today's, so that what is inside it is no change."""
    if isinstance(worst, str):
        return Measurement.missing(worst)
    low, high = span(worst)
    value = low if now is None else min(max(now, low), high)
    return Measurement.of(value, unit or "1")
