"""
`index.html` of a run: one page that works from the disk, offline, with nothing fetched.

In a folder, each cell's data is a small script under `page/cells/` (a page opened from the disk may load scripts, but
not fetch files), and pictures lie beside them. In a single file all of it is inside the page.
"""

import base64
import secrets
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import RecordInvalid
from harness.files import no_links, write_pieces, write_whole
from harness.files.places import portable
from harness.metrics.catalogue import METRICS, order
from harness.record import RunRecord, Scalar, SetupRecord
from harness.report import wiring_svg
from harness.report.alike import by_output
from harness.report.compare import ChangeKind, changes, grouped, other_weights
from harness.report.conclusion import conclusions
from harness.report.embed import script_json
from harness.report.expect import (
    LETTERS,
    MEANINGS,
    NOT_ACCEPTED,
    first_told,
    gate_reasons,
    one_sided,
    reasons,
    shortfall,
    why,
)
from harness.report.facts import named, what_was_run
from harness.report.figures import Figure, columns, figures
from harness.report.media import Media
from harness.report.reading import Read, read
from harness.report.side_by_side import as_csv, as_json, side_by_side
from harness.report.survey import Choice, Survey
from harness.report.svg import Drawing
from harness.report.tables import change, corpus, differs
from harness.report.templating import check_installed, fill, static
from harness.report.view import ShownRun, View
from harness.report.wiring_words import wirings
from harness.verdict import expected

MOST_TELLING = Choice()
MOST_CHANGES = 1000  # that a page lists; compare.json has all
COMPARED = ("delay_ms", "gain_db")  # what no score hears
_NEEDED = ("jinja2", "PIL")
_SCRIPTS = (
    "start",
    "sound",
    "preview",
    "matrix",
    "every",
    "sortable",
    "timeline",
    "cell",
    "listen",
    "rate",
    "strips",
    "route",
)


@dataclass(frozen=True)
class _Row:
    """A setup as the matrix and its own section show it."""

    index: int
    setup: SetupRecord
    drawing: Drawing | None
    expected: str
    shortfall: str
    differs: list[tuple[str, Scalar, Scalar]]
    corpus: list[dict[str, str | None]]
    cells: list[dict[str, Any] | None]
    figures: list[Figure]
    heard: int | None  # the number of its worst cell, or of its first


Other = Path | RunRecord | ShownRun


def render(
    run_folder: Path,
    *,
    against: Other | Sequence[Other] | None = None,
    single_file: bool = False,
    choice: Choice = MOST_TELLING,
) -> Path:
    """
    Write `index.html` for the run in *run_folder* and return its path.

    against : another run that this one is compared with: its folder, its `run.json`, or a record without audio, such as
        `harness.gate.as_record` makes of a baseline; of several, the first is what changes are told against
    single_file : put audio, pictures and data inside `report.html`, and write nothing else
    choice : which cells of a large run can be opened, with sound and pictures
    Raises `RecordInvalid` if there is nothing to show, `NotWritable` if the page cannot be written, `MissingExtra` if a
    library that the report needs is not installed.
    """
    check_installed(*_NEEDED)
    no_links(run_folder)
    found = read(run_folder)
    given = [] if against is None else against if isinstance(against, Sequence) else [against]
    others = [_other(run_folder, one) for one in given]
    media = Media(run_folder, single_file)
    survey = Survey(found.record)
    shown = survey.shown(choice)
    view = View(ShownRun(shown, run_folder, named(found.record)), next(iter(others), None), media)
    path = run_folder / ("report.html" if single_file else "index.html")
    try:
        data = _cells(view, run_folder, single_file)
        compared = _compared([found.record, *(one.record for one in others)], run_folder, single_file)
        html = fill("index.html", **_context(found, survey, view, data, single_file), **compared)
        write_whole(path, html)
    except OSError as error:
        raise RecordInvalid(f"{path}: the report cannot be made ({error}); copy the run") from error
    return path


def _other(run_folder: Path, against: Other) -> ShownRun:
    if isinstance(against, ShownRun):
        return against
    if isinstance(against, RunRecord):
        return ShownRun(against, run_folder, named(against))
    folder = against.parent if against.is_file() else against
    if folder.resolve() == run_folder.resolve():
        raise RecordInvalid(f"{against}: that is the run itself; compare with another run")
    record = read(folder).record
    return ShownRun(record, folder, named(record))


