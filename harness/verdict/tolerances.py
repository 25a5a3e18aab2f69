"""
How much worse is still the same, and how bad is too bad: the numbers that verdicts rest on.

The defaults are read off published sensitivities and the controls in `docs/verdicts.md`, not off the setups they judge.
"""

from typing import TYPE_CHECKING

from pydantic import Field, create_model

from harness.metrics.catalogue import METRICS, Rows, tolerances
from harness.metrics.metric import Better, Metric, MetricFamily, Over
from harness.record import Frozen, Measurements, value

QUALITY = Rows(lambda row: row.family is MetricFamily.QUALITY and row.tolerance is not None)
MEANS = Rows(lambda row: row.over is Over.MEAN and row.tolerance is not None)
FLOORED = tuple(row for row in MEANS if row.better is Better.HIGHER and not row.own)


def _most(row: Metric) -> float | None:
    """Return the highest that *row* can be, so that no floor lies above it; None if there is no such value."""
    return 0.0 if row.unit == "nat/token" else row.itself


# The whole scale of a score: a tolerance above it is most likely a percentage, and would let everything pass.
_LOSABLE = {row.tolerance.name: _most(row) for row in QUALITY if row.tolerance is not None}

if TYPE_CHECKING:
    _OfMetrics = Frozen
    _OfMeans = Frozen
else:  # one field for each tolerance of the table, and one floor for each mean
    _OfMetrics = create_model(
        "_OfMetrics",
        __base__=Frozen,
        **{
            name: (float, Field(default=one.default, le=_LOSABLE.get(name), **{"ge" if one.may_be_0 else "gt": 0}))
            for name, one in tolerances().items()
        },
    )
    _OfMeans = create_model(
        "_OfMeans",
        __base__=Frozen,
        **{row.name: (float | None, Field(default=row.floor, le=_most(row))) for row in FLOORED},
    )


class Tolerances(_OfMetrics):
    """
    How much worse than the reference setup is still the same. Those of single metrics stand in the table of metrics.

    pesq_wb_drop, pesq_nb_drop : MOS-LQO; about the smallest difference that listeners notice is 0.1
    stoi_drop : share; 20 dB of noise costs 0.02 and more
    gain_change : dB; delay_change : ms (STOI and mouth-to-ear sums are hurt by less than a frame)
    delay_jump : ms by which the delay of two stretches of speech may differ more than it did
    drift_change : ppm; a crystal is off by up to 100, two of them by less than this against each other when they are
        new, and 200 ppm cost 0.02 STOI in 20 s
    pause_rise : dB by which pauses may get louder, on average or at their loudest moment; benign changes move it by 2
    level_swing : dB by which the level may change on the way more than it did; 1 dB is heard in direct comparison, 3 dB
        at once
    dropout : ms of clear speech that may be missing; clipped : ms of flat tops
    muted : ms of speech that an output may be silent for at one go, for longer than the reference setup's is; no codec
        that codes all speech is for more than 20, and one that sends nothing of what is soft for 40
    replaced : ms of loud speech in place of which another sound may come; told in steps of 20 ms, from 100 on
    glitch : ms of another sound where the output is the same on either side; every listener hears 20 ms, which
        measure 15 to 35, most often 25, and a click measures 15
    band_change : dB by which one band may be further from the uncoded speech, which PESQ takes out; a resonance of
        12 dB is heard at once, of 2 to 6 dB by some
    word_errors, word_share : words are changed if at least this many, and at least this share of the utterance, are
        wrong that the reference setup gets right; one word may be the recogniser's own wavering
    word_row : so many in a row change the words of any utterance, however long, if quality or speech is lost too; sound
        changes of Opus at 6 kb/s move the longest row by up to 5, and lose neither
    logp_drop : nat per token of the human transcript; 10 dB of noise costs 0.14, the mildest garbling 0.59
    corpus_word_share : the same over all utterances together, words summed
    unreadable : a clip with more than this share of errors *uncoded* says nothing about words and is left out

    plain_level, plain_delay : dB and ms by which the reference setup may be off what the codec declares, held against
        the uncoded speech; a lossy codec's level and the lag of its envelopes are known to no better than this, and
        where it does not follow the waveform (correlation below 0.9) it may be quieter by twice as much
    plain_swing : dB by which its level may change on the way; that of lossy codecs does by up to 5
    plain_noise : dB by which its pauses may be louder than the uncoded ones; plain_dropout : ms of clear speech that
        may be missing in each second of it
    """

    word_errors: int = Field(default=2, ge=1)
    word_share: float = Field(default=0.15, gt=0, le=1)
    corpus_word_share: float = Field(default=0.05, gt=0, le=1)
    unreadable: float = Field(default=0.5, gt=0, le=1)
    plain_level: float = Field(default=3.0, gt=0)
    plain_delay: float = Field(default=10.0, gt=0)
    plain_swing: float = Field(default=10.0, gt=0)
    plain_noise: float = Field(default=15.0, gt=0)
    plain_dropout: float = Field(default=100.0, ge=0)

    def wider(self) -> list[str]:
        """Say which tolerances let more pass than their defaults, and what these are."""
        usual = Tolerances()
        names = (name for name in type(self).model_fields if name != "unreadable")  # which judges more where it is wide
        pairs = [(name, getattr(self, name), getattr(usual, name)) for name in names]
        return [f"{name} = {here:g} (usually {default:g})" for name, here, default in pairs if here > default]

    def of(self, name: str) -> float:
        """Return how much of the metric *name* may be lost, in its unit; 0 if it may not change at all."""
        tolerance = METRICS[name].tolerance
        return float(getattr(self, tolerance.name, tolerance.default)) if tolerance is not None else 0.0


class Floors(_OfMeans):
    """
    The least that a reference setup must reach on average, whatever the codec; None asks nothing.

    pesq_wb, pesq_nb : MOS-LQO; transcript_logp : nat/token
    stoi : below 0.5, even a clean channel leaves less than half of the words
    """


def drop(measured: Measurements, reference: Measurements, name: str) -> float | None:
    """
    Return by how much *name* is worse than in *reference*; None if either is unknown.

    What is better neither way is taken as worse where it is lower: swap the two for what is above.
    """
    before, after = value(reference, name), value(measured, name)
    if before is None or after is None:
        return None
    return after - before if METRICS[name].better is Better.LOWER else before - after


def worse(row: Metric, measured: Measurements, reference: Measurements) -> float:
    """Return by how much *row* is worse than in *reference*, either way where neither is better; 0 if unknown."""
    now, before = value(measured, row.name), value(reference, row.name)
    if now is None or before is None:
        return 0.0
    if row.inaudible is not None:
        now, before = max(now, row.inaudible), max(before, row.inaudible)
    if row.better is None:
        return abs(now - before)
    return max(0.0, before - now if row.better is Better.HIGHER else now - before)


def readable(measured: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether the recogniser can read the uncoded speech, so that words can be judged."""
    floor = value(measured, "wer_floor")
    return floor is not None and floor <= tolerances.unreadable
