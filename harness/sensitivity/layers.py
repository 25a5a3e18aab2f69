"""
Which layers notice: each asked by itself, of what was measured of a planted fault and of the same without it.

The gate holds measurements against a baseline that was accepted without the fault. Bits are not demanded of it, as of a
codec with another fingerprint, which each change of a codec makes; what bits would show is the layer `exact`.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from harness.gate.baseline import AcceptedCell, Worst
from harness.gate.limits import gate_rows
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.record import Cell, Frozen, Measurements, Verdict, value
from harness.runs.conditions import ScoresTable
from harness.verdict import Tolerances, judge, judge_change, judge_plain_use
from harness.verdict.losses import PESQ, borne_out, losses
from harness.verdict.tolerances import QUALITY, drop
from harness.verdict.variants import judged_beside


class Layer(StrEnum):
    """What may notice a fault, deepest last."""

    EXACT = "exact"
    SIGNAL = "signal"
    PESQ = "PESQ"
    STOI = "STOI"
    LIKELIHOOD = "likelihood"
    WORDS = "words"
    LADDER = "verdict"
    GATE = "gate"
    SUITE = "suite alone"


class Observed(Frozen):
    """
    What came of a probe.

    measured : with the fault; held : of what the fault is held against
    variants : the ranges of *held* over inaudible variants of the input, where the suite asks for them
    failure : why nothing came, if the codec failed: it raised, ended its process, or broke its word
    """

    measured: Measurements = Field(default_factory=dict)
    held: Measurements = Field(default_factory=dict)
    variants: dict[str, tuple[float, float]] = Field(default_factory=dict)
    failure: str | None = None


Noticed = Mapping[Layer, bool | None]  # None where it cannot be told, or is not asked


def switched(measured: Measurements, scores: ScoresTable) -> Measurements:
    """Return what of *measured* a suite with these *scores* measures."""
    found = {}
    for name, measurement in measured.items():
        switch = METRICS.get(name.removesuffix("_scatter"), METRICS[name]).switch
        if not switch or getattr(scores, switch):
            found[name] = measurement
    return found


def rung(observed: Observed, tolerances: Tolerances, scores: ScoresTable) -> Verdict:
    """Return the verdict on a probe, held against the same without the fault."""
    if observed.failure is not None:
        return Verdict.UNDEFINED
    measured, held = (switched(one, scores) for one in (observed.measured, observed.held))
    return judge(measured, held, tolerances, variants=observed.variants).verdict


def noticed(
    observed: Observed, tolerances: Tolerances, scores: ScoresTable, *, accepted: AcceptedCell | None
) -> Noticed:
    """
    Ask every layer that *scores* switch on.

    A codec that fails fails its cell, in any run and whatever is measured: the gate and the suite notice, and there is
    nothing that another layer could have been asked of.

    accepted : of a baseline that exists; None for one that is accepted of what the fault is held against
    """
    if observed.failure is not None:
        return {layer: True if layer in (Layer.GATE, Layer.SUITE) else None for layer in Layer}
    measured, held = (switched(one, scores) for one in (observed.measured, observed.held))
    verdict = judge(measured, held, tolerances, variants=observed.variants).verdict
    differs = verdict.rank > Verdict.EQUIVALENT.rank
    found: dict[Layer, bool | None] = {Layer.EXACT: differs}
    found[Layer.SIGNAL] = differs and any(
        loss.stands
        for loss in losses(
            _of(MetricFamily.SIGNAL, measured), _of(MetricFamily.SIGNAL, held), tolerances, one_codec=True
        )
    )
    for layer, names in ((Layer.PESQ, PESQ), (Layer.STOI, _others())):
        asked = [name for name in names if name in measured]
        found[layer] = any(_lost(name, measured, held, tolerances) for name in asked) if asked else None
    found[Layer.LIKELIHOOD] = _lost("transcript_logp", measured, held, tolerances) if scores.asr else None
    found[Layer.WORDS] = _words(measured, held, tolerances) if scores.asr else None
    found[Layer.LADDER] = verdict.rank >= Verdict.DEGRADED.rank
    before = accepted or accepted_of(held).model_copy(update={"variants": observed.variants})
    before = before.model_copy(update={"variants": judged_beside(measured, before.variants)})
    found[Layer.GATE] = differs and not all(row.passed for row in gate_rows(cell_of(measured), before, tolerances))
    found[Layer.SUITE] = judge_plain_use(measured, tolerances).verdict.rank > max(
        Verdict.ALTERED.rank, judge_plain_use(held, tolerances).verdict.rank
    )
    return found


def accepted_of(held: Measurements) -> AcceptedCell:
    """Return what a baseline keeps of *held*."""
    kept: dict[str, Worst] = {
        name: one.undefined or round(one.value or 0.0, 5) for name, one in held.items() if METRICS[name].in_baseline
    }
    return AcceptedCell(runs=1, codes=None, pcm=None, measured=kept)


def cell_of(measured: Measurements) -> Cell:
    """Return a cell that has these measurements and nothing else."""
    return Cell(
        setup="", utterance="", key="", verdict=Verdict.UNDEFINED, reasons=(), masked=False, first_diverging_frame=None,
        measurements=measured,
    )  # fmt: skip


def _others() -> tuple[str, ...]:
    return tuple(row.name for row in QUALITY if row.name not in PESQ)


def _of(family: MetricFamily, measured: Measurements) -> Measurements:
    return {name: one for name, one in measured.items() if METRICS[name].family is family}


def _lost(name: str, measured: Measurements, held: Measurements, tolerances: Tolerances) -> bool:
    lost = drop(measured, held, name)
    return lost is not None and lost > tolerances.of(name) and borne_out(name, measured, held, tolerances)


def _words(measured: Measurements, held: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether the words themselves are called other ones, with no other witness asked."""
    if value(measured, "word_errors") is None:
        return False
    counted = [
        {k: v for k, v in _of(MetricFamily.WORDS, one).items() if k != "transcript_logp"} for one in (measured, held)
    ]
    return judge_change(counted[0], counted[1], tolerances).verdict is Verdict.CORRUPT
