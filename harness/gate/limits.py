"""
Measurements against their gates: one row for each gated metric of the table.

A gate is the raw worst accepted value, or what inaudible variants of the input reach, plus a named slack; the slacks
are the suite's `[tolerances]` (what they rest on is in `harness.verdict`), so no threshold is ever typed. Words count
as errors beyond the recogniser's own on the uncoded speech; an utterance that it cannot read uncoded has no word gate.
"""

import math
from dataclasses import dataclass, replace

from harness.gate.baseline import AcceptedCell, Worst, figure, span
from harness.metrics.catalogue import Rows, metric, order
from harness.metrics.metric import Better, Metric
from harness.record import Cell, Measurement, Measurements, value
from harness.verdict import Tolerances
from harness.verdict.cell import wavers
from harness.verdict.losses import borne_out
from harness.verdict.plain_use import FOLLOWS
from harness.verdict.tolerances import readable
from harness.verdict.variants import Ranges, nearest, reached

GATED = Rows(lambda row: row.gated)
WORDS = "word_errors"  # its gate is on what is beyond the uncoded speech's, and in a table called so:
WORD_EXCESS = "word_excess"
NOT_NOW = "measured when it was accepted and not now"
COUNTED = (WORDS, "wer_floor", "reference_words")


@dataclass(frozen=True)
class GateRow:
    """One metric against its gate. `margin` is what is left to the gate, in slacks; below 0 it failed."""

    metric: str
    now: float | None
    accepted: Worst
    gate: str
    passed: bool
    margin: float = math.inf

    @property
    def name(self) -> str:
        """What the row is called in a table."""
        return WORD_EXCESS if self.metric == WORDS else self.metric

    @property
    def failure(self) -> str:
        """Why it failed, as a sentence."""
        row = metric(self.metric)
        if self.now is None:
            return f"{row.told} is undefined and was not: {self.gate.partition(': ')[2]}"
        if row.unit == "sign":
            turned = "turned on the way when it was accepted, and does not now"
            return f"{row.told} {'turns on the way' if self.now == 0 else 'is inverted' if self.accepted else turned}"
        if row.better is not None:
            unit = f" {row.unit}" if row.unit in ("dB", "ms") else ""
            return f"{row.told} {figure(self.now)}{unit}, accepted {figure(self.accepted)}, gate {self.gate}"
        low, high = span(self.accepted) if not isinstance(self.accepted, str) else (0.0, 0.0)
        change = self.now - (low if abs(self.now - low) < abs(self.now - high) else high)
        return f"{row.told} changed by {change:+.3g} {row.unit} (now {figure(self.now)}, gate {self.gate} {row.unit})"


def gate_rows(cell: Cell, accepted: AcceptedCell, tolerances: Tolerances) -> tuple[GateRow, ...]:
    """Hold every gated measurement of *cell* that was accepted before against its gate."""
    rows = []
    before_all, variants = measurements(accepted), _variants(cell, accepted)
    near = nearest(cell.measurements, before_all, variants)
    for gated in GATED:
        asked = gated
        if gated.name == WORDS:
            if not readable(cell.measurements, tolerances):
                continue
            now, before, reason = word_excess(cell.measurements), accepted_excess(accepted), "words are undefined"
        else:
            name = _asked(gated.name, cell.measurements, before_all)
            measured = cell.measurements.get(name)
            if measured is None or name not in accepted.measured:
                continue
            now, before, reason, asked = measured.value, accepted.measured[name], measured.undefined or "", metric(name)
        if gated.inaudible is not None and not isinstance(before, str):
            now = None if now is None else max(now, gated.inaudible)
            before = max(span(before)[1], gated.inaudible)
        reach = _reach(asked.name, accepted, variants)
        row = _row(asked, now, before, reason, _slack(gated, cell, tolerances), reach)
        if not row.passed and now is not None and not _is_sure(gated.name, cell.measurements, near, tolerances):
            row = replace(row, passed=True)
        rows.append(row)
    return tuple(rows)


def unscored(cell: Cell, accepted: AcceptedCell) -> list[str]:
    """
    Return the gated scores, in words, that were accepted and of which *cell* has nothing, not why there is none.

    A suite's own that is gone is another list of scorers, so its baseline is stale.
    """
    gone = order(set(accepted.measured) - set(cell.measurements))
    return [row.told for row in gone if row.gated and row.scorer]


