"""
The tables of the report: measurements with their limits, corpus figures with their intervals, factors that differ.
"""

import re
from typing import Any

from harness.codecs.spec import same_value
from harness.metrics.amplitude import LIMITS, alarms
from harness.metrics.catalogue import metric, order
from harness.metrics.metric import Better
from harness.metrics.text import number, text, unit_of
from harness.record import Cell, Measurement, Measurements, Scalar, SetupRecord, Verdict, value
from harness.verdict.variants import judged_beside, reached

TableRow = dict[str, str | bool]


def shown(name: str, found: Measurement | None, *, unit: bool = False, sign: str = "-") -> str:
    """Return a measurement as `harness.metrics.text` writes it, set for a page."""
    return typeset(text(name, found, unit=unit, sign=sign))


def change(name: str, delta: float) -> str:
    """Return by how much the metric *name* changed, set for a page."""
    return typeset(number(name, delta, "+"))


def typeset(words: str) -> str:
    """Return *words* with the real minus sign before numbers."""
    return re.sub(r"-(?=\d)", "\N{MINUS SIGN}", words)


def measurements(cell: Cell, reference: Cell | None, before: Cell | None, tolerances: Any) -> list[TableRow]:
    """
    Return the measurements of *cell* as rows in reading order; what is empty is left out.

    reference : the same utterance through the setup that it is held against; limits are those against it, or against
        *before* where there is none
    before : the same cell of the run that this one is compared with
    tolerances : the suite's, by name
    """
    rows: list[TableRow] = []
    measured, were = _measured(cell), _measured(before) if before else {}
    reaches = _reaches(measured, reference) if reference else {}
    for name in (row.name for row in order(set(measured))):
        own, earlier = measured[name], were.get(name)
        other = _measured(reference).get(name) if reference else None
        given = tolerances if isinstance(tolerances, dict) else {}
        limit, beyond = gate(name, own, other if reference else earlier, given, reaches.get(name))
        ends = cell.variants.get(name)
        moved = gate(name, own, earlier, given)[1]
        row = {
            "name": name,
            "value": shown(name, own),
            "undefined": own.undefined,
            "reference": shown(name, other) if reference else None,
            "gate": limit,
            "variants": typeset(" to ".join(number(name, end) for end in ends)) if ends else None,
            "unit": unit_of(own if own.value is not None else other),
            "beyond": beyond,
            "decides": beyond or moved or _decides(name, own, cell.verdict),
            "before": shown(name, earlier) if before else None,
        }
        rows.append({key: value for key, value in row.items() if value})
    return rows


def _decides(name: str, own: Measurement, verdict: Verdict) -> bool:
    """Tell whether a measurement is read first: a headline, equality that makes the verdict, an answer that is open."""
    if own.value is None:
        return verdict is Verdict.UNDEFINED and metric(name).tolerance is not None
    exact = verdict in (Verdict.IDENTICAL, Verdict.EQUIVALENT) and own.unit == "bool" and own.value == 1
    return metric(name).headline or exact


def _measured(cell: Cell) -> Measurements:
    """Return what is shown of *cell*: what it was judged by, and what it took."""
    return cell.measurements | cell.timing


def _reaches(measured: Measurements, reference: Cell) -> dict[str, tuple[float, float]]:
    """Return how far inaudible variants make the values of *reference*, where *measured* is judged beside them."""
    variants = judged_beside(measured, reference.variants)
    plain = ((name, value(reference.measurements, name), ends) for name, ends in variants.items())
    return {name: reached(name, one, ends) for name, one, ends in plain if one is not None}


def gate(
    name: str,
    own: Measurement,
    other: Measurement | None,
    tolerances: dict[str, Any],
    reach: tuple[float, float] | None = None,
) -> tuple[str | None, bool]:
    """
    Return the limit that *tolerances* set against the value of the reference, in words, and if it is passed.

    reach : how far variants of the input make that value
    """
    if name in LIMITS:
        return f"within \N{PLUS-MINUS SIGN}{LIMITS[name]:g}", own.value is None or abs(own.value) > LIMITS[name]
    row = metric(name)
    default = row.tolerance.default if row.own and row.tolerance is not None else None
    slack = tolerances.get(row.tolerance.name, default) if row.tolerance is not None else None
    if row.gated and row.tolerance is None and row.better is None and other is not None and other.value is not None:
        return typeset(number(name, other.value)), own.value is not None and own.value != other.value
    if other is None or other.value is None or not isinstance(slack, int | float):
        return None, False
    low, high = reach or (other.value, other.value)
    if row.better is None and reach is not None:
        said = f"{number(name, low - slack)} to {number(name, high + slack)}"
        beyond = own.value is not None and not low - slack <= own.value <= high + slack
    elif row.better is None:
        said = f"{number(name, other.value)} \N{PLUS-MINUS SIGN} {slack:g}"
        beyond = own.value is not None and abs(own.value - other.value) > slack
    elif row.better is Better.HIGHER:
        limit = low - slack
        said, beyond = f"at least {number(name, limit)}", own.value is not None and own.value < limit
    else:
        limit = (high if row.inaudible is None else max(high, row.inaudible)) + slack
        said, beyond = f"at most {number(name, limit)}", own.value is not None and own.value > limit
    return typeset(said), beyond


def corpus(setup: SetupRecord) -> list[dict[str, str | None]]:
    """Return the corpus figures as rows: label, value, and the paired change with its interval where there is one."""
    endings = ("_change", "_change_low", "_change_high")
    rows = []
    for row in order({name for name in setup.corpus if not name.endswith(endings)}):
        found = setup.corpus[row.name]
        ends = [setup.corpus.get(row.name + ending) for ending in endings]
        moved, low, high = (shown(row.name, one, sign="+") if one is not None else None for one in ends)
        undefined = next((one.undefined for one in ends[1:] if one is not None and one.undefined), None)
        rows.append(
            {
                "label": row.label,
                "value": shown(row.name, found, unit=True),
                "undefined": found.undefined,
                "change": moved,
                "interval": undefined or (f"{low} to {high}" if low and high else None),
            }
        )
    return rows


def differs(setup: SetupRecord, reference: SetupRecord | None) -> list[tuple[str, Scalar, Scalar]]:
    """Return the factors of *setup* that are not those of *reference*: name, here, there."""
    if reference is None or setup.is_reference:
        return []
    names = [name for name in {**setup.factors, **reference.factors} if name != "topology.about"]
    pairs = [(name, setup.factors.get(name), reference.factors.get(name)) for name in names]
    return [pair for pair in pairs if not same_value(*pair[1:])]


def noticed(cell: Cell) -> str | None:
    """Say whether the amplitude statistics alone would have told; None if they were not measured."""
    if any(name not in cell.measurements for name in LIMITS):
        return None
    if alarms(cell.measurements):
        return "These alone would have noticed: one of them is beyond its limit."
    if cell.verdict in (Verdict.IDENTICAL, Verdict.EQUIVALENT):
        return "These alone would not have noticed, and there is nothing to notice."
    return "These alone would not have noticed: each is within its limit."
