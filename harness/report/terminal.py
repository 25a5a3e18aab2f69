"""A run as a table for people: coloured and sized to a terminal, plain and whole when piped."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table

from harness.metrics.catalogue import METRICS
from harness.metrics.text import text
from harness.record import Cell, RunRecord, SetupRecord, Verdict
from harness.runtime import output
from harness.runtime.text import loggable, printable
from harness.runtime.workers import Progress as Report

COLOURS = {
    Verdict.IDENTICAL: "green",
    Verdict.EQUIVALENT: "green",
    Verdict.ALTERED: "cyan",
    Verdict.DEGRADED: "yellow",
    Verdict.CORRUPT: "bold red",
    Verdict.UNDEFINED: "magenta",
}
PIPED_WIDTH = 160


def console(*, stderr: bool = False) -> Console:
    """
    Return a console for results, or for standard error, that shows control characters of what it prints as escapes.

    It writes plain, unwrapped lines when it is not a terminal.
    """
    file = sys.stderr if stderr else output.result()
    made = Console(file=file, highlight=False, emoji=False)
    if not made.is_terminal:
        made = Console(file=file, highlight=False, emoji=False, width=PIPED_WIDTH, no_color=True)
    made.push_render_hook(_Escaping())
    return made


class _Escaping(RenderHook):
    """Escapes the text of everything that a console prints, and leaves it the control sequences of its own."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return *renderables* so that they are escaped when they are rendered."""
        return [_Escaped(one) for one in renderables]


@dataclass(frozen=True)
class _Escaped:
    shown: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        begins = True  # a line, so that a command to a log could stand here
        for segment in console.render(self.shown, options):
            if segment.control:
                yield segment
                continue
            text = loggable(segment.text) if begins else loggable(f"-{segment.text}")[1:]
            _, ended, last = text.rpartition("\n")
            begins = (begins or bool(ended)) and not last.strip()
            yield Segment(text, segment.style)


def show(record: RunRecord, out: Console) -> None:
    """Print the setups of a run, what is wrong with those that are not what they must be, and the verdict."""
    out.print(_table(record))
    for setup in record.setups:
        if not setup.met:
            out.print(f"[bold]{escape(setup.name)}[/]: wanted {_wanted(setup)}, is {_coloured(setup.verdict)}")
            for reason in setup.reasons:
                out.print(f"    {escape(reason)}")
            for cell in record.cells:
                if cell.setup == setup.name and cell.localisation:
                    out.print(f"    {escape(cell.localisation)}", soft_wrap=True)
    for note in record.notes:
        out.print(f"[dim]note:[/] {escape(note)}")
    out.print(f"[bold]{escape(record.headline)}[/]")


@contextmanager
def progress_bar(what: str) -> Iterator[Report | None]:
    """Yield a function that moves a progress bar with the time left; None, and silence, where nobody watches."""
    errors = console(stderr=True)
    if not errors.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(escape(printable(what)), total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


def _table(record: RunRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setup", no_wrap=True)
    table.add_column("must be", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("")
    headline = [row for row in METRICS.values() if row.headline]
    for heading in (*(row.head for row in headline), "first frame", "masked"):
        table.add_column(heading, justify="right", no_wrap=True)
    by_setup: dict[str, list[Cell]] = {}
    for cell in record.cells:
        by_setup.setdefault(cell.setup, []).append(cell)
    for setup in record.setups:
        first = [cell.first_diverging_frame for cell in by_setup[setup.name]]
        diverging = [frame for frame in first if frame is not None]
        table.add_row(
            escape(setup.name),
            _wanted(setup),
            _coloured(setup.verdict),
            "[green]ok[/]" if setup.met else "[bold red]NOT MET[/]",
            *(text(row.name, setup.corpus[row.name]) if row.name in setup.corpus else "-" for row in headline),
            str(min(diverging)) if diverging else "-",
            str(setup.masked) if setup.masked else "-",
        )
    return table


def _wanted(setup: SetupRecord) -> str:
    expectation = setup.expectation
    if setup.is_reference:
        return "reference"
    if expectation.at_least is not None:
        return f"{expectation.at_least}" if expectation.at_least is Verdict.IDENTICAL else f"{expectation.at_least}+"
    return f"at best {expectation.at_most}" if expectation.at_most is not None else "anything"


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict]}]{verdict}[/]"
