"""
How far measurements moved between two runs, in tolerances; also what no score hears: delay, level, polarity, length.
"""

from dataclasses import dataclass

from harness.metrics.catalogue import METRICS, metric
from harness.metrics.metric import Better
from harness.report.tables import change
from harness.verdict import Tolerances

UNTOLERATED = 1.0  # of what may not change at all, one is a whole tolerance: a sample, a sign, a wrapped step
JUDGED = tuple(row for row in METRICS.values() if row.gated or (row.tolerance is not None and not row.unjudged))
UNITS = ("dB", "ms", "samples", "ppm", "words")  # that are said; scores have none


@dataclass(frozen=True)
class Moved:
    """A measurement that changed: *name*, *delta* (now minus before), and how many tolerances that is."""

    name: str
    delta: float
    tolerances: float

    @property
    def told(self) -> str:
        """It in words, such as "Delay +20.00 ms"."""
        row = metric(self.name)
        unit = f" {row.unit}" if row.unit in UNITS else ""
        if self.name == "polarity":
            return "polarity inverted" if abs(self.delta) > 1 else "polarity changed on the way"
        return f"{row.head} {change(self.name, self.delta)}{unit}"


def moves(deltas: dict[str, float], tolerances: Tolerances) -> list[Moved]:
    """Return how far each judged measurement of *deltas* moved for the worse, the furthest first."""
    found = []
    for row in JUDGED:
        delta = deltas.get(row.name, 0.0)
        lost = {Better.HIGHER: -delta, Better.LOWER: delta, None: abs(delta)}[row.better]
        if lost > 0:
            found.append(Moved(row.name, delta, lost / _slack(row.name, tolerances)))
    return sorted(found, key=lambda one: -one.tolerances)


def _slack(name: str, tolerances: Tolerances) -> float:
    if name == "word_errors":
        return max(1.0, tolerances.word_errors - 0.5)  # as many as it says are beyond it already
    return 0.5 if name == "polarity" else tolerances.of(name) or UNTOLERATED
