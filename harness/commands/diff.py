"""`codec-harness diff`: in which factors two setups differ."""

import sys
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from harness import suite as suites
from harness.search.differences import differences, find_point
from harness.terminal import console


@click.command()
@click.argument("good")
@click.argument("bad")
@click.option("--suite", "suite_file", type=click.Path(path_type=Path, dir_okay=False), help="Where setups are named.")
def diff(good: str, bad: str, suite_file: Path | None) -> None:
    """
    List the factors in which the setups GOOD and BAD differ.

    A setup is its name in the suite, CODEC/TOPOLOGY (with /WIRE and /PATH where wanted), or FILE.toml::SETUP.
    Exit code 0 if they differ in nothing, 1 if they do.
    """
    suite = suites.load(suite_file or suites.default_suite())
    found = differences(find_point(good, suite)[0], find_point(bad, suite)[0])
    printer = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("factor", good, bad):
        table.add_column(escape(heading))
    for difference in found:
        table.add_row(*(escape(str(part)) for part in (difference.factor, difference.good, difference.bad)))
    printer.print(table if found else f"{escape(good)} and {escape(bad)} differ in nothing.")
    sys.exit(1 if found else 0)
