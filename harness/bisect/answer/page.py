"""
The page of a search: the answer in words, its picture, the tables, and good and bad to listen to side by side.

The audio comes from an ordinary run of a few points (both ends, causes, the fix) through the pipeline, in the same
folder; its own report is linked.
"""

from collections.abc import Mapping
from pathlib import Path

from harness.bisect.answer import picture
from harness.bisect.answer.phrases import shown
from harness.bisect.answer.record import SearchRecord
from harness.bisect.probe.asking import Inquiry
from harness.codecs.spec import CodecSpec, same_value
from harness.files import no_links, write_whole
from harness.record import Cells, RunRecord, save
from harness.report import Published, publish, published
from harness.report.templating import fill, static
from harness.runs.conditions import Conditions
from harness.runs.pipeline import run as run_suite
from harness.runs.preparing import Options
from harness.runs.suite import Suite
from harness.topology.setup import Configuration, Setup

HEARD = 2  # utterances to listen to


def publish_search(
    record: SearchRecord, points: Mapping[str, Configuration], inquiry: Inquiry, folder: Path
) -> tuple[SearchRecord, Published]:
    """
    Write `search.json`, `index.html`, and a run of *points* (the first one is the good end) with audio, into *folder*.

    Returns the record with the place of that run, and where the page is, or why there is none. Raises `NotWritable` if
    the record or the run cannot be written.
    """
    no_links(folder)
    save(folder / "search.json", record)  # before the audio: what was found must not be lost for want of that
    suite = listening_suite(points, inquiry.conditions, record.deciding[:HEARD])
    run, run_folder = run_suite(suite, folder, Options(repeat=False), traces=inquiry.traces)
    record = record.model_copy(update={"run": run_folder.name})
    save(folder / "search.json", record)
    reported = publish(run_folder).page is not None

    def make() -> Path:
        write_whole(folder / "index.html", page(record, run, reported=reported))
        return folder / "index.html"

    return record, published(make)


def page(record: SearchRecord, run: RunRecord | None, *, reported: bool = True) -> str:
    """Return the page as HTML, with the audio of *run*, which has a page of its own if it is *reported*."""
    return fill(
        "search.html",
        search=record,
        run=run,
        cells=run.cells if run is not None else Cells.of(()),
        reported=reported,
        picture=picture,
        shown=shown,
        style=static("base.css", "search.css"),
    )


def listening_suite(points: Mapping[str, Configuration], conditions: Conditions, utterances: tuple[str, ...]) -> Suite:
    """Return *points* as the setups of a suite, held against the first; *utterances* only, if there are any."""
    codecs: dict[str, CodecSpec] = {}
    setups = []
    good = next(iter(points))
    for name, point in points.items():
        kept = next((key for key, spec in codecs.items() if _same(spec, point.codec)), None)
        if kept is None:
            kept = point.codec.name if point.codec.name not in codecs else f"{point.codec.name}-{len(codecs)}"
            codecs[kept] = point.codec.model_copy(update={"name": kept})
        setups.append(Setup.bare(name, point.model_copy(update={"codec": codecs[kept]}), good))
    speech = conditions.speech.model_copy(update={"utterances": utterances or conditions.speech.utterances})
    return Suite(
        name="listen",
        speech=speech,
        codecs=codecs,
        setups=tuple(setups),
        scores=conditions.scores,
        tolerances=conditions.tolerances,
    )


def _same(one: CodecSpec, other: CodecSpec) -> bool:
    return one.adapter == other.adapter and same_value(one.options, other.options)
