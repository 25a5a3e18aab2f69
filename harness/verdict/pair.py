"""
Judge one decoded file against its reference, without a codec: what a setup is to its reference setup, it is to what the
reference would score against itself.
"""

from harness.metrics.catalogue import METRICS
from harness.record import Frozen, Heard, Measurement, Measurements, Verdict, is_true, value
from harness.verdict.cell import judge_change
from harness.verdict.judgement import Judgement
from harness.verdict.tolerances import Tolerances


class PairScores(Frozen):
    """
    All measurements of a pair, and what was heard in the degraded signal if the words were given.

    verdict, reasons : held against what the reference would score against itself
    against : that, as far as it is known; limits are these values, by no more than *tolerances* worse
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    measurements: Measurements
    heard: Heard | None = None
    against: Measurements
    tolerances: Tolerances


def judge_pair(measured: Measurements, tolerances: Tolerances, against: Measurements | None = None) -> Judgement:
    """
    Judge the measurements of a pair.

    against : those of another decoded file of the same reference, such as what the codec gives in its plain use;
        without it, the reference itself, which no lossy codec equals
    """
    if against is None and is_true(measured, "pcm_equal"):
        return Judgement.of(Verdict.IDENTICAL, "sample for sample the reference")
    return judge_change(measured, itself(measured) if against is None else against, tolerances)


def itself(measured: Measurements) -> Measurements:
    """Return what the reference would score against itself, as far as that is known."""
    found = {row.name: Measurement.of(row.itself, row.unit) for row in METRICS.values() if row.itself is not None}
    floor, words = value(measured, "wer_floor"), value(measured, "reference_words")
    if floor is not None and words is not None:
        found["word_errors"] = Measurement.of(round(floor * words), "words")
    if "transcript_logp_floor" in measured:
        found["transcript_logp"] = measured["transcript_logp_floor"]
    return found
