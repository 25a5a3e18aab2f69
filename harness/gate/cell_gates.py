"""
Gates on change: pure functions from today's cells and an accepted baseline to passed or failed, with the reasons.

A gate is the raw worst accepted value plus a named slack; the slacks are the suite's `[tolerances]` (what they rest on
is in `harness.verdict`), so no threshold is ever typed. What is gated:

1. Bits. The same codes and PCM as accepted: passed, whatever else. A cell that is calibrated exact and is on the same
   class of machine must be so, unless the codec's fingerprint is another; everything measured is then only the
   explanation.
2. Measurements, otherwise: each against its own gate. Words count as errors beyond the recogniser's own on the uncoded
   speech; an utterance that it cannot read uncoded has no word gate, and that is said.
3. Known-bad controls are not gated on change: they are bad on purpose. Their expectation is (`corpus`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.gate.baseline import AcceptedCell, Worst
from harness.gate.context import Context
from harness.gate.what_changed import another_codec, declares_otherwise, explanation, other_threads
from harness.record import Cell, Expectation, Measurement, Measurements
from harness.verdict import Tolerances
from harness.verdict.losses import borne_out


class Way(StrEnum):
    """On which side of its gate a measurement must be."""

    HIGHER = ">="
    LOWER = "<="
    SAME = "within"


GATED = (  # measurement, which way is good, slack
    ("pesq_wb", Way.HIGHER, "pesq_wb_drop"),
    ("pesq_nb", Way.HIGHER, "pesq_nb_drop"),
    ("stoi", Way.HIGHER, "stoi_drop"),
    ("transcript_logp", Way.HIGHER, "logp_drop"),
    ("word_excess", Way.LOWER, "word_errors"),
    ("gain_db", Way.SAME, "gain_change"),
    ("delay_ms", Way.SAME, "delay_change"),
    ("drift_ppm", Way.SAME, "drift_change"),
    ("polarity", Way.SAME, ""),
    ("length_change_samples", Way.SAME, ""),
    ("pause_noise_db", Way.LOWER, "pause_rise"),
    ("pause_peak_db", Way.LOWER, "pause_rise"),
    ("dropout_ms", Way.LOWER, "dropout"),
    ("clipped_ms", Way.LOWER, "clipped"),
    ("wrapped_samples", Way.LOWER, ""),
)
AUDIBLE_FROM_0 = ("pause_noise_db", "pause_peak_db")  # below, the pauses are as quiet as the uncoded ones
SAID = {
    "pesq_wb": "PESQ-WB",
    "pesq_nb": "PESQ-NB",
    "stoi": "STOI",
    "transcript_logp": "likelihood of the words said",
    "word_excess": "word errors beyond the uncoded speech's",
    "gain_db": "level",
    "delay_ms": "delay",
    "polarity": "polarity",
    "length_change_samples": "length",
    "drift_ppm": "clock drift",
    "pause_noise_db": "noise in pauses",
    "pause_peak_db": "the loudest moment of a pause",
    "dropout_ms": "missing speech",
    "clipped_ms": "flat tops",
    "wrapped_samples": "wrapped samples",
}


@dataclass(frozen=True)
class GateRow:
    """One measurement against its gate. `margin` is what is left to the gate, in slacks; below 0 it failed."""

    name: str
    now: float | None
    accepted: Worst
    gate: str
    passed: bool
    margin: float = math.inf


@dataclass(frozen=True)
class Gated:
    """
    A judgement of one cell against what was accepted.

    failures : why it failed, most telling first; empty if it passed
    notes : what a reader should know though it passed
    exact : the same bits as accepted
    """

    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[GateRow, ...] = ()
    exact: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def margin(self) -> float:
        """The least margin to any gate, in slacks."""
        return min((row.margin for row in self.rows), default=math.inf)


def gate_cell(context: Context, cell: Cell, codec: str, expectation: Expectation, digits: str) -> Gated:
    """
    Hold *cell* against the accepted one. *digits* are the frame characters of its decoded audio.

    The caller has made sure that the baseline is not stale. A cell that was never accepted fails, as does one that
    could not be computed.
    """
    if cell.failure is not None:
        return Gated((f"the codec failed: {cell.failure}",))
    accepted = context.accepted(cell.setup, cell.utterance)
    if accepted is None:
        return Gated((f"{cell.setup}/{cell.utterance} was never accepted; accept it with --codec-update",))
    if context.speech[cell.utterance][:16] != context.baseline.speech.get(cell.utterance):
        return Gated(("the reference speech is another than was accepted; accept it with --codec-update",))
    if (accepted.codes, accepted.pcm) == ((cell.codes_sha256 or "")[:16], (cell.pcm_sha256 or "")[:16]):
        return Gated(
            notes=_unreadable(cell, context.tolerances), rows=_rows(cell, accepted, context.tolerances), exact=True
        )
    rows = _rows(cell, accepted, context.tolerances)
    explained = explanation(context, cell, accepted, codec, digits)
    if expectation.at_most is not None:
        return Gated(notes=("a known-bad control gives other bits than accepted; it is not gated on change",))
    failures = [_failed(row) for row in rows if not row.passed]
    failures += [f"the recogniser's text is newly doubtful: {finding}" for finding in _new_findings(cell, accepted)]
    now, before = context.codecs[codec], context.baseline.codecs.get(codec)
    declared, another = declares_otherwise(now, before), another_codec(now, before)
    threads = other_threads(now, before)
    if accepted.exact and not context.other_machine and threads is None and not another:
        failures.append(f"it must give the same bits: {accepted.runs} runs did when it was accepted")
    notes = list(_unreadable(cell, context.tolerances))
    if context.other_machine and accepted.exact:
        notes.append(f"bits are not compared on another class of machine ({context.other_machine})")
    if threads is not None and accepted.exact:
        notes.append(f"bits are not compared on another number of threads ({threads[0]} instead of {threads[1]})")
    if failures or declared:
        return Gated((*declared, *another, *explained[:-1], *failures, explained[-1]), tuple(notes), rows)
    return Gated(notes=tuple(notes), rows=rows)


def word_excess(measured: Measurements) -> float | None:
    """Return word errors less those that the recogniser makes of the uncoded speech; None if either is unknown."""
    values = [
        measured[name].value if name in measured else None for name in ("word_errors", "wer_floor", "reference_words")
    ]
    errors, floor, words = values
    return None if errors is None or floor is None or words is None else errors - round(floor * words)


def accepted_excess(accepted: AcceptedCell) -> Worst:
    """Return the accepted word errors beyond the uncoded speech's, the worst of the runs."""
    found = [accepted.measured.get(name) for name in ("word_errors", "wer_floor", "reference_words")]
    undefined = [value for value in found if isinstance(value, str) or value is None]
    if undefined:
        return undefined[0] or "words were not scored"
    errors, floor, words = (span(value)[1] for value in found if value is not None and not isinstance(value, str))
    return errors - round(floor * words)


