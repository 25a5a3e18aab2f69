"""Judge one cell by its measurements and those of the same utterance through its reference setup."""

from collections.abc import Sequence

from harness.metrics.text import text
from harness.record import Measurements, Verdict, is_true, value
from harness.verdict.judgement import Judgement
from harness.verdict.losses import Loss, losses
from harness.verdict.plain_use import silent
from harness.verdict.tolerances import QUALITY, Tolerances, drop, readable
from harness.verdict.unrecorded import against_output, is_unrecorded
from harness.verdict.variants import NO_VARIANTS, Ranges, excused, judged_beside, nearest

MOST_WORDS = 0.5  # of an utterance; so many lost words need no second witness to speak for the setup


def judge(
    measured: Measurements,
    reference: Measurements,
    tolerances: Tolerances,
    *,
    one_codec: bool = True,
    variants: Ranges = NO_VARIANTS,
) -> Judgement:
    """
    Judge one cell.

    variants : what inaudible variants of the input make of the reference setup, which is asked where codes are others
    one_codec : both setups use the same codec. PESQ and STOI rank outputs of one codec, and different codecs at chance
        (Spearman -0.1 with listeners over 112 stimuli): between those they are told and do not judge, and what else is
        measured is held against the uncoded speech, as plain use is
    """
    if is_true(measured, "codes_equal") and is_true(measured, "pcm_equal"):
        return Judgement.of(Verdict.IDENTICAL, "bit for bit the reference setup's output")
    if is_true(measured, "pcm_equivalent"):
        largest = measured["max_abs_difference"].value
        equal = "signs of zero only" if is_true(measured, "codes_equal") else "equal samples from other codes"
        said = f"rounding only: the largest difference is {largest:.1e}" if largest else equal
        return Judgement.of(Verdict.EQUIVALENT, said)
    if is_true(measured, "codes_tie"):
        said = "rounding only: codes differ in ties alone, which inaudible noise turns, and the PCM is theirs"
        return Judgement.of(Verdict.EQUIVALENT, said)
    found = judge_change(measured, reference, tolerances, one_codec=one_codec)
    known = judged_beside(measured, variants) if one_codec else NO_VARIANTS
    if not known or found.verdict not in (Verdict.DEGRADED, Verdict.CORRUPT):
        return found
    return excused(found, judge_change(measured, nearest(measured, reference, known), tolerances))


def judge_change(
    measured: Measurements, reference: Measurements, tolerances: Tolerances, *, one_codec: bool = True
) -> Judgement:
    """Judge as `judge`, by everything but the bits: altered at best."""
    if is_unrecorded(measured):
        found = _judge_change(*against_output(measured, reference), tolerances, one_codec=True)
        missing = _undefined(measured)
        return Judgement.of(Verdict.UNDEFINED, *missing) if found.verdict is Verdict.ALTERED and missing else found
    return _judge_change(measured, reference, tolerances, one_codec=one_codec)


def _judge_change(
    measured: Measurements, reference: Measurements, tolerances: Tolerances, *, one_codec: bool
) -> Judgement:
    nothing = silent(measured)
    if nothing is not None and silent(reference) is None:
        return Judgement.of(Verdict.CORRUPT, f"no speech comes out: {nothing}")
    worse = losses(measured, reference, tolerances, one_codec=one_codec)
    said = tuple(loss.reason for loss in worse)
    standing = any(loss.stands for loss in worse)
    changed = _words_changed(measured, reference, tolerances, worse)
    if changed and not _no_witness(measured, worse):
        alone = Verdict.CORRUPT
        if not _surely_lost(measured, reference, tolerances):
            alone = Verdict.DEGRADED if standing else Verdict.ALTERED
        return Judgement.of(Verdict.CORRUPT, *changed, *said, alone=alone)
    missing = _undefined(measured)
    if missing:
        return Judgement.of(Verdict.UNDEFINED, *missing)
    heard = tuple(f"{words}, but quality and likelihood are not worse: the recogniser wavers" for words in changed)
    if standing:
        return Judgement.of(Verdict.DEGRADED, *said, *heard)
    return Judgement.of(Verdict.ALTERED, _how_altered(measured, tolerances, told=bool(said)), *said, *heard)


