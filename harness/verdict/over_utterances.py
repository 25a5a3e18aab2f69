"""
Figures over all utterances of a setup: means, their change against the reference setup, and how sure that change is.

A change is paired: the same utterance through both setups. The interval is a bias-corrected bootstrap over utterances
at 95 %. Word errors are summed before they are divided; rates are never averaged.
"""

from array import array

import numpy as np

from harness.metrics.catalogue import METRICS, Rows
from harness.metrics.metric import Metric, Over
from harness.metrics.words import Errors, rates, word_error_rate
from harness.record import Cell, Measurement, Measurements, Transcript, value
from harness.verdict.interval import interval

NONE_READ = (
    "the recogniser can read no utterance uncoded, so no words could be judged; give [scores] the language that is "
    "spoken and an asr model that reads it, or asr = false to do without words"
)
AVERAGED = Rows(lambda row: row.over is Over.MEAN)
POOLED = [row.name for row in METRICS.values() if row.over is Over.POOLED]


def is_readable(floor: Transcript, unreadable: float) -> bool:
    """Tell whether the recogniser gets enough of the uncoded speech right to say anything about words."""
    share = word_error_rate([floor]).value
    return share is not None and share <= unreadable


class CorpusFigures:
    """
    The figures of one setup, of cells that are added one by one; of each, only numbers are held.

    A mean over utterances of which some are undefined is undefined too, and says how many: leaving the worst ones out
    would flatter the setup. An utterance of which more than the share *unreadable* is wrong uncoded says nothing about
    words, and is left out of the error rates.
    """

    def __init__(self, unreadable: float) -> None:
        self._means = [_Mean(row) for row in AVERAGED]
        self._words = _Words(unreadable)

    def add(self, cell: Cell, reference: Cell | None, floor: Transcript | None) -> None:
        """Add a cell, that of its reference setup, and what the recogniser makes of the uncoded speech."""
        before = reference.measurements if reference is not None else {}
        for mean in self._means:
            mean.add(cell.measurements, before)
        self._words.add(cell, floor)

    def found(self) -> Measurements:
        """Return the figures of what was added so far."""
        figures: Measurements = {}
        for mean in self._means:
            figures |= mean.found()
        return figures | self._words.found()


class _Mean:
    """A metric's values and their changes."""

    def __init__(self, row: Metric) -> None:
        self._row = row
        self._values, self._changes = array("d"), array("d")
        self._count, self._there = 0, False

    def add(self, measured: Measurements, before: Measurements) -> None:
        name = self._row.name
        self._count += 1
        self._there = self._there or name in measured
        now, then = value(measured, name), value(before, name)
        if now is not None:
            self._values.append(now)
            if then is not None:
                self._changes.append(now - then)

    def found(self) -> Measurements:
        """Return the mean, and its change with its interval where every utterance has one; nothing if not measured."""
        name, unit, lost = self._row.name, self._row.unit, self._count - len(self._values)
        if not self._there:
            return {}
        if lost:
            return {name: Measurement.missing(f"undefined for {lost} of {self._count} utterances")}
        found = {name: Measurement.of(float(np.mean(self._values)), unit)}
        if len(self._changes) < self._count:
            return found
        low, high = interval(self._changes, unit)
        change = Measurement.of(float(np.mean(self._changes)), unit)
        return found | {f"{name}_change": change, f"{name}_change_low": low, f"{name}_change_high": high}


class _Words:
    """Word errors: of all utterances, and of those that the recogniser can read uncoded."""

    def __init__(self, unreadable: float) -> None:
        self._unreadable = unreadable
        self._asked = False
        self._count = self._heard = self._paired = self._read = 0
        self._all, self._readable, self._uncoded = Errors(), Errors(), Errors()

    def add(self, cell: Cell, floor: Transcript | None) -> None:
        self._count += 1
        self._asked = self._asked or "wer" in cell.measurements
        if cell.transcript is None:
            return
        errors = Errors.of(cell.transcript)
        self._heard += 1
        self._all = self._all.plus(errors)
        if floor is None:
            return
        self._paired += 1
        if is_readable(floor, self._unreadable):
            self._read += 1
            self._readable, self._uncoded = self._readable.plus(errors), self._uncoded.plus(Errors.of(floor))

    def found(self) -> Measurements:
        """Return the error rates, or why there are none; nothing if words were not scored."""
        if not self._asked:
            return {}
        if self._heard < self._count:
            lost = f"{self._count - self._heard} of {self._count} utterances have no transcript"
            return dict.fromkeys(POOLED, Measurement.missing(lost))
        if self._paired < self._heard:
            lacking = f"{self._heard - self._paired} of {self._heard} utterances have no uncoded speech to be read"
            uncoded = dict.fromkeys(("wer_floor", "wer_excess"), Measurement.missing(lacking))
            return rates(self._all, self._all) | uncoded
        if not self._read:
            return dict.fromkeys(POOLED, Measurement.missing(NONE_READ))
        return rates(self._readable, self._uncoded)