def span(value: float | tuple[float, float]) -> tuple[float, float]:
    """Return lowest and highest of an accepted value."""
    return value if isinstance(value, tuple) else (value, value)


def readable(cell: Cell, tolerances: Tolerances) -> bool:
    """Tell whether the recogniser can read the uncoded speech of *cell*, so that its words can be judged."""
    floor = cell.measurements.get("wer_floor")
    return floor is not None and floor.value is not None and floor.value <= tolerances.unreadable


def _rows(cell: Cell, accepted: AcceptedCell, tolerances: Tolerances) -> tuple[GateRow, ...]:
    rows = []
    before_all = _accepted(accepted)
    for name, way, slack_name in GATED:
        if name == "word_excess":
            if not readable(cell, tolerances):
                continue
            now, before, reason = word_excess(cell.measurements), accepted_excess(accepted), "words are undefined"
        else:
            measured = cell.measurements.get(name)
            if measured is None or name not in accepted.measured:
                continue
            now, before, reason = measured.value, accepted.measured[name], measured.undefined or ""
        if name == "drift_ppm" and now is None:
            continue  # too uncertain to tell, which short speech makes it by itself
        if name in AUDIBLE_FROM_0 and not isinstance(before, str):
            now, before = None if now is None else max(now, 0.0), max(span(before)[1], 0.0)
        row = _row(name, way, now, before, reason, _slack(slack_name, cell, tolerances))
        if not row.passed and now is not None and not borne_out(name, cell.measurements, before_all, tolerances):
            row = replace(row, passed=True)
        rows.append(row)
    return tuple(rows)


