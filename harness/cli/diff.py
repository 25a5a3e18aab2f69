"""`codec-harness diff`: in which factors two setups, versions or suites differ."""

import sys
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from harness.bisect.probe.comparing import contrasts
from harness.report.terminal import console
from harness.runs import suite as suites


@click.command()
@click.argument("good")
@click.argument("bad")
@click.option("--suite", "suite_file", type=click.Path(path_type=Path, dir_okay=False), help="Where setups are named.")
def diff(good: str, bad: str, suite_file: Path | None) -> None:
    """
    List the factors in which GOOD and BAD differ: two setups, two versions, or two suites.

    A setup is its name in the suite, CODEC/TOPOLOGY (with /WIRE and /PATH where wanted), or FILE.toml::SETUP; a version
    is FILE.toml::VERSION; a suite is FILE.toml. Exit code 0 if they differ in nothing, 1 if they do.
    """
    suite = suites.load(suite_file or suites.default_suite())
    found = contrasts(good, bad, suite)
    printer = console()
    several = any(contrast.name for contrast in found)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (*(["setup"] if several else []), "factor", good, bad):
        table.add_column(escape(heading))
    for contrast in found:
        for difference in contrast.found:
            cells = [contrast.name or "(all)"] if several else []
            cells += [str(part) for part in (difference.factor, difference.good, difference.bad)]
            table.add_row(*map(escape, cells))
    printer.print(table if found else f"{escape(good)} and {escape(bad)} differ in nothing.")
    sys.exit(1 if found else 0)
