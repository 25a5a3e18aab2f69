"""
The tables of the report: measurements with their limits, corpus figures with their intervals, factors that differ.
"""

from typing import Any

from harness.metrics.amplitude import LIMITS, would_notice
from harness.record import Cell, Measurement, Scalar, SetupRecord, Verdict
from harness.report.measures import measure, number, order, text, unit

GATES = {  # measurement -> the tolerance that limits its loss against the reference setup
    "pesq_wb": "pesq_wb_drop",
    "pesq_nb": "pesq_nb_drop",
    "stoi": "stoi_drop",
    "transcript_logp": "logp_drop",
}
_BANDS = {"gain_db": "gain_change", "delay_ms": "delay_change", "drift_ppm": "drift_change"}
_RISES = {
    "pause_noise_db": "pause_rise",
    "pause_peak_db": "pause_rise",
    "dropout_ms": "dropout",
    "clipped_ms": "clipped",
}


TableRow = dict[str, str | bool]


def measurements(cell: Cell, reference: Cell | None, before: Cell | None, tolerances: Any) -> list[TableRow]:
    """
    Return the measurements of *cell* as rows in reading order; what is empty is left out.

    reference : the same utterance through the setup that it is held against
    before : the same cell of the run that this one is compared with
    tolerances : the suite's, by name
    """
    rows: list[TableRow] = []
    for shown in order(set(cell.measurements)):
        own = cell.measurements[shown.name]
        other = reference.measurements.get(shown.name) if reference else None
        limit, beyond = gate(shown.name, own, other, tolerances if isinstance(tolerances, dict) else {})
        row = {
            "name": shown.name,
            "value": text(shown.name, own),
            "undefined": own.undefined,
            "reference": text(shown.name, other) if reference else None,
            "gate": limit,
            "unit": unit(own if own.value is not None else other),
            "beyond": beyond,
            "before": text(shown.name, before.measurements.get(shown.name)) if before else None,
        }
        rows.append({key: value for key, value in row.items() if value})
    return rows


def gate(name: str, own: Measurement, other: Measurement | None, tolerances: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the limit that *tolerances* set against the value of the reference, in words, and if it is passed."""
    if name in LIMITS:
        return f"within \N{PLUS-MINUS SIGN}{LIMITS[name]:g}", own.value is None or abs(own.value) > LIMITS[name]
    if other is None or other.value is None:
        return None, False
    digits = measure(name).digits
    if name in GATES and isinstance(drop := tolerances.get(GATES[name]), int | float):
        limit = other.value - drop
        return f"at least {number(limit, digits)}", own.value is not None and own.value < limit
    if name in _BANDS and isinstance(band := tolerances.get(_BANDS[name]), int | float):
        said = f"{number(other.value, digits)} \N{PLUS-MINUS SIGN} {band:g}"
        return said, own.value is not None and abs(own.value - other.value) > band
    if name in _RISES and isinstance(rise := tolerances.get(_RISES[name]), int | float):
        limit = max(other.value, 0.0) + rise
        return f"at most {number(limit, digits)}", own.value is not None and own.value > limit
    return None, False


def corpus(setup: SetupRecord) -> list[dict[str, str | None]]:
    """Return the corpus figures as rows: label, value, and the paired change with its interval where there is one."""
    endings = ("_change", "_change_low", "_change_high")
    rows = []
    for shown in order({name for name in setup.corpus if not name.endswith(endings)}):
        change, low, high = (setup.corpus.get(shown.name + ending) for ending in endings)
        interval = None
        if low is not None and high is not None:
            undefined = low.undefined or high.undefined
            interval = undefined or f"{_plain(shown.name, low)} to {_plain(shown.name, high)}"
        rows.append(
            {
                "label": shown.label,
                "value": f"{text(shown.name, setup.corpus[shown.name])} {unit(setup.corpus[shown.name])}".strip(),
                "undefined": setup.corpus[shown.name].undefined,
                "change": _plain(shown.name, change) if change is not None else None,
                "interval": interval,
            }
        )
    return rows


def _plain(name: str, measurement: Measurement) -> str:
    if measurement.value is None:
        return "undefined"
    return number(measurement.value, measure(name).digits, "+")


def differs(setup: SetupRecord, reference: SetupRecord | None) -> list[tuple[str, Scalar, Scalar]]:
    """Return the factors of *setup* that are not those of *reference*: name, here, there."""
    if reference is None or setup.is_reference:
        return []
    names = [name for name in {**setup.factors, **reference.factors} if name != "topology.about"]
    pairs = [(name, setup.factors.get(name), reference.factors.get(name)) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def noticed(cell: Cell) -> str | None:
    """Say whether the amplitude statistics alone would have told; None if they were not measured."""
    if any(name not in cell.measurements for name in LIMITS):
        return None
    alarm, _ = would_notice(cell.measurements)
    if alarm:
        return "These alone would have noticed: one of them is beyond its limit."
    if cell.verdict in (Verdict.IDENTICAL, Verdict.EQUIVALENT):
        return "These alone would not have noticed, and there is nothing to notice."
    return "These alone would not have noticed: each is within its limit."