def changes_words(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether words are wrong beyond those of *reference*, whatever bears it out."""
    worse = losses(measured, reference, tolerances, one_codec=True)
    return bool(_words_changed(measured, reference, tolerances, worse))


def wavers(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether words that are wrong beyond those of *reference*, of the same codec, are a recogniser's wavering."""
    return _no_witness(measured, losses(measured, reference, tolerances, one_codec=True))


def _no_witness(measured: Measurements, worse: Sequence[Loss]) -> bool:
    """Tell whether nothing of what lost words show in is *worse*, though all of it was measured."""
    return witnessed(measured) and not any(loss.of_words for loss in worse)


def witnessed(measured: Measurements) -> bool:
    """Tell whether all was measured, of what was asked for, that lost words show in beside the words themselves."""
    asked = [measured[name] for name in (*(row.name for row in QUALITY), "transcript_logp") if name in measured]
    return bool(asked) and all(measurement.value is not None for measurement in asked)


def _words_changed(
    measured: Measurements, reference: Measurements, tolerances: Tolerances, worse: Sequence[Loss]
) -> tuple[str, ...]:
    excess, words = _word_excess(measured, reference)
    if excess is None or not words or not readable(measured, tolerances):
        return ()
    lost = drop(measured, reference, "transcript_logp")
    unsure = lost is not None and lost > tolerances.of("transcript_logp")
    if excess >= tolerances.word_errors and excess / words >= tolerances.word_share:
        return (f"{excess} of {int(words)} words are wrong that the reference setup keeps",)
    row, least = drop(measured, reference, "words_in_a_row"), tolerances.of("words_in_a_row")
    # Of a long utterance a sentence is a small share; but a recogniser may leave one out too, so that alone is nothing.
    if row is not None and min(row, excess) >= least and any(loss.of_words for loss in worse):
        now, before = (int(value(one, "words_in_a_row") or 0) for one in (measured, reference))
        return (f"{now} words in a row are wrong, at most {before} through the reference setup",)
    if excess >= 1 and unsure:
        return (
            f"{excess} of {int(words)} words wrong beyond the reference setup's, "
            f"and the words said are {lost:.2f} nat/token less likely",
        )
    return ()


def _surely_lost(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> bool:
    """
    Tell whether the words of this one utterance are lost beyond a recogniser's wavering.

    That is so if the recogniser also finds what was said much less likely, if speech is missing, or if most words are
    wrong. Where likelihood was not measured, nothing clears the words.
    """
    excess, words = _word_excess(measured, reference)
    lost = drop(measured, reference, "transcript_logp")
    return (
        lost is None
        or lost > tolerances.of("transcript_logp")
        or value(measured, "length_change_samples") != value(reference, "length_change_samples")
        or bool(excess and words and excess / words >= MOST_WORDS)
    )


def _word_excess(measured: Measurements, reference: Measurements) -> tuple[int | None, float | None]:
    errors, before = value(measured, "word_errors"), value(reference, "word_errors")
    excess = None if errors is None or before is None else int(errors - before)
    return excess, value(measured, "reference_words")


def _undefined(measured: Measurements) -> tuple[str, ...]:
    """Name what was asked for and could not be measured: the question is open. What was not asked for is absent."""
    asked = [name for name in (*(row.name for row in QUALITY), "word_errors") if name in measured]
    return tuple(f"{name} is {text(name, measured[name], why=True)}" for name in asked if measured[name].value is None)


def _how_altered(measured: Measurements, tolerances: Tolerances, *, told: bool) -> str:
    snr = value(measured, "snr_db")
    how = f" (difference {snr:.0f} dB below the speech)" if snr is not None else ""
    scored, counted = any(row.name in measured for row in QUALITY), value(measured, "word_errors") is not None
    heard = counted and readable(measured, tolerances)
    known = {
        (True, True): "neither quality nor words are",
        (True, False): "quality is not",
        (False, True): "words are not",
    }.get((scored, heard))
    said = [f"the signal differs{how}"]
    if known:
        said[0] += f", but {known} {'surely' if told else 'measurably'} worse"
    if not scored:
        said.append("quality was not scored")
    if not heard:
        said.append("the words cannot be read even uncoded" if counted else "words were not scored")
    return "; ".join(said)
