"""The page of a history: what changes, each with its line over the releases."""

from dataclasses import dataclass

from harness.gate.trends.findings import ReleaseHistory, Trend, words
from harness.report.templating import fill, static
from harness.runtime.version import __version__

WIDTH, HEIGHT, EDGE = 640, 140, 12
STYLE = """
.chart { width: 100%; max-width: 44rem; height: auto; display: block; }
.chart polyline { fill: none; stroke: var(--accent); stroke-width: 2; }
.chart circle { fill: var(--accent); }
.chart .step { stroke: var(--alarm); stroke-dasharray: 4 3; }
.alarm { color: var(--alarm); }
"""


@dataclass(frozen=True)
class Chart:
    """A line of values in a box of `WIDTH` by `HEIGHT`: points, and where a step is; None if there is none."""

    points: tuple[tuple[float, float], ...]
    step: float | None
    lowest: str
    highest: str


def page(found: ReleaseHistory, alpha: float) -> str:
    """Return the page of a history, whole in one file."""
    return fill(
        "history.html",
        found=found,
        told=[(trend, words(trend, found.releases), chart(trend)) for trend in found.trends],
        alpha=alpha,
        width=WIDTH,
        height=HEIGHT,
        style=static("base.css") + STYLE,
        version=__version__,
    )


def chart(trend: Trend) -> Chart:
    """Return the line of a measurement over the releases."""
    values = trend.series.values
    low, high = min(values), max(values)
    wide = (WIDTH - 2 * EDGE) / (len(values) - 1)
    tall = (HEIGHT - 2 * EDGE) / ((high - low) or 1.0)
    points = tuple((EDGE + at * wide, HEIGHT - EDGE - (value - low) * tall) for at, value in enumerate(values))
    step = None if trend.change.at is None else EDGE + (trend.change.at - 0.5) * wide
    return Chart(points, step, f"{low:.4g}", f"{high:.4g}")