def _accepted(accepted: AcceptedCell) -> Measurements:
    """Return what was accepted as measurements: the lower end, where runs differed."""
    return {
        name: Measurement.missing(before) if isinstance(before, str) else Measurement.of(span(before)[0], "")
        for name, before in accepted.measured.items()
    }


def _slack(name: str, cell: Cell, tolerances: Tolerances) -> float:
    if name == "word_errors":  # one less than what counts as words changed
        words = cell.measurements["reference_words"].value or 0
        return max(tolerances.word_errors, math.ceil(tolerances.word_share * words)) - 1
    return getattr(tolerances, name) if name else 0.0


def _row(name: str, way: Way, now: float | None, before: Worst, reason: str, slack: float) -> GateRow:
    if isinstance(before, str):
        return GateRow(name, now, before, "none: it was undefined", True)
    low, high = span(before)
    if now is None:
        return GateRow(name, None, before, f"a value; it is undefined: {reason}", False, -math.inf)
    below, above = now - (low - slack), (high + slack) - now
    margin = {Way.HIGHER: below, Way.LOWER: above, Way.SAME: min(below, above)}[way]
    gate = {
        Way.HIGHER: f">= {low - slack:.4g}",
        Way.LOWER: f"<= {high + slack:.4g}",
        Way.SAME: f"{low - slack:.4g} to {high + slack:.4g}" if high - low + slack else f"{low:.4g}",
    }[way]
    return GateRow(
        name, now, before, gate, margin >= -1e-4, margin / slack if slack else (math.inf if margin >= -1e-4 else -1.0)
    )


def _failed(row: GateRow) -> str:
    said = SAID[row.name]
    if row.now is None:
        return f"{said} is undefined and was not: {row.gate.partition(': ')[2]}"
    low, high = span(row.accepted) if not isinstance(row.accepted, str) else (0.0, 0.0)
    change = row.now - (low if abs(row.now - low) < abs(row.now - high) else high)
    unit = {"gain_db": " dB", "delay_ms": " ms", "length_change_samples": " samples"}.get(row.name)
    if unit is not None:
        return f"{said} changed by {change:+.3g}{unit} (now {row.now:.4g}, gate {row.gate})"
    if row.name == "polarity":
        return "polarity is inverted"
    return f"{said} {row.now:.4g}, accepted {_said(row.accepted)}, gate {row.gate}"


def _said(value: Worst) -> str:
    return (
        value
        if isinstance(value, str)
        else f"{value[0]:.4g}..{value[1]:.4g}"
        if isinstance(value, tuple)
        else f"{value:.4g}"
    )


def _new_findings(cell: Cell, accepted: AcceptedCell) -> Sequence[str]:
    return [
        finding for finding in (cell.transcript.findings if cell.transcript else ()) if finding not in accepted.findings
    ]


def _unreadable(cell: Cell, tolerances: Tolerances) -> tuple[str, ...]:
    if "wer_floor" not in cell.measurements or readable(cell, tolerances):
        return ()
    return (f"{cell.utterance}: the recogniser cannot read it uncoded, so its words are not gated",)
