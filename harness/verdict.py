"""
Verdicts: a pure function of measurements and tolerances, with the reasons in words.

Every cell is judged by *change*: what the setup does to the speech that its reference setup does not. A codec of low
quality is not a fault of a topology. The rungs, best first:

identical   bit for bit the reference setup's codes and PCM
equivalent  PCM within the codec's declared rounding tolerance, equal length
altered     differs beyond rounding, yet neither quality nor words are measurably worse
degraded    quality, level, timing or length is worse; the words are there
corrupt     words were changed
undefined   something needed for the answer could not be measured; never a pass

Tolerances
----------
The defaults are read off published sensitivities and the controls in `docs/verdicts.md`, not off the setups they judge.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from harness.record import Cell, Expectation, Frozen, Measurements, Verdict


class Tolerances(Frozen):
    """
    How much worse than the reference setup is still the same.

    pesq_wb_drop, pesq_nb_drop : MOS-LQO; about the smallest difference that listeners notice is 0.1
    stoi_drop : share; 20 dB of noise costs 0.02 and more
    gain_change : dB; delay_change : ms (STOI and mouth-to-ear sums are hurt by less than a frame)
    word_errors, word_share : words are changed if at least this many, and at least this share of the utterance, are
        wrong that the reference setup gets right; one word may be the recogniser's own wavering
    logp_drop : nat per token of the human transcript; 10 dB of noise costs 0.14, the mildest garbling 0.59
    corpus_word_share : the same over all utterances together, words summed
    unreadable : a clip with more than this share of errors *uncoded* says nothing about words and is left out
    """

    pesq_wb_drop: float = Field(default=0.15, gt=0)
    pesq_nb_drop: float = Field(default=0.15, gt=0)
    stoi_drop: float = Field(default=0.02, gt=0)
    gain_change: float = Field(default=1.0, gt=0)
    delay_change: float = Field(default=1.0, gt=0)
    word_errors: int = Field(default=2, ge=1)
    word_share: float = Field(default=0.15, gt=0, le=1)
    logp_drop: float = Field(default=0.35, gt=0)
    corpus_word_share: float = Field(default=0.05, gt=0, le=1)
    unreadable: float = Field(default=0.5, gt=0, le=1)


class Judgement(Frozen):
    """A rung and why."""

    verdict: Verdict
    reasons: tuple[str, ...]


QUALITY = (  # name, tolerance, how it is said
    ("pesq_wb", "pesq_wb_drop", "PESQ-WB"),
    ("pesq_nb", "pesq_nb_drop", "PESQ-NB"),
    ("stoi", "stoi_drop", "STOI"),
)


def judge(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> Judgement:
    """Judge one cell by its measurements and those of the same utterance through the reference setup."""
    if _is_true(measured, "codes_equal") and _is_true(measured, "pcm_equal"):
        return Judgement(verdict=Verdict.IDENTICAL, reasons=("bit for bit the reference setup's output",))
    if _is_true(measured, "pcm_equivalent"):
        largest = measured["max_abs_difference"].value
        return Judgement(
            verdict=Verdict.EQUIVALENT, reasons=(f"rounding only: the largest difference is {largest:.1e}",)
        )
    if _is_true(measured, "codes_tie"):
        said = "rounding only: codes differ in ties alone, which inaudible noise turns, and the PCM is theirs"
        return Judgement(verdict=Verdict.EQUIVALENT, reasons=(said,))
    changed = _words_changed(measured, reference, tolerances)
    found = _worse(measured, reference, tolerances)
    worse = tuple(one.reason for one in found)
    if changed and (any(one.of_words for one in found) or not _witnessed(measured)):
        return Judgement(verdict=Verdict.CORRUPT, reasons=(*changed, *worse))
    missing = _undefined(measured)
    if missing:
        return Judgement(verdict=Verdict.UNDEFINED, reasons=missing)
    heard = tuple(f"{words}, but quality and likelihood are not worse: the recogniser wavers" for words in changed)
    if worse:
        return Judgement(verdict=Verdict.DEGRADED, reasons=(*worse, *heard))
    return Judgement(verdict=Verdict.ALTERED, reasons=(_how_altered(measured), *heard))


def judge_setup(
    cells: Sequence[Cell], references: Sequence[Cell], tolerances: Tolerances
) -> tuple[Judgement, str | None]:
    """Judge a setup by its worst utterance, and by its words over all; return the judgement and that utterance's id."""
    if not cells:
        return Judgement(verdict=Verdict.UNDEFINED, reasons=("no cell was computed",)), None
    worst = max(cells, key=lambda cell: cell.verdict.rank)
    reasons = tuple(f"{worst.utterance}: {reason}" for reason in worst.reasons)
    excess, words = corpus_excess(cells, references, tolerances)
    borne_out = worst.verdict is Verdict.DEGRADED or not all(_witnessed(cell.measurements) for cell in cells)
    if (
        worst.verdict.rank < Verdict.CORRUPT.rank
        and borne_out
        and words
        and excess >= 3
        and excess / words > tolerances.corpus_word_share
    ):
        said = f"all utterances: {excess} of {words} words more than the reference setup are wrong"
        return Judgement(verdict=Verdict.CORRUPT, reasons=(said, *reasons)), worst.utterance
    return Judgement(verdict=worst.verdict, reasons=reasons), worst.utterance


