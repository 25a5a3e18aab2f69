"""
Several runs side by side: their setups with verdicts and figures, and every measurement for a spreadsheet or a program.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.metrics.catalogue import metric, order
from harness.record import RunRecord, SetupRecord, value
from harness.report.compare import CellChange, changes, tolerances_of
from harness.report.facts import named
from harness.report.figures import Column, Figure, columns, figures, tallies

SCHEMA = 1


@dataclass(frozen=True)
class RunLine:
    """A setup in one run: the *run* as its place in the order given, its *setup* there, and its figures."""

    run: int
    setup: SetupRecord
    figures: list[Figure]


@dataclass(frozen=True)
class RunsSideBySide:
    """*runs* by their names, the newest first as they were given; *rows*: a setup's name, and its line in each run."""

    runs: list[str]
    columns: list[Column]
    rows: list[tuple[str, list[RunLine]]]


def side_by_side(records: Sequence[RunRecord]) -> RunsSideBySide:
    """Return *records* side by side, the setups in the order of the first that has them."""
    tallied = [(record, tallies(record)) for record in records]
    wanted = columns(tallied)
    found = [figures(record, tally, wanted) for record, tally in tallied]
    lines: dict[str, list[RunLine]] = {}
    for run, record in enumerate(records):
        for setup in record.setups:
            lines.setdefault(setup.name, []).append(RunLine(run, setup, found[run][setup.name]))
    return RunsSideBySide([named(record) for record in records], wanted, list(lines.items()))


def as_json(records: Sequence[RunRecord]) -> Iterator[str]:
    """Yield *records* and what changed from the second to the first as JSON, in pieces."""
    content = {
        "schema": SCHEMA,
        "kind": "codec-harness comparison",
        "runs": [
            {
                "name": named(record),
                "key": record.key,
                "created": record.provenance.created,
                "headline": record.headline,
            }
            for record in records
        ],
        "changes": [_change(one) for one in changes(*records[:2])] if len(records) > 1 else [],
    }
    yield json.dumps(content, indent=1, allow_nan=False).removesuffix("\n}") + ',\n "measurements": ['
    for number, row in enumerate(_measurements(records)):
        yield (",\n  " if number else "\n  ") + json.dumps(row, allow_nan=False)
    yield "\n ]\n}\n"


def as_csv(records: Sequence[RunRecord]) -> Iterator[str]:
    """
    Yield every measurement of every cell of *records* as CSV, in lines: a column for each run, and what changed.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    names = [named(record) for record in records]
    yield _line(["setup", "utterance", "measurement", "unit", "tolerance", *map(_plain, names), "change"])
    for row in _measurements(records):
        told = [_plain(row[key]) for key in ("setup", "utterance", "measurement", "unit")]
        numbers = ["" if one is None else one for one in (row["tolerance"], *row["values"], row["change"])]
        yield _line([*told, *numbers])


def _line(fields: Sequence[Any]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(fields)
    return file.getvalue()


def _measurements(records: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    tolerances = tolerances_of(records[0])
    for place in dict.fromkeys(place for record in records for place in record.cells.places):
        cells = [record.cells.get(*place) for record in records]
        for row in order({name for cell in cells if cell is not None for name in cell.measurements}):
            values = [None if cell is None else value(cell.measurements, row.name) for cell in cells]
            units = [cell.measurements[row.name].unit for cell in cells if cell and row.name in cell.measurements]
            known = len(values) > 1 and values[0] is not None and values[1] is not None
            yield {
                "setup": place[0],
                "utterance": place[1],
                "measurement": row.name,
                "unit": next(filter(None, units), row.unit),
                "tolerance": tolerances.of(row.name) if metric(row.name).tolerance is not None else None,
                "values": values,
                "change": (values[0] or 0.0) - (values[1] or 0.0) if known else None,
            }


def _change(change: CellChange) -> dict[str, Any]:
    return {
        "setup": change.setup,
        "utterance": change.utterance,
        "change": change.label,
        "kind": str(change.kind),
        "expected_failure": change.expected_failure,
        "before": None if change.before is None else str(change.before.verdict),
        "now": None if change.now is None else str(change.now.verdict),
        "gate": list(change.now.gate) if change.now is not None else [],
        "beyond": [vars(one) for one in change.moved],
    }


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
