"""Pictures of a search, as SVG: a history with a measurement and its change points; factors by probes."""

from html import escape

from harness.bisect.answer.record import FactorsRecord, ProbeRecord, VersionsRecord

GOOD, BAD, SKIP, UNKNOWN = "var(--good)", "var(--bad)", "var(--skip)", "var(--none)"  # of the page, light or dark
FILL = {"good": GOOD, "bad": BAD, "skip": SKIP}
MARK = {"good": "good", "bad": "BAD", "skip": "skipped"}
LONGEST = 24  # letters of a version's name that are drawn
SCALES = {"stoi": (0.0, 1.0), "pesq_wb": (1.0, 4.64), "wer": (1.0, 0.0)}  # worst and best; the best is drawn on top


def history(record: VersionsRecord) -> str:
    """Return versions on the x axis and the measurement that most probes have on the y axis."""
    probes = [version.probe for version in record.versions if version.probe is not None]
    names = sorted(SCALES, key=lambda name: -sum(_value(probe, name) is not None for probe in probes))
    name = names[0]
    worst, best = SCALES[name]
    step = max(36, min(120, 900 // len(record.versions)))
    width, left, top, deep = 110 + step * len(record.versions), 70, 24, 170
    height = top + deep + 34 + 4 * max(min(LONGEST, len(version.name)) for version in record.versions)

    def y(value: float) -> float:
        return top + deep * (best - value) / (best - worst)

    def x(index: int) -> float:
        return left + step * (index + 0.5)

    parts = [_text(8, top + deep / 2, _title(name), "start"), _text(left - 6, top + 4, f"{best:g}", "end")]
    parts += [_text(left - 6, top + deep + 4, f"{worst:g}", "end"), _line(left, top + deep, width - 10, top + deep)]
    places = {version.name: index for index, version in enumerate(record.versions)}
    for change in record.changes:
        start, stop = x(places[change.before]), x(places[change.after])
        colour = FILL[change.becomes]
        parts.append(
            f'<rect x="{start:.1f}" y="{top}" width="{stop - start:.1f}" height="{deep}" '
            f'style="fill:{colour}" opacity="0.15"/>'
        )
        said = "breaks" if change.becomes == "bad" else "mended"
        parts.append(_text((start + stop) / 2, top - 8, said, "middle", colour))
    for index, version in enumerate(record.versions):
        parts.append(_name(x(index), top + deep + 14, version.name))
        if version.probe is None:
            parts.append(_dot(x(index), top + deep, UNKNOWN, f"{version.name}: not probed", hollow=True))
            continue
        value = _value(version.probe, name)
        at = y(min(max(value, min(worst, best)), max(worst, best))) if value is not None else top
        exact = "" if value is None else f", {_title(name)} {value:.3g}"
        said = f"{version.name}: {version.probe.judgement}{exact}; {version.probe.reason}"
        parts.append(_dot(x(index), at, FILL[version.probe.judgement], said, hollow=value is None))
        parts.append(_text(x(index), at - 9, MARK[version.probe.judgement], "middle", FILL[version.probe.judgement]))
    return _svg(width, height, parts, "the history: probed versions, what was measured, and where it changes")


def factors(record: FactorsRecord) -> str:
    """Return one row for each factor and one column for each probe: filled where the factor has its bad value."""
    names = [factor.factor for factor in record.factors]
    left, cell, top = 20 + 8 * max(map(len, names)), 26, 44
    width, height = left + cell * len(record.probes) + 90, top + cell * (len(names) + 1) + 8
    parts = [_text(left - 8, top + cell * (row + 0.65), name, "end") for row, name in enumerate(names)]
    guilty = {name for cause in record.causes for name in cause.factors}
    for column, probe in enumerate(record.probes):
        x = left + cell * column
        parts.append(_text(x + cell / 2, top - 8, str(column + 1), "middle"))
        for row, name in enumerate(names):
            at_bad = name in probe.point
            fill = (FILL[probe.judgement] if name in guilty else UNKNOWN) if at_bad else "none"
            parts.append(
                f'<rect x="{x + 2}" y="{top + cell * row + 2}" width="{cell - 4}" height="{cell - 4}" rx="3" '
                f'style="fill:{fill};stroke:{UNKNOWN}">'
                f"<title>{escape(name)} is {'bad' if at_bad else 'good'}</title></rect>"
            )
        letter = {"good": "+", "bad": "\N{MULTIPLICATION SIGN}"}.get(probe.judgement, "?")
        bottom = top + cell * (len(names) + 0.7)
        parts.append(_text(x + cell / 2, bottom, letter, "middle", FILL[probe.judgement], probe.reason))
    parts.append(_text(left - 8, top + cell * (len(names) + 0.7), "judged", "end"))
    parts.append(_text(left - 8, top - 8, "probe", "end"))
    said = "factors by probes: filled where a factor has its bad value; the last row is what was judged"
    return _svg(width, height, parts, said)


def _value(probe: ProbeRecord, name: str) -> float | None:
    measurement = probe.figures.get(name)
    return None if measurement is None else measurement.value


def _title(name: str) -> str:
    return {"stoi": "STOI", "pesq_wb": "PESQ-WB", "wer": "WER"}[name]


def _svg(width: float, height: float, parts: list[str], said: str) -> str:
    style = "font-family:system-ui,sans-serif;font-size:12px"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'role="img" aria-label="{escape(said)}" style="{style}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str, fill: str = "currentColor", title: str = "") -> str:
    inside = escape(text) + (f"<title>{escape(title)}</title>" if title else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="fill:{fill}">{inside}</text>'


def _name(x: float, y: float, name: str) -> str:
    return (
        f'<text transform="translate({x:.1f},{y:.1f}) rotate(35)" fill="currentColor">{escape(name[:LONGEST])}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" style="stroke:{UNKNOWN}"/>'


def _dot(x: float, y: float, fill: str, title: str, *, hollow: bool) -> str:
    inside = "none" if hollow else fill
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" style="fill:{inside};stroke:{fill}" stroke-width="2">'
        f"<title>{escape(title)}</title></circle>"
    )
