"""A run as a table for people: coloured and sized to a terminal, plain and whole when piped."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.markup import escape
from rich.segment import Segment

from harness.record import RunRecord, SetupRecord
from harness.report.alike import Output, came_out
from harness.report.setup_table import coloured, legend, setup_table, wanted
from harness.runtime import output
from harness.runtime.text import loggable

PIPED_WIDTH = 100_000  # nothing is wrapped or cut


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
    out.print(setup_table(record, out.width if out.is_terminal else None))
    if out.is_terminal and (said := legend(record)):
        out.print(f"[dim]{escape(said)}[/]")
    told: dict[Output, str] = {}
    for setup in record.setups:
        if not setup.met:
            _tell(setup, record, told, out)
    for note in record.notes:
        out.print(f"[dim]note:[/] {escape(note)}")
    out.print(f"[bold]{escape(record.headline)}[/]")


def _tell(setup: SetupRecord, record: RunRecord, told: dict[Output, str], out: Console) -> None:
    """Say why *setup* is not what it must be; in a line, if the same came out of a setup that was *told* before."""
    out.print(f"[bold]{escape(setup.name)}[/]: wanted {wanted(setup)}, is {coloured(setup.verdict)}")
    output = came_out(setup.name, record)
    first = told.setdefault(output, setup.name) if output else setup.name
    if first != setup.name:
        others = _reasons(first, record)
        out.print(f"    the same output as {escape(first)}, bit for bit, in all utterances")
        _lines([reason for reason in setup.reasons if reason not in others], out)
        return
    _lines(_reasons(setup.name, record), out)


def _reasons(name: str, record: RunRecord) -> list[str]:
    (setup,) = (one for one in record.setups if one.name == name)
    told = record.cells.explanations
    return [*setup.reasons, *(text for (of, _), text in told.items() if of == name)]


def _lines(said: Sequence[str], out: Console) -> None:
    for line in said:
        out.print(f"    {escape(line)}")
