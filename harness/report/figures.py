"""
The numbers of each setup in the overview and in comparisons: means and totals, the largest delay, real-time factors.

Every column is a row of the table of metrics, and so is written as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.metrics.catalogue import METRICS, metric, order
from harness.metrics.metric import Better, Over
from harness.metrics.text import UNITLESS, text
from harness.record import Cell, Measurement, RunRecord, SetupRecord
from harness.report.tables import typeset

BESIDE_HEADLINES = ("wer_excess", "delay_ms", "encode_rtf", "decode_rtf")


@dataclass(frozen=True)
class Column:
    """A number that is shown of every setup: its *name*, *head* and *about*, and which way is *better*."""

    name: str
    head: str
    about: str
    better: Better | None


@dataclass(frozen=True)
class Figure:
    """A number as it is shown; *value* for sorting, None if there is none; *why* it is undefined."""

    name: str
    text: str
    value: float | None
    why: str = ""


def columns(records: Sequence[RunRecord]) -> list[Column]:
    """Return the columns that any of *records* has a value for, in reading order."""
    wanted = {row.name for row in METRICS.values() if row.headline} | set(BESIDE_HEADLINES)
    cells = [cell for record in records for cell in record.cells]
    had = {name for record in records for setup in record.setups for name in (*setup.corpus, *setup.timing)}
    had |= {name for cell in cells for name in cell.measurements if metric(name).over is not Over.POOLED}
    return [Column(row.name, _head(row.name), _about(row.name), row.better) for row in order(wanted & had)]


def figures(record: RunRecord, wanted: Sequence[Column]) -> dict[str, list[Figure]]:
    """Return the figures of each setup of *record*, one for each column that is *wanted*."""
    cells: dict[str, list[Cell]] = {setup.name: [] for setup in record.setups}
    for cell in record.cells:
        cells.setdefault(cell.setup, []).append(cell)
    return {
        setup.name: [_figure(column.name, setup, cells[setup.name]) for column in wanted] for setup in record.setups
    }


def _figure(name: str, setup: SetupRecord, cells: Sequence[Cell]) -> Figure:
    found = setup.corpus.get(name) or setup.timing.get(name) or _of_cells(name, cells)
    if found is None:
        return Figure(name, "\N{EN DASH}", None)
    return Figure(name, typeset(text(name, found)), found.value, found.undefined or "")


def _of_cells(name: str, cells: Sequence[Cell]) -> Measurement | None:
    """
    Return the mean over *cells* of what has one, else what is furthest from nothing; undefined only if all are.

    Totals of words are made by the run alone: a record without them, such as a baseline's, has none.
    """
    had = [cell.measurements[name] for cell in cells if name in cell.measurements]
    if metric(name).over is Over.POOLED:
        return None
    values = [one.value for one in had if one.value is not None]
    if metric(name).over is Over.MEAN and values:
        return Measurement.of(fmean(values), metric(name).unit)
    return max(had, key=lambda one: -1.0 if one.value is None else abs(one.value), default=None)


def _head(name: str) -> str:
    row = metric(name)
    return f"{row.head} ({row.unit})" if row.over is None and row.unit not in UNITLESS else row.head


def _about(name: str) -> str:
    row = metric(name)
    return f"{row.label}: {row.about}" + ("; the largest over all utterances" if row.over is None else "")
