"""`codec-harness listening`: the results of listening tests, of several listeners, put together."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.errors import UsageInvalid
from harness.report.listening import statistics
from harness.report.listening.results import Abx, Preference, Rating, read
from harness.report.terminal import console
from harness.runtime import output


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the statistics as JSON.")
def listening(results: tuple[Path, ...], as_json: bool) -> None:
    """
    Put RESULTS together: the JSON files that blind tests and ratings of a report have saved.

    ABX and preference: exact binomial tests. Ratings: means with 95 % intervals, without listeners who did not find the
    hidden reference, and Wilcoxon's test of each pair of setups.
    """
    read_all: list[Abx | Preference | Rating] = []
    for path in results:
        one = read(path)
        if one in read_all:
            raise UsageInvalid(f"{path}: the same result as {results[read_all.index(one)]}; give each once")
        read_all.append(one)
    told = statistics.abx([one for one in read_all if isinstance(one, Abx)])
    preferred = statistics.preference([one for one in read_all if isinstance(one, Preference)])
    rated = [one for one in read_all if isinstance(one, Rating)]
    ratings = statistics.ratings(rated) if rated else None
    if as_json:
        content = {
            "abx": [asdict(one) for one in told],
            "preference": [asdict(one) for one in preferred],
            "ratings": asdict(ratings) if ratings is not None else None,
        }
        output.say_json(json.dumps(content, indent=1))
        return
    printer = console()
    if told:
        rows = [(one.setup, f"{one.a} / {one.b}", *_right(one), _p(one.p)) for one in told]
        _table(printer, ("ABX", "sounds", "right", "95 % interval", "p of guessing"), rows)
    if preferred:
        counts = [(one, f"{one.for_a} {one.a}", f"{one.for_b} {one.b}", str(one.neither)) for one in preferred]
        rows = [(one.setup, for_a, for_b, neither, _p(one.p)) for one, for_a, for_b, neither in counts]
        _table(printer, ("preference", "for one", "for the other", "no difference", "p"), rows)
    if ratings is not None:
        _tell(printer, ratings)


def _tell(printer: Console, ratings: statistics.Ratings) -> None:
    for listener, why in ratings.left_out.items():
        printer.print(f"left out: {listener} {why}", markup=False)
    rows = [
        (one.name, f"{one.mean:.1f}", "-" if one.low is None else f"{one.low:.1f} to {one.high:.1f}", str(one.units))
        for one in ratings.means
    ]
    _table(printer, ("rating", "mean", "95 % interval", ratings.over), rows)
    if ratings.over == "clips":
        printer.print("One listener: the intervals are over clips and say nothing of other listeners.")
    pairs = [(f"{one.better} over {one.worse}", f"{one.difference:.1f}", _p(one.p)) for one in ratings.pairs]
    if pairs:
        _table(printer, ("pair", "difference", "p (Wilcoxon, Holm)"), pairs)


def _table(printer: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*map(escape, row))
    printer.print(table)


def _right(one: statistics.AbxTold) -> tuple[str, str]:
    return f"{one.right} of {one.trials}", f"{one.low:.0%} to {one.high:.0%}"


def _p(value: float) -> str:
    return f"{value:.3g}"
