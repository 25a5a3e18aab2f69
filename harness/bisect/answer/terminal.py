"""A search on a terminal: a live line while it runs, then the table of factors or versions, and the answer in words."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.bisect.answer.phrases import shown
from harness.bisect.answer.record import FactorsRecord, SearchRecord, VersionsRecord
from harness.bisect.probe.asking import ProbeProgress
from harness.bisect.search import Judged
from harness.metrics.catalogue import METRICS
from harness.metrics.text import text
from harness.report.terminal import console
from harness.runtime.text import printable

COLOURS = {
    Judged.GOOD: "green",
    Judged.BAD: "bold red",
    Judged.SKIP: "yellow",
    Judged.UNSURE: "yellow",
}


@contextmanager
def progress_line() -> Iterator[ProbeProgress | None]:
    """Yield a function that shows the last probe, how many more the next answer needs, and how long; None if piped."""
    errors = console(stderr=True)
    if not errors.is_terminal:
        yield None
        return
    began = time.monotonic()
    with errors.status("both ends first") as status:

        def report(what: str, made: int, left: int, point: str, judgement: Judged) -> None:
            seconds = time.monotonic() - began
            more = f", at most {left} more to the next answer (about {left * seconds / made:.0f} s)" if left else ""
            colour = COLOURS[judgement]
            status.update(
                f"{escape(printable(what))}: {made} probes in {seconds:.0f} s{more}; "
                f"{escape(printable(point))}: [{colour}]{judgement}[/]"
            )

        yield report


def show(record: SearchRecord, out: Console) -> None:
    """Print the tables and the answer."""
    if record.versions is not None:
        out.print(_history(record.versions))
        for change in record.versions.changes:
            if change.why is not None:
                out.print(_factors(change.why))
    if record.factors is not None:
        out.print(_factors(record.factors))
    if record.joint is not None:
        for one in record.joint.rounds:
            out.print(_factors(one))
        for step in record.joint.steps:
            out.print(f"with {escape(' + '.join(step.factors) or 'the configuration of the good end')}")
            out.print(_history(step.history))
    out.print(escape(record.words), style="bold", soft_wrap=True)


def _factors(record: FactorsRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for heading in ("factor", record.good, record.bad, "role", "with", "undone alone", "shown by"):
        table.add_column(escape(heading))
    judged = {probe.point: probe.judgement for probe in record.probes}
    for factor in record.factors:
        sides = [f"{' + '.join(side) or 'none'}: {judged.get(side, '?')}" for side in factor.evidence]
        repairs = {True: "repairs", False: "still bad", None: "-"}[factor.repairs_alone]
        partners = "; ".join(" + ".join(partner) for partner in factor.partners)
        table.add_row(
            escape(factor.factor),
            escape(str(shown(factor.good))),
            escape(str(shown(factor.bad))),
            escape(", ".join(factor.roles)),
            escape(partners),
            repairs,
            escape(" -> ".join(sides)),
        )
    return table


def _history(record: VersionsRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    headline = [row for row in METRICS.values() if row.headline]
    for heading in ("version", "", *(row.head for row in headline), "reason"):
        table.add_column(heading)
    edges = {name for change in record.changes for name in (change.before, change.after)}
    for version in record.versions:
        probe = version.probe
        if probe is None:
            table.add_row(escape(version.name), "-", *[""] * len(headline), "[dim]not probed[/]")
            continue
        name = f"[bold]{escape(version.name)}[/]" if version.name in edges else escape(version.name)
        figures = [text(row.name, probe.figures[row.name]) if row.name in probe.figures else "" for row in headline]
        judgement = f"[{COLOURS[probe.judgement]}]{probe.judgement}[/]"
        table.add_row(name, judgement, *figures, escape(probe.reason))
    for probe in record.unusable:
        table.add_row(escape(probe.point[0]), "[yellow]skip[/]", *[""] * len(headline), escape(probe.reason))
    return table
