"""
Figures over all utterances of a setup: means, their change against the reference setup, and how sure that change is.

A change is paired: the same utterance through both setups. The interval is a bias-corrected bootstrap over utterances
at 95 %. Word errors are summed before they are divided; rates are never averaged.
"""

from collections.abc import Sequence

import numpy as np

from harness.record import Cell, Measurement, Measurements, Transcript
from harness.verdict.interval import interval
from harness.words import character_error_rate, word_error_rate

AVERAGED = {
    "pesq_wb": "MOS-LQO",
    "pesq_nb": "MOS-LQO",
    "stoi": "1",
    "estoi": "1",
    "si_sdr_db": "dB",
    "transcript_logp": "nat/token",
}


def corpus_figures(
    cells: Sequence[Cell], references: Sequence[Cell], floors: Sequence[Transcript | None]
) -> Measurements:
    """
    Return the means over *cells*, their paired changes against *references*, and word error rates, words summed.

    floors : per cell, what the recogniser makes of the uncoded speech
    A mean over utterances of which some are undefined is undefined too, and says how many: leaving the worst ones out
    would flatter the setup.
    """
    figures: Measurements = {}
    by_utterance = {cell.utterance: cell for cell in references}
    for name, unit in AVERAGED.items():
        if any(name in cell.measurements for cell in cells):
            figures |= _averaged(name, unit, cells, by_utterance)
    if any("wer" in cell.measurements for cell in cells):
        figures |= _words([cell.transcript for cell in cells], floors)
    return figures


def _words(transcripts: Sequence[Transcript | None], floors: Sequence[Transcript | None]) -> Measurements:
    heard = [transcript for transcript in transcripts if transcript is not None]
    uncoded = [transcript for transcript in floors if transcript is not None]
    if len(heard) < len(transcripts) or len(uncoded) < len(transcripts):
        lost = len(transcripts) - min(len(heard), len(uncoded))
        missing = Measurement.missing(f"{lost} of {len(transcripts)} utterances have no transcript")
        return dict.fromkeys(("wer", "cer", "wer_floor", "wer_excess"), missing)
    wer, floor = word_error_rate(heard), word_error_rate(uncoded)
    excess = Measurement.missing("the error rate is undefined")
    if wer.value is not None and floor.value is not None:
        excess = Measurement.of(wer.value - floor.value, "1")
    return {"wer": wer, "cer": character_error_rate(heard), "wer_floor": floor, "wer_excess": excess}


def _averaged(name: str, unit: str, cells: Sequence[Cell], references: dict[str, Cell]) -> Measurements:
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
