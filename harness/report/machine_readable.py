"""
What machines and pull requests read of a run: `junit.xml` (one test case per setup) and `summary.md`.
"""

import heapq
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from harness.files import write_whole
from harness.record import Cell, Cells, RunRecord, SetupRecord, Verdict
from harness.report.conclusion import conclusions
from harness.report.expect import first_told, reasons, shortfall
from harness.report.facts import what_was_run
from harness.runtime.text import in_markdown, loggable
from harness.verdict import expected

TOLD = 100  # cells of a setup that is not what it must be


def junit(record: RunRecord) -> str:
    """
    Return *record* as JUnit XML.

    A setup that misses its expectation or fails its gate is a failure, an undefined one an error; a baseline that
    cannot be compared with, or that has more setups, is a failing test case of its own.
    """
    against = record.gate.failures if record.gate is not None else ()
    suite = ElementTree.Element(
        "testsuite",
        name=loggable(record.name),
        tests=str(len(record.setups) + bool(against)),
        failures=str(sum(_fails(setup) for setup in record.setups) + bool(against)),
        errors=str(sum(_errs(setup) for setup in record.setups)),
        time=f"{record.seconds:.3f}",
        timestamp=loggable(record.provenance.created),
    )
    for setup in record.setups:
        cells, seconds = _worst_first(setup, record.cells)
        names = {"classname": loggable(f"{record.name}.{setup.codec}"), "name": loggable(setup.name)}
        case = ElementTree.SubElement(suite, "testcase", names, time=f"{seconds:.3f}")
        if not setup.met:
            kind = "error" if _errs(setup) else "failure"
            said = ": ".join([shortfall(setup), *reasons(setup)[:1]])
            failure = ElementTree.SubElement(case, kind, type=str(setup.verdict), message=loggable(said))
            failure.text = loggable(_detail(setup, cells, record.cells.count_of(setup.name)))
    if against:
        case = ElementTree.SubElement(suite, "testcase", classname=loggable(record.name), name="baseline")
        ElementTree.SubElement(case, "failure", type="baseline", message=loggable("; ".join(against)))
    root = ElementTree.Element("testsuites", name="codec-harness")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def summary(record: RunRecord) -> str:
    """Return *record* as Markdown for a pull request: the headline, what is not as it must be, and all setups."""
    lines = [f"# {in_markdown(record.headline)}", "", in_markdown(what_was_run(record)), ""]
    if not record.complete:
        lines += ["**The run was cut off; what follows is what it had finished.**", ""]
    lines += [f"- {in_markdown(note)}" for note in record.notes] + ([""] if record.notes else [])
    for codec, said in conclusions(record):
        lines += [f"**{in_markdown(codec)}** {in_markdown(' '.join(said))}", ""]
    unmet = sorted((setup for setup in record.setups if not setup.met), key=first_told)
    if unmet:
        lines += ["## Not as expected", ""]
        for setup in unmet:
            lines.append(f"- **{in_markdown(setup.name)}** {in_markdown(shortfall(setup))}")
            texts = {utterance: text for (of, utterance), text in record.cells.explanations.items() if of == setup.name}
            told = [texts[setup.worst_utterance]] if setup.worst_utterance in texts else list(texts.values())[:1]
            lines += [f"  - {in_markdown(reason)}" for reason in (*reasons(setup)[:3], *told)]
        lines.append("")
    lines += ["## Setups", "", "| | setup | verdict | expected | cells | masked |", "|---|---|---|---|---|---|"]
    for setup in record.setups:
        count = record.cells.count_of(setup.name)
        mark = "ok" if setup.met else "**NOT MET**"
        asked = in_markdown(expected(setup.expectation))
        lines.append(f"| {mark} | {in_markdown(setup.name)} | {setup.verdict} | {asked} | {count} | {setup.masked} |")
    made = f"{record.name}, {record.provenance.created}, codec-harness {record.provenance.harness}"
    lines += ["", f"{in_markdown(made)}; open `index.html` to listen."]
    return "\n".join(lines) + "\n"


def write_machine_readable(folder: Path, record: RunRecord) -> None:
    """Write `junit.xml` and `summary.md` of *record* into *folder*; raise `NotWritable` if that cannot be done."""
    for name, text in (("junit.xml", junit(record)), ("summary.md", summary(record))):
        write_whole(folder / name, text)


def _worst_first(setup: SetupRecord, cells: Cells) -> tuple[list[Cell], float]:
    """
    Return the cells of *setup* that are told, and the seconds in the codec of all.

    First the one that it is judged by, then those that fail their gates, then by verdict, at most `TOLD`.
    """
    seconds = 0.0

    def own() -> Iterator[Cell]:
        nonlocal seconds
        for cell in cells.of_setup(setup.name):
            seconds += cell.seconds_codec or 0.0
            yield cell

    def place(one: Cell) -> tuple[bool, bool, int]:
        return one.utterance != setup.worst_utterance, not one.gate, -one.verdict.rank

    return heapq.nsmallest(TOLD, own(), place), seconds


def _errs(setup: SetupRecord) -> bool:
    return not setup.met and setup.verdict is Verdict.UNDEFINED


def _fails(setup: SetupRecord) -> bool:
    return not setup.met and not _errs(setup)


def _detail(setup: SetupRecord, cells: list[Cell], count: int) -> str:
    lines = list(setup.reasons)
    for cell in cells:
        where = "" if cell.first_diverging_frame is None else f", first differs at frame {cell.first_diverging_frame}"
        masked = ", masked" if cell.masked else ""
        lines.append(f"{cell.utterance}: {cell.verdict}{masked}{where}: {cell.failure or '; '.join(cell.reasons)}")
        lines += [cell.localisation] if cell.localisation else []
    lines += [f"and {count - len(cells)} more utterances, which are no worse"] if count > len(cells) else []
    return "\n".join(lines)
