"""
Judge one decoded file against its reference, without a codec: what a setup is to its reference setup, it is to what the
reference would score against itself.
"""

from harness.record import Measurement, Measurements, Verdict
from harness.verdict.cell import judge_change
from harness.verdict.judgement import Judgement
from harness.verdict.tolerances import Tolerances, value

ITSELF = {
    "pesq_wb": 4.644, "pesq_nb": 4.549, "stoi": 1.0,
    "gain_db": 0.0, "level_db": 0.0, "delay_ms": 0.0, "drift_ppm": 0.0, "polarity": 1.0, "length_change_samples": 0.0,
    "pause_noise_db": 0.0, "pause_peak_db": 0.0, "dropout_ms": 0.0, "clipped_ms": 0.0, "wrapped_samples": 0.0,
}  # fmt: skip
"""What any recording scores against itself; 4.644 and 4.549 are the ceilings of P.862.2 and P.862.1."""


def judge_pair(measured: Measurements, tolerances: Tolerances, against: Measurements | None = None) -> Judgement:
    """
    Judge the measurements of a pair.

    against : those of another decoded file of the same reference, such as what the codec gives in its plain use;
        without it, the reference itself, which no lossy codec equals
    """
    if against is None and value(measured, "pcm_equal") == 1.0:
        return Judgement.of(Verdict.IDENTICAL, "sample for sample the reference")
    return judge_change(measured, _itself(measured) if against is None else against, tolerances)


def _itself(measured: Measurements) -> Measurements:
    found = {name: Measurement.of(score, "") for name, score in ITSELF.items()}
    floor, words = value(measured, "wer_floor"), value(measured, "reference_words")
    if floor is not None and words is not None:
        found["word_errors"] = Measurement.of(round(floor * words), "words")
    if "transcript_logp_floor" in measured:
        found["transcript_logp"] = measured["transcript_logp_floor"]
    return found
