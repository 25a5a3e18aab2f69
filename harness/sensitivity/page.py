"""The page: the worst blind spots first, each with its curve, then advice, then everything."""

from dataclasses import dataclass
from itertools import pairwise

from harness.gate.text import counted
from harness.report.svg import Drawing, Shape, rect, text
from harness.report.templating import fill, static
from harness.runtime.version import __version__
from harness.sensitivity.layers import Layer
from harness.sensitivity.record import FaultRecord, PointRecord, SensitivityRecord, SubjectRecord
from harness.sensitivity.text import SHOWN, lines, ordered, percent, size

WIDTH, HEIGHT, LEFT, TOP, LOW = 520.0, 150.0, 40.0, 10.0, 34.0
HEARD = {
    "a": "nobody hears it",
    "?": "some hear it",
    "d": "all hear it",
    "!": "all hear it, maybe as other words",
    "c": "other words",
    "*": "what is heard depends on the codec",
}
STYLE = """
.curve { width: 100%; max-width: 34rem; height: auto; display: block; }
.curve text { fill: var(--text, currentColor); font-size: 11px; }
.curve .axis { stroke: currentColor; stroke-opacity: 0.3; }
.curve .interval { stroke: var(--accent); stroke-opacity: 0.45; stroke-width: 5; }
.curve .line { stroke: var(--accent); stroke-width: 2; fill: none; }
.curve .dot { fill: var(--accent); }
.curve .audible { fill: var(--alarm); fill-opacity: 0.08; }
.alarm { color: var(--alarm); }
td.number, th.number { text-align: right; }
"""


@dataclass(frozen=True)
class FaultShown:
    """A fault as the page shows it."""

    fault: FaultRecord
    curve: Drawing | None
    sizes: tuple[str, ...]


def page(record: SensitivityRecord) -> str:
    """Return the page, whole in one file."""
    return fill(
        "sensitivity.html",
        record=record,
        told=[(subject, lines(subject), _told(subject)) for subject in record.subjects],
        layers=SHOWN,
        percent=percent,
        counted=counted,
        style=static("base.css") + STYLE,
        version=__version__,
    )


def _told(subject: SubjectRecord) -> list[FaultShown]:
    return [
        FaultShown(fault, curve(fault) if fault.points else None, tuple(size(fault, str(layer)) for layer in Layer))
        for fault in ordered(subject)
    ]


def curve(fault: FaultRecord) -> Drawing:
    """Draw how often the suite notices each size that was probed, with 95 % intervals, over the sizes in order."""
    points = fault.points
    wide = (WIDTH - LEFT - 20) / max(1, len(points))
    places = [(LEFT + wide * (at + 0.5), point) for at, point in enumerate(points)]
    shapes: list[Shape] = [
        rect(x - wide / 2, TOP, wide, HEIGHT - TOP - LOW, "audible") for x, point in places if point.heard in "d!c"
    ]
    for share in (0.0, 0.5, 1.0):
        y = _height(share)
        shapes.append(_line(LEFT, y, WIDTH - 20, y, "axis"))
        shapes.append(text(LEFT - 4, y + 4, f"{share:.0%}", "end"))
    shapes += [_line(x, _height(point.suite.low), x, _height(point.suite.high), "interval") for x, point in places]
    for (x, point), (then, after) in pairwise(places):
        shapes.append(_line(x, _height(point.suite.value), then, _height(after.suite.value), "line"))
    for x, point in places:
        shapes.append(_dot(x, point))
        shapes.append(text(x, HEIGHT - LOW + 16, f"{point.size:g}", "middle"))
    shapes.append(text(WIDTH - 20, HEIGHT - 4, fault.unit or "planted", "end"))
    said = "; ".join(f"{point.size:g} {fault.unit}: {percent(point.suite)}" for point in points)
    return Drawing(WIDTH, HEIGHT, f"{fault.name}, noticed: {said}", tuple(shapes), "curve")


def _height(share: float) -> float:
    return HEIGHT - LOW - share * (HEIGHT - TOP - LOW)


def _line(x: float, y: float, then: float, there: float, kind: str) -> Shape:
    ends = {"x1": f"{x:.1f}", "y1": f"{y:.1f}", "x2": f"{then:.1f}", "y2": f"{there:.1f}"}
    return Shape("line", {**ends, "class": kind})


def _dot(x: float, point: PointRecord) -> Shape:
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in point.verdicts.items())
    failed = f"; the codec failed in {point.failed} of them" if point.failed else ""
    said = f"{point.size:g}: noticed {percent(point.suite)}{failed}; {verdicts}; {HEARD[point.heard]}"
    place = {"cx": f"{x:.1f}", "cy": f"{_height(point.suite.value):.1f}", "r": "4", "class": "dot"}
    return Shape("circle", place, title=said)
