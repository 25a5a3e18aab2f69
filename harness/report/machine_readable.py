"""
What machines and pull requests read of a run: `junit.xml` (one test case per setup) and `summary.md`.
"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from harness.files import write_whole
from harness.record import Cell, RunRecord, SetupRecord, Verdict
from harness.report.conclusion import conclusions
from harness.report.expect import expected, first_told, shortfall
from harness.report.facts import what_was_run
from harness.runtime.text import in_markdown, loggable


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
        cells = _worst_first(setup, record.cells)
        seconds = sum(cell.seconds_codec or 0.0 for cell in cells)
        names = {"classname": loggable(f"{record.name}.{setup.codec}"), "name": loggable(setup.name)}
        case = ElementTree.SubElement(suite, "testcase", names, time=f"{seconds:.3f}")
        if not setup.met:
            kind = "error" if _errs(setup) else "failure"
            said = ": ".join([shortfall(setup), *setup.reasons[:1]])
            failure = ElementTree.SubElement(case, kind, type=str(setup.verdict), message=loggable(said))
            failure.text = loggable(_detail(setup, cells))
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
            told = [cell.localisation for cell in _worst_first(setup, record.cells) if cell.localisation]
            lines += [f"  - {in_markdown(reason)}" for reason in (*setup.reasons[:3], *told[:1])]
        lines.append("")
    lines += ["## Setups", "", "| | setup | verdict | expected | cells | masked |", "|---|---|---|---|---|---|"]
    for setup in record.setups:
        count = sum(cell.setup == setup.name for cell in record.cells)
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


def _worst_first(setup: SetupRecord, cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of *setup*: the one that it is judged by, those that fail their gates, then by verdict."""
    own = [cell for cell in cells if cell.setup == setup.name]
    return sorted(own, key=lambda one: (one.utterance != setup.worst_utterance, not one.gate, -one.verdict.rank))


def _errs(setup: SetupRecord) -> bool:
    return not setup.met and setup.verdict is Verdict.UNDEFINED


def _fails(setup: SetupRecord) -> bool:
    return not setup.met and not _errs(setup)


def _detail(setup: SetupRecord, cells: list[Cell]) -> str:
    lines = list(setup.reasons)
    for cell in cells:
        where = "" if cell.first_diverging_frame is None else f", first differs at frame {cell.first_diverging_frame}"
        masked = ", masked" if cell.masked else ""
        lines.append(f"{cell.utterance}: {cell.verdict}{masked}{where}: {cell.failure or '; '.join(cell.reasons)}")
        lines += [cell.localisation] if cell.localisation else []
    return "\n".join(lines)
