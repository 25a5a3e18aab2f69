"""
From what was traced, scored and heard to finished cells. Pure functions; nothing here computes a score.
"""

from collections.abc import Mapping

from harness.audio.utterance import NO_RECORDING
from harness.metrics.amplitude import alarms
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.metrics.words import error_rates, wrong_in_a_row
from harness.record import Cell, Heard, Measurement, Measurements, Verdict
from harness.runs.comparing import Traced
from harness.verdict import Judgement, Tolerances, judge, judge_plain_use, over_variants


def word_measurements(heard: Heard, floor: Heard | None) -> Measurements:
    """
    Return WER and CER, their floor on the uncoded speech, the excess, and the likelihood of the human transcript.

    floor : what is heard in the uncoded speech; None if there is none, and what needs it is undefined
    """
    if floor is None:
        missing = Measurement.missing(NO_RECORDING)
        needing = dict.fromkeys(("transcript_logp_floor", "wer_floor", "wer_excess"), missing)
        return word_measurements(heard, heard) | needing
    found: Measurements = {"transcript_logp": heard.log_probability, "transcript_logp_floor": floor.log_probability}
    if heard.transcript is None or floor.transcript is None:
        reason = heard.undefined or floor.undefined or "there is no transcript"
        names = (row.name for row in METRICS.values() if row.family is MetricFamily.WORDS and row.name not in found)
        return found | dict.fromkeys(names, Measurement.missing(reason))
    rates = error_rates([heard.transcript], [floor.transcript])
    counts = {
        "word_errors": Measurement.of(heard.transcript.errors, "words"),
        "reference_words": Measurement.of(heard.transcript.reference_words, "words"),
        "words_in_a_row": Measurement.of(wrong_in_a_row(heard.transcript, floor.transcript), "words"),
    }
    return found | rates | counts


def unjudged(
    traced: Traced, utterance: str, key: str, measured: Measurements, heard: Heard | None, audio: str | None
) -> Cell:
    """Return the cell with everything that was measured, before it is judged."""
    comparison = traced.comparison
    return Cell(
        setup=traced.setup,
        utterance=utterance,
        key=key,
        verdict=Verdict.UNDEFINED,
        reasons=("not judged yet",),
        masked=False,
        first_diverging_frame=comparison.first_diverging_frame if comparison else None,
        measurements=dict(sorted(measured.items())),
        transcript=heard.transcript if heard else None,
        failure=traced.failure,
        frame_seconds=traced.frame_seconds,
        delay_seconds=traced.delay_seconds,
        frame_error_db=comparison.frame_error_db if comparison else (),
        codebook_agreement=comparison.codebook_agreement if comparison else (),
        codes_differ=comparison.codes_differ if comparison else (),
        codes_sha256=traced.codes_sha256,
        pcm_sha256=traced.pcm_sha256,
        audio=audio,
        seconds_codec=traced.seconds,
        timing=traced.timing,
        said=traced.said,
    )


def varied(cell: Cell, others: Mapping[str, Measurements], failed: Mapping[str, str]) -> Cell:
    """Return *cell* of a reference setup with what variants make of it; others, failed : as of `over_variants`."""
    if not others and not failed:
        return cell
    found = over_variants(cell.measurements, others, failed)
    said = (*cell.said, *found.said)
    return cell.model_copy(update={"variants": found.ranges, "broken_variants": found.broken, "said": said})


def judged(cell: Cell, reference: Cell, tolerances: Tolerances, *, one_codec: bool = True) -> Cell:
    """
    Return *cell* with its verdict, held against the same utterance through the *reference* setup.

    The reference setup itself is held against the uncoded speech. one_codec : as of `harness.verdict.judge`
    """
    if cell.failure is not None:
        return cell.model_copy(update={"verdict": Verdict.UNDEFINED, "reasons": (cell.failure,), "masked": False})
    if reference.failure is not None:
        reason = f"the reference setup {reference.setup} failed: {reference.failure}"
        return cell.model_copy(update={"verdict": Verdict.UNDEFINED, "reasons": (reason,), "masked": False})
    if cell.setup == reference.setup:
        judgement = judge_plain_use(cell.measurements, tolerances)
        if cell.broken_variants and judgement.verdict.rank < Verdict.DEGRADED.rank:
            judgement = Judgement.of(Verdict.DEGRADED, *cell.broken_variants)
        else:
            judgement = judgement.model_copy(update={"reasons": (*judgement.reasons, *cell.broken_variants)})
    else:
        before, variants = reference.measurements, reference.variants
        judgement = judge(cell.measurements, before, tolerances, one_codec=one_codec, variants=variants)
    reasons = (*cell.said, *judgement.reasons)
    masked = judgement.verdict is Verdict.CORRUPT and not alarms(cell.measurements)
    return cell.model_copy(update={"verdict": judgement.verdict, "reasons": reasons, "masked": masked})
