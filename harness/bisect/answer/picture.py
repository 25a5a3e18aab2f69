"""Pictures of a search: a history with a measurement and its change points; factors by probes."""

from harness.bisect.answer.record import ChangeRecord, FactorsRecord, VersionRecord, VersionsRecord
from harness.bisect.search import Judged
from harness.metrics.catalogue import METRICS, metric
from harness.metrics.text import number
from harness.record import value
from harness.report.svg import Drawing, Shape, rect, text

MARK = {Judged.GOOD: "good", Judged.BAD: "BAD", Judged.SKIP: "skipped"}
LETTER = {Judged.GOOD: "+", Judged.BAD: "\N{MULTIPLICATION SIGN}", Judged.SKIP: "?"}
LONGEST = 24  # letters of a version's name that are drawn
AXES = {row.name: row.axis for row in METRICS.values() if row.headline and row.axis is not None}  # the best on top
KIND = "search"
_LEFT, _TOP, _DEEP = 70, 24, 170  # of the plot of a history
_CELL, _ROOF = 26, 44  # of the grid of probes


def history(record: VersionsRecord) -> Drawing:
    """Return versions on the x axis and the measurement that most probes have on the y axis."""
    probes = [version.probe for version in record.versions if version.probe is not None]
    name = max(AXES, key=lambda name: sum(value(probe.figures, name) is not None for probe in probes))
    worst, best = AXES[name]
    step = max(36, min(120, 900 // len(record.versions)))
    width, floor = 110 + step * len(record.versions), _TOP + _DEEP
    places = {version.name: _LEFT + step * (index + 0.5) for index, version in enumerate(record.versions)}
    axis = Shape("line", {"x1": str(_LEFT), "y1": str(floor), "x2": str(width - 10), "y2": str(floor), "class": "none"})
    shapes = [text(8, _TOP + _DEEP / 2, metric(name).head), text(_LEFT - 6, _TOP + 4, f"{best:g}", "end")]
    shapes += [text(_LEFT - 6, floor + 4, f"{worst:g}", "end"), axis]
    shapes += [shape for change in record.changes for shape in _changing(change, places)]
    shapes += [shape for version in record.versions for shape in _version(version, name, places[version.name])]
    height = floor + 34 + 4 * max(min(LONGEST, len(version.name)) for version in record.versions)
    said = "the history: probed versions, what was measured, and where it changes"
    return Drawing(width, height, said, tuple(shapes), KIND)


def _changing(change: ChangeRecord, places: dict[str, float]) -> tuple[Shape, Shape]:
    start, stop = places[change.before], places[change.after]
    said = "breaks" if change.becomes is Judged.BAD else "fixed"
    return (
        rect(start, _TOP, stop - start, _DEEP, f"change {change.becomes}"),
        text((start + stop) / 2, _TOP - 8, said, "middle", change.becomes),
    )


def _version(version: VersionRecord, name: str, x: float) -> list[Shape]:
    turned = {"transform": f"translate({x:.1f},{_TOP + _DEEP + 14}) rotate(35)"}
    called, probe = Shape("text", turned, version.name[:LONGEST]), version.probe
    if probe is None:
        return [called, _dot(x, _TOP + _DEEP, "none", f"{version.name}: not probed", hollow=True)]
    found = value(probe.figures, name)
    y, exact = float(_TOP), ""
    if found is not None:
        worst, best = AXES[name]
        y += _DEEP * min(max((best - found) / (best - worst), 0.0), 1.0)
        exact = f", {metric(name).head} {number(name, found)}"
    said = f"{version.name}: {probe.judgement}{exact}; {probe.reason}"
    mark = text(x, y - 9, MARK[probe.judgement], "middle", probe.judgement)
    return [called, _dot(x, y, probe.judgement, said, hollow=found is None), mark]


def factors(record: FactorsRecord) -> Drawing:
    """Return one row for each factor and one column for each probe: filled where the factor has its bad value."""
    names = [factor.factor for factor in record.factors]
    guilty = {name for cause in record.causes for name in cause.factors}
    left, bottom = 20 + 8 * max(map(len, names)), _ROOF + _CELL * (len(names) + 0.7)
    shapes = [text(left - 8, _ROOF + _CELL * (row + 0.65), name, "end") for row, name in enumerate(names)]
    for column, probe in enumerate(record.probes):
        x = left + _CELL * column
        shapes.append(text(x + _CELL / 2, _ROOF - 8, str(column + 1), "middle"))
        for row, name in enumerate(names):
            at_bad = name in probe.point
            kind = (probe.judgement if name in guilty else "none") if at_bad else "empty"
            title = f"{name} is {'bad' if at_bad else 'good'}"
            y = _ROOF + _CELL * row
            shapes.append(rect(x + 2, y + 2, _CELL - 4, _CELL - 4, f"cell {kind}", corner=3, title=title))
        shapes.append(
            text(x + _CELL / 2, bottom, LETTER[probe.judgement], "middle", probe.judgement, title=probe.reason)
        )
    shapes += [text(left - 8, bottom, "judged", "end"), text(left - 8, _ROOF - 8, "probe", "end")]
    said = "factors by probes: filled where a factor has its bad value; the last row is what was judged"
    width, height = left + _CELL * len(record.probes) + 90, _ROOF + _CELL * (len(names) + 1) + 8
    return Drawing(width, height, said, tuple(shapes), KIND)


def _dot(x: float, y: float, kind: str, title: str, *, hollow: bool) -> Shape:
    kind = f"{kind} hollow" if hollow else kind
    return Shape("circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "5", "class": kind}, title=title)
