"""
The numbers of each setup in the overview and in comparisons: means and totals, the largest delay, real-time factors.

Every column is a row of the table of metrics, and so is written as everywhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.metrics.catalogue import Rows, metric, order
from harness.metrics.metric import Better, Over
from harness.metrics.text import UNITLESS, text
from harness.record import Cell, Measurement, RunRecord, SetupRecord, Verdict
from harness.report.tables import typeset

BESIDE_HEADLINES = ("wer_excess", "delay_ms", "encode_rtf", "decode_rtf")
BESIDE_RECORD = Rows(lambda row: row.headline or row.name in BESIDE_HEADLINES)


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


class Tally:
    """
    What the cells of one setup come to, added one by one: verdicts counted, and the numbers that are shown of it.

    The mean over cells of what has one, else what is furthest from nothing; undefined only if all are.
    """

    def __init__(self) -> None:
        self._shown = [row.name for row in BESIDE_RECORD]
        self.names = set[str]()
        self.verdicts = Counter[Verdict]()
        self._sums, self._known = dict.fromkeys(self._shown, 0.0), Counter[str]()
        self._furthest: dict[str, Measurement] = {}

    def add(self, cell: Cell) -> None:
        """Add a cell."""
        self.verdicts[cell.verdict] += 1
        self.names |= cell.measurements.keys()
        for name in self._shown:
            if (one := cell.measurements.get(name)) is None:
                continue
            if one.value is not None:
                self._sums[name] += one.value
                self._known[name] += 1
            if name not in self._furthest or _far(one) > _far(self._furthest[name]):
                self._furthest[name] = one

    def figure(self, name: str) -> Measurement | None:
        """
        Return one of the numbers; None if no cell has it.

        Totals of words are made by the run alone: a record without them, such as a baseline's, has none.
        """
        if metric(name).over is Over.POOLED:
            return None
        if metric(name).over is Over.MEAN and self._known[name]:
            return Measurement.of(self._sums[name] / self._known[name], metric(name).unit)
        return self._furthest.get(name)


def tallies(record: RunRecord) -> dict[str, Tally]:
    """Return what the cells of each setup of *record* come to; each cell is read once."""
    found = {setup.name: Tally() for setup in record.setups}
    for name, tally in found.items():
        for cell in record.cells.of_setup(name):
            tally.add(cell)
    return found


def columns(records: Sequence[tuple[RunRecord, Mapping[str, Tally]]]) -> list[Column]:
    """Return the columns that any of *records*, each with its tallies, has a value for, in reading order."""
    had = {name for record, _ in records for setup in record.setups for name in (*setup.corpus, *setup.timing)}
    each = [tally for _, found in records for tally in found.values()]
    had |= {name for tally in each for name in tally.names if metric(name).over is not Over.POOLED}
    wanted = {row.name for row in BESIDE_RECORD} & had
    return [Column(row.name, _head(row.name), _about(row.name), row.better) for row in order(wanted)]


def figures(record: RunRecord, found: Mapping[str, Tally], wanted: Sequence[Column]) -> dict[str, list[Figure]]:
    """Return the figures of each setup of *record*, whose tallies were *found*, one for each column *wanted*."""
    return {
        setup.name: [_figure(column.name, setup, found[setup.name]) for column in wanted] for setup in record.setups
    }


def _figure(name: str, setup: SetupRecord, tally: Tally) -> Figure:
    found = setup.corpus.get(name) or setup.timing.get(name) or tally.figure(name)
    if found is None:
        return Figure(name, "\N{EN DASH}", None)
    return Figure(name, typeset(text(name, found)), found.value, found.undefined or "")


def _far(one: Measurement) -> float:
    return -1.0 if one.value is None else abs(one.value)


def _head(name: str) -> str:
    row = metric(name)
    return f"{row.head} ({row.unit})" if row.over is None and row.unit not in UNITLESS else row.head


def _about(name: str) -> str:
    row = metric(name)
    return f"{row.label}: {row.about}" + ("; the largest over all utterances" if row.over is None else "")