def corpus_excess(cells: Sequence[Cell], references: Sequence[Cell], tolerances: Tolerances) -> tuple[int, int]:
    """Return the word errors beyond the reference setup's, and the words said, over all readable utterances."""
    by_utterance = {cell.utterance: cell for cell in references}
    excess = words = 0
    for cell in cells:
        other = by_utterance.get(cell.utterance)
        if cell.transcript and other and other.transcript and _readable(cell.measurements, tolerances):
            excess += cell.transcript.errors - other.transcript.errors
            words += cell.transcript.reference_words
    return excess, words


def meets(verdict: Verdict, expectation: Expectation) -> bool:
    """Tell whether a setup is what it must be. `undefined` meets nothing that is asked."""
    if expectation.at_least is not None and verdict.rank > expectation.at_least.rank:
        return False
    if expectation.at_most is None:
        return True
    return verdict is not Verdict.UNDEFINED and verdict.rank >= expectation.at_most.rank


def _words_changed(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> tuple[str, ...]:
    errors, before = _value(measured, "word_errors"), _value(reference, "word_errors")
    words = _value(measured, "reference_words")
    if errors is None or before is None or not words or not _readable(measured, tolerances):
        return ()
    excess = int(errors - before)
    drop = _drop(measured, reference, "transcript_logp")
    unsure = drop is not None and drop > tolerances.logp_drop
    if excess >= tolerances.word_errors and excess / words >= tolerances.word_share:
        return (f"{excess} of {int(words)} words are wrong that the reference setup keeps",)
    if excess >= 1 and unsure:
        return (
            f"{excess} of {int(words)} words wrong beyond the reference setup's, "
            f"and the words said are {drop:.2f} nat/token less likely",
        )
    return ()


def _witnessed(measured: Measurements) -> bool:
    """Tell whether all was measured, of what was asked for, that lost words show in beside the words themselves."""
    asked = [measured[name] for name in (*(name for name, _, _ in QUALITY), "transcript_logp") if name in measured]
    return bool(asked) and all(measurement.value is not None for measurement in asked)


class _Worse(NamedTuple):
    """Something that is worse, and whether lost words would show in it: no change of level or delay takes a word."""

    reason: str
    of_words: bool


def _worse(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> list[_Worse]:
    found = []
    for name, tolerance, said in QUALITY:
        drop = _drop(measured, reference, name)
        if drop is not None and drop > getattr(tolerances, tolerance):
            found.append(_Worse(f"{said} {measured[name].value:.2f} instead of {reference[name].value:.2f}", True))
    gain, gain_before = _value(measured, "gain_db"), _value(reference, "gain_db")
    if gain is not None and gain_before is not None and abs(gain - gain_before) > tolerances.gain_change:
        found.append(_Worse(f"level changed by {gain - gain_before:+.1f} dB", False))
    delay, delay_before = _value(measured, "delay_ms"), _value(reference, "delay_ms")
    if delay is not None and delay_before is not None and abs(delay - delay_before) > tolerances.delay_change:
        found.append(_Worse(f"delay changed by {delay - delay_before:+.1f} ms", False))
    polarity, polarity_before = _value(measured, "polarity"), _value(reference, "polarity")
    if polarity is not None and polarity_before is not None and polarity != polarity_before:
        found.append(_Worse("polarity is inverted", False))
    length, length_before = _value(measured, "length_change_samples"), _value(reference, "length_change_samples")
    if length is not None and length_before is not None and length != length_before:
        more = "more" if length > length_before else "fewer"
        found.append(_Worse(f"{int(abs(length - length_before))} samples {more}", True))
    drop = _drop(measured, reference, "transcript_logp")
    if drop is not None and drop > tolerances.logp_drop:
        found.append(_Worse(f"the words said are {drop:.2f} nat/token less likely to the recogniser", True))
    return found


def _undefined(measured: Measurements) -> tuple[str, ...]:
    """Name what was asked for and could not be measured: the question is open. What was not asked for is absent."""
    needed = [name for name, _, _ in QUALITY] + ["word_errors"]
    undefined = {name: measured[name].undefined for name in needed if name in measured}
    return tuple(f"{name} is undefined: {reason}" for name, reason in undefined.items() if reason is not None)


def _how_altered(measured: Measurements) -> str:
    snr = _value(measured, "snr_db")
    how = f" (difference {snr:.0f} dB below the speech)" if snr is not None else ""
    return f"the signal differs{how}, but neither quality nor words are measurably worse"


def _readable(measured: Measurements, tolerances: Tolerances) -> bool:
    floor = _value(measured, "wer_floor")
    return floor is not None and floor <= tolerances.unreadable


def _drop(measured: Measurements, reference: Measurements, name: str) -> float | None:
    before, after = _value(reference, name), _value(measured, name)
    return None if before is None or after is None else before - after


def _value(measurements: Measurements, name: str) -> float | None:
    measurement = measurements.get(name)
    return measurement.value if measurement is not None else None


def _is_true(measurements: Measurements, name: str) -> bool:
    return _value(measurements, name) == 1.0
