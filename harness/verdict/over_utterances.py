"""
Figures over all utterances of a setup: means, their change against the reference setup, and how sure that change is.

A change is paired: the same utterance through both setups. The interval is a bias-corrected bootstrap over utterances
at 95 %. Word errors are summed before they are divided; rates are never averaged.
"""

from collections.abc import Sequence

import numpy as np

from harness.metrics.catalogue import METRICS, Rows
from harness.metrics.metric import Metric, Over
from harness.metrics.words import error_rates, word_error_rate
from harness.record import Cell, Measurement, Measurements, Transcript
from harness.verdict import Tolerances
from harness.verdict.interval import interval

NONE_READ = (
    "the recogniser can read no utterance uncoded, so no words could be judged; give [scores] the language that is "
    "spoken and an asr model that reads it, or asr = false to do without words"
)
AVERAGED = Rows(lambda row: row.over is Over.MEAN)
POOLED = [row.name for row in METRICS.values() if row.over is Over.POOLED]


def is_readable(floor: Transcript, unreadable: float) -> bool:
    """Tell whether the recogniser gets enough of the uncoded speech right to say anything about words."""
    share = word_error_rate([floor]).value
    return share is not None and share <= unreadable


def corpus_figures(
    cells: Sequence[Cell],
    references: Sequence[Cell],
    floors: Sequence[Transcript | None],
    unreadable: float = Tolerances().unreadable,
) -> Measurements:
    """
    Return the means over *cells*, their paired changes against *references*, and word error rates, words summed.

    floors : per cell, what the recogniser makes of the uncoded speech
    A mean over utterances of which some are undefined is undefined too, and says how many: leaving the worst ones out
    would flatter the setup. An utterance of which more than the share *unreadable* is wrong uncoded says nothing about
    words, and is left out of the error rates.
    """
    figures: Measurements = {}
    by_utterance = {cell.utterance: cell for cell in references}
    for row in AVERAGED:
        if any(row.name in cell.measurements for cell in cells):
            figures |= _averaged(row, cells, by_utterance)
    if any("wer" in cell.measurements for cell in cells):
        figures |= _words([cell.transcript for cell in cells], floors, unreadable)
    return figures


def _words(
    transcripts: Sequence[Transcript | None], floors: Sequence[Transcript | None], unreadable: float
) -> Measurements:
    pairs = [
        (one, floor) for one, floor in zip(transcripts, floors, strict=True) if one is not None and floor is not None
    ]
    said = [one for one in transcripts if one is not None]
    if len(said) < len(transcripts):
        lost = len(transcripts) - len(said)
        return dict.fromkeys(POOLED, Measurement.missing(f"{lost} of {len(transcripts)} utterances have no transcript"))
    if len(pairs) < len(said):
        lacking = f"{len(said) - len(pairs)} of {len(said)} utterances have no uncoded speech to be read"
        uncoded = dict.fromkeys(("wer_floor", "wer_excess"), Measurement.missing(lacking))
        return error_rates(said, said) | uncoded
    read = [(one, floor) for one, floor in pairs if is_readable(floor, unreadable)]
    if not read:
        return dict.fromkeys(POOLED, Measurement.missing(NONE_READ))
    return error_rates([one for one, _ in read], [floor for _, floor in read])


def _averaged(row: Metric, cells: Sequence[Cell], references: dict[str, Cell]) -> Measurements:
    name, unit = row.name, row.unit
    values = [cell.measurements.get(name, Measurement.missing("absent")).value for cell in cells]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return {name: Measurement.missing(f"undefined for {len(values) - len(known)} of {len(values)} utterances")}
    found = {name: Measurement.of(float(np.mean(known)), unit)}
    changes = []
    for cell, value in zip(cells, known, strict=True):
        reference = references.get(cell.utterance)
        before = reference.measurements[name].value if reference and name in reference.measurements else None
        if before is None:
            return found
        changes.append(value - before)
    low, high = interval(changes, unit)
    change = Measurement.of(float(np.mean(changes)), unit)
    return found | {f"{name}_change": change, f"{name}_change_low": low, f"{name}_change_high": high}