def _reach(name: str, accepted: AcceptedCell, variants: Ranges) -> tuple[float, float] | None:
    """Return how far a gated value may lie that variants make; None if that is not known."""
    before = accepted.measured.get(name)
    if name not in variants or before is None or isinstance(before, str):
        return None
    low, high = span(before)
    floor = _floor(accepted) if name == WORDS else 0  # its gate is on what is beyond the uncoded speech's
    return reached(name, low, variants[name])[0] - floor, reached(name, high, variants[name])[1] - floor


def _variants(cell: Cell, accepted: AcceptedCell) -> Ranges:
    """Return what inaudible variants of the input made of the accepted cell, where the encoder made other codes."""
    return {} if cell.codes_sha256 and cell.codes_sha256[:16] == accepted.codes else accepted.variants


def _is_sure(name: str, now: Measurements, before: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether a measurement that is beyond its gate is borne out, as a verdict asks it to be."""
    return not wavers(now, before, tolerances) if name == WORDS else borne_out(name, now, before, tolerances)


def _asked(name: str, now: Measurements, before: Measurements) -> str:
    """
    Return the measurement that is asked in the place of *name* where that is undefined by chance; empty if none is.

    Drift, jumps and replaced speech are too uncertain to tell of short speech, and glitches are asked only where codes
    are equal. Whether gain and polarity can be told is chance where the output hardly followed the waveform when it was
    accepted; the level of the speech can be told all the same.
    """
    follows = value(before, "alignment_confidence")
    loose = follows is not None and follows < FOLLOWS
    instead = {"drift_ppm": "", "delay_jump_ms": "", "replaced_ms": "", "glitch_ms": ""} | (
        {"gain_db": "level_db", "polarity": ""} if loose else {}
    )
    undefined = name in now and now[name].value is None
    return instead.get(name, name) if undefined else name


def word_excess(measured: Measurements) -> float | None:
    """Return word errors less those that the recogniser makes of the uncoded speech; None if either is unknown."""
    errors, floor, words = (value(measured, name) for name in COUNTED)
    return None if errors is None or floor is None or words is None else errors - round(floor * words)


def _floor(accepted: AcceptedCell) -> int:
    """Return the errors that the recogniser makes of the uncoded speech, as accepted; 0 if that is not known."""
    floor, words = (accepted.measured.get(name) for name in COUNTED[1:])
    known = [span(one)[1] for one in (floor, words) if one is not None and not isinstance(one, str)]
    return round(known[0] * known[1]) if len(known) == 2 else 0


def accepted_excess(accepted: AcceptedCell) -> Worst:
    """Return the accepted word errors beyond the uncoded speech's, the worst of the runs."""
    found = [accepted.measured.get(name) for name in COUNTED]
    undefined = [value for value in found if isinstance(value, str) or value is None]
    if undefined:
        return undefined[0] or "words were not scored"
    errors = next(span(value)[1] for value in found if value is not None and not isinstance(value, str))
    return errors - _floor(accepted)


def measurements(accepted: AcceptedCell) -> Measurements:
    """Return what was accepted as measurements: the lower end, where runs differed."""
    return {
        name: Measurement.missing(before) if isinstance(before, str) else Measurement.of(span(before)[0], "")
        for name, before in accepted.measured.items()
    }


def _slack(gated: Metric, cell: Cell, tolerances: Tolerances) -> float:
    if gated.name == WORDS:  # one less than what counts as words changed
        words = value(cell.measurements, "reference_words") or 0
        return max(tolerances.word_errors, math.ceil(tolerances.word_share * words)) - 1
    return tolerances.of(gated.name)


def _row(
    gated: Metric,
    now: float | None,
    before: Worst,
    reason: str,
    slack: float,
    reach: tuple[float, float] | None,
) -> GateRow:
    name = gated.name
    if isinstance(before, str):
        return GateRow(name, now, before, "none: it was undefined", True)
    low, high = span(before)
    if now is None:
        return GateRow(name, None, before, f"a value; it is undefined: {reason}", False, -math.inf)
    if reach is not None:
        low, high = min(low, reach[0]), max(high, reach[1])
    below, above = now - (low - slack), (high + slack) - now
    if gated.better is Better.HIGHER:
        margin, gate = below, f">= {figure(low - slack)}"
    elif gated.better is Better.LOWER:
        margin, gate = above, f"<= {figure(high + slack)}"
    else:
        margin = min(below, above)
        gate = f"{figure(low - slack)} to {figure(high + slack)}" if high - low + slack else figure(low)
    passed = margin >= -1e-4
    return GateRow(name, now, before, gate, passed, margin / slack if slack else (math.inf if passed else -1.0))
