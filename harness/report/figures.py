"""
The numbers of each setup in the overview and in comparisons: means and totals, the largest delay, time in the codec.

Every column is a row of the table of metrics, and so is written as everywhere; the real-time factor is the one that is
made here, of the time that the record keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.metrics.catalogue import METRICS, metric, order
from harness.metrics.metric import Better, Over
from harness.metrics.text import text
from harness.record import Cell, Measurement, RunRecord, SetupRecord
from harness.report.tables import typeset

BESIDE_HEADLINES = ("wer_excess", "delay_ms")
REAL_TIME = "real_time_factor"


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
    had = {name for record in records for setup in record.setups for name in setup.corpus}
    had |= {name for cell in cells for name in cell.measurements if metric(name).over is not Over.POOLED}
    found = [Column(row.name, _head(row.name), _about(row.name), row.better) for row in order(wanted & had)]
    if any(cell.seconds_codec for cell in cells):
        about = "seconds in the codec for a second of speech, both sides; below 1 keeps up"
        found.append(Column(REAL_TIME, "RTF", about, Better.LOWER))
    return found


def figures(record: RunRecord, wanted: Sequence[Column]) -> dict[str, list[Figure]]:
    """Return the figures of each setup of *record*, one for each column that is *wanted*."""
    seconds = {utterance.id: utterance.seconds for utterance in record.utterances}
    cells: dict[str, list[Cell]] = {setup.name: [] for setup in record.setups}
    for cell in record.cells:
        cells.setdefault(cell.setup, []).append(cell)
    return {
        setup.name: [_figure(column.name, setup, cells[setup.name], seconds) for column in wanted]
        for setup in record.setups
    }


def real_time_factor(cells: Sequence[Cell], seconds: dict[str, float]) -> float | None:
    """Return the seconds in the codec for a second of speech; None if no cell has both."""
    timed = [cell for cell in cells if cell.seconds_codec and seconds.get(cell.utterance)]
    spoken = sum(seconds[cell.utterance] for cell in timed)
    return sum(cell.seconds_codec or 0.0 for cell in timed) / spoken if spoken else None


def _figure(name: str, setup: SetupRecord, cells: Sequence[Cell], seconds: dict[str, float]) -> Figure:
    if name == REAL_TIME:
        factor = real_time_factor(cells, seconds)
        return Figure(name, "\N{EN DASH}" if factor is None else f"{factor:.2g}", factor)
    found = setup.corpus.get(name) or _of_cells(name, cells)
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
    return f"{row.head} ({row.unit})" if row.over is None and row.unit else row.head


def _about(name: str) -> str:
    row = metric(name)
    return f"{row.label}: {row.about}" + ("; the largest over all utterances" if row.over is None else "")
