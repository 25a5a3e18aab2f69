"""
The setups of a run as a table that fits a terminal.

Where it is too wide, whole columns are left out, the least important first. What is left is never cut; the names of
setups are folded if they must be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.metrics.text import text
from harness.record import Cells, RunRecord, SetupRecord, Verdict

COLOURS = {
    Verdict.IDENTICAL: "green",
    Verdict.EQUIVALENT: "green",
    Verdict.ALTERED: "cyan",
    Verdict.DEGRADED: "yellow",
    Verdict.CORRUPT: "bold red",
    Verdict.UNDEFINED: "magenta",
}
NOTHING = "-"  # in place of a number; a column of nothing else is left out
GAP = 2  # spaces between columns
SHORTEST_NAME = 24  # letters of a line of a name that is folded


@dataclass(frozen=True)
class _Column:
    """*rank* orders what is left out, the highest first; 0 stays."""

    head: str
    rank: int
    cells: tuple[str, ...]  # as plain text
    styles: tuple[str, ...] = ()
    number: bool = False

    @property
    def width(self) -> int:
        return max(map(len, (self.head, *self.cells)))


def setup_table(record: RunRecord, width: int | None = None) -> Table:
    """Return the setups of *record* as a table of at most *width* letters; with every column if that is None."""
    columns = [column for column in _columns(record) if not column.number or set(column.cells) != {NOTHING}]
    while width is not None and _least(columns) > width and any(column.rank for column in columns):
        last = max(columns, key=lambda column: column.rank)
        columns = [column for column in columns if column is not last]
    names = columns[0]
    room = names.width if width is None else width - sum(column.width + GAP for column in columns[1:])
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    table.add_column(names.head, overflow="fold", width=max(1, min(names.width, room)))
    for column in columns[1:]:
        table.add_column(
            column.head, justify="right" if column.number else "left", no_wrap=True, min_width=column.width
        )
    for row in range(len(record.setups)):
        table.add_row(*(_styled(column, row) for column in columns))
    return table


def legend(record: RunRecord) -> str:
    """Say what the columns of words are, of those that *record* has; an empty text if none."""
    told = [row for row in METRICS.values() if row.family is MetricFamily.WORDS and (row.headline or row.foremost)]
    return "; ".join(f"{row.head}: {row.about}" for row in told if any(row.name in one.corpus for one in record.setups))


def wanted(setup: SetupRecord) -> str:
    """Return what *setup* must be, in a word or two."""
    expectation = setup.expectation
    if setup.is_reference:
        return "reference"
    if expectation.at_least is not None:
        return f"{expectation.at_least}" if expectation.at_least is Verdict.IDENTICAL else f"{expectation.at_least}+"
    return f"at best {expectation.at_most}" if expectation.at_most is not None else "anything"


def coloured(verdict: Verdict) -> str:
    """Return *verdict* as markup."""
    return f"[{COLOURS[verdict]}]{verdict}[/]"


def _least(columns: Sequence[_Column]) -> int:
    """Return how many letters *columns* need at the least, with names folded."""
    return min(columns[0].width, SHORTEST_NAME) + sum(column.width + GAP for column in columns[1:])


def _columns(record: RunRecord) -> list[_Column]:
    setups = record.setups
    shown = [row for row in METRICS.values() if row.headline or row.foremost]
    ranked = sorted(shown, key=lambda row: (not row.foremost, shown.index(row)))
    return [
        _Column("setup", 0, tuple(setup.name for setup in setups)),
        _Column("must be", 2 + len(shown), tuple(wanted(setup) for setup in setups)),
        _Column(
            "verdict",
            0,
            tuple(str(setup.verdict) for setup in setups),
            tuple(COLOURS[setup.verdict] for setup in setups),
        ),
        _Column(
            "result",
            0,
            tuple("ok" if setup.met else "NOT MET" for setup in setups),
            tuple("green" if setup.met else "bold red" for setup in setups),
        ),
        *(
            _Column(
                row.head,
                1 + ranked.index(row),
                tuple(
                    text(row.name, setup.corpus[row.name]) if row.name in setup.corpus else NOTHING for setup in setups
                ),
                number=True,
            )
            for row in shown
        ),
        _Column("first frame", 3 + len(shown), tuple(_first_frame(setup, record.cells) for setup in setups), (), True),
        *(
            _Column(
                row.head,
                5 + len(shown),
                tuple(text(row.name, setup.timing.get(row.name)) for setup in setups),
                (),
                True,
            )
            for row in METRICS.values()
            if row.family is MetricFamily.TIME and row.short and any(row.name in setup.timing for setup in setups)
        ),
        _Column(
            "masked",
            4 + len(shown),
            tuple(str(setup.masked) if setup.masked else NOTHING for setup in setups),
            (),
            True,
        ),
    ]


def _first_frame(setup: SetupRecord, cells: Cells) -> str:
    frames = [cell.first_diverging_frame for cell in cells.of_setup(setup.name)]
    diverging = [frame for frame in frames if frame is not None]
    return str(min(diverging)) if diverging else NOTHING


def _styled(column: _Column, row: int) -> str:
    said = escape(column.cells[row])
    return f"[{column.styles[row]}]{said}[/]" if column.styles else said