def _compared(records: list[RunRecord], folder: Path, single: bool) -> dict[str, Any]:
    """Write the comparison as CSV and JSON beside the page, or put it into a single one."""
    if len(records) == 1:
        return {"beside": None, "files": {}}
    made = {"compare.csv": ("text/csv", as_csv(records)), "compare.json": ("application/json", as_json(records))}
    files = {}
    for name, (kind, pieces) in made.items():
        if single:
            files[name] = f"data:{kind};base64,{base64.b64encode(''.join(pieces).encode()).decode()}"
        else:
            write_pieces(folder / "page" / name, (piece.encode(errors="replace") for piece in pieces))
            files[name] = f"page/{name}"
    return {"beside": side_by_side(records), "files": files}


def _cells(view: View, folder: Path, single: bool) -> list[str]:
    """Write each cell's data beside the page, or return it for a single file."""
    inside: list[str] = []
    for number, cell in enumerate(view.each()):
        data = script_json(view.cell(cell))
        if single:
            inside.append(data)
        else:
            write_whole(folder / "page" / "cells" / f"{number}.js", f"report.receive({number},{data})\n")
    return inside


def _context(found: Read, survey: Survey, view: View, data: list[str], single: bool) -> dict[str, Any]:
    record = found.record
    shown = columns([(record, survey.tallies)])
    numbers = figures(record, survey.tallies, shown)
    some = len(view.cells) < len(record.cells)
    rows = [_row(index, setup, view, numbers[setup.name]) for index, setup in enumerate(record.setups)]
    found_changes = changes(record, view.against.record) if view.against else None
    return {
        "record": record,
        "view": view,
        "shown": view.record.utterances,
        "some": some,
        "folder": shlex.quote(portable(str(view.now.folder))),
        "every": script_json(survey.told()) if some else "",
        "tallies": survey.tallies,
        "rows": rows,
        "unmet": _broken(rows, record, some=some),
        "explained": {
            setup: (utterance, told) for (setup, utterance), told in reversed(record.cells.explanations.items())
        },
        "what": what_was_run(record),
        "conclusions": conclusions(record),
        "columns": shown,
        "why": why,
        "wirings": wirings(record),
        "reasons": reasons,
        "gate_reasons": gate_reasons,
        "one_sided": one_sided,
        "not_accepted": NOT_ACCEPTED,
        "counts": view.counts(),
        "most_changes": MOST_CHANGES,
        "letters": {str(verdict): letter for verdict, letter in LETTERS.items()},
        "meanings": {str(verdict): meaning for verdict, meaning in MEANINGS.items()},
        "notices": [portable(notice) for notice in (*found.notices, *view.media.missing)],
        "missing_cells": len(record.setups) * len(record.utterances) - len(record.cells),
        "changes": found_changes,
        "other_weights": other_weights(record, view.against.record) if view.against else [],
        "kinds": list(ChangeKind),
        "since": Counter(change.label for change in found_changes or []),
        "groups": grouped(found_changes or []),
        "compared_columns": order({row.name for row in METRICS.values() if row.headline or row.name in COMPARED}),
        "change_of": change,
        "overview": script_json(view.overview() | {"single": single}),
        "data": data,
        "sounds": view.media.sounds,
        "style": static("base.css", "run.css"),
        "scripts": [(name, static(f"{name}.js")) for name in _SCRIPTS],
        "accept": f"codec-harness baseline accept {shlex.quote(portable(str(view.now.folder)))}",
        "nonce": secrets.token_urlsafe(12),
        "single": single,
    }


def _row(index: int, setup: SetupRecord, view: View, numbers: list[Figure]) -> _Row:
    cells: list[dict[str, Any] | None] = []
    for cell in view.strips(setup):
        if cell is None:
            cells.append(None)
        else:
            number = view.number(cell.setup, cell.utterance)
            cells.append({"cell": cell, "letter": LETTERS[cell.verdict], "number": number})
    heard = view.number(setup.name, setup.worst_utterance) if setup.worst_utterance is not None else None
    first = next((item["number"] for item in cells if item is not None), None)
    differing = differs(setup, view.setups.get(setup.reference))
    return _Row(
        index,
        setup,
        wiring_svg.draw(setup, view.setups.get(setup.reference)),
        expected(setup.expectation),
        "" if setup.met else shortfall(setup),
        differing,
        corpus(setup),
        cells,
        numbers,
        first if heard is None else heard,
    )


def _broken(rows: list[_Row], record: RunRecord, *, some: bool) -> list[tuple[_Row, list[_Row]]]:
    """Return what is not what it must be, and with each the others of the same output, if all cells are on the page."""
    of = {row.setup.name: row for row in rows}
    setups = sorted((row.setup for row in rows if not row.setup.met), key=first_told)
    groups = ([setup] for setup in setups) if some else by_output(setups, record)
    return [(of[first.name], [of[other.name] for other in others]) for first, *others in groups]
