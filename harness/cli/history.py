"""`codec-harness history`: measurements over many releases, and whether they slide."""

import json
import sys
from pathlib import Path

import click

from harness.cli.options import NumberRange
from harness.files import write_whole
from harness.gate.text import counted
from harness.gate.trends.change import ALPHA
from harness.gate.trends.findings import ReleaseHistory, history, words
from harness.gate.trends.page import page
from harness.gate.trends.releases import read
from harness.runtime import output


@click.command(name="history")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--alpha", type=NumberRange(1e-6, 0.5), default=ALPHA, show_default=True, help="Chance of a false alarm.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page there.")
@click.option("--json", "as_json", is_flag=True, help="Print the series and what changes as JSON.")
def command(places: tuple[Path, ...], alpha: float, html: Path | None, as_json: bool) -> None:
    """
    Follow measurements over PLACES: baseline files or run folders, oldest first, or one baseline file in git.

    A slow slide is found that every single gate lets pass. Exit code 1 if something slides or steps for the worse, by
    half of its tolerance or more.
    """
    found = history(*read(places), alpha)
    if as_json:
        output.say_json(json.dumps(_plain(found)))
    else:
        _tell(found, alpha)
    if html is not None:
        write_whole(html, page(found, alpha), mend="name another file")
    sys.exit(1 if found.alarms else 0)


def _tell(found: ReleaseHistory, alpha: float) -> None:
    for note in found.notes:
        output.say(f"note: {note}")
    for trend in found.trends:
        output.say(f"{'X' if trend.alarms else ' '} {words(trend, found.releases)}")
    names = f"{found.releases[0].name} to {found.releases[-1].name}" if found.releases else "none"
    output.say(
        f"{counted(len(found.releases), 'release')} ({names}), {len(found.all)} series: {len(found.alarms)} for the "
        f"worse, {len(found.trends) - len(found.alarms)} others; where nothing changes, something is told with a "
        f"chance of {alpha:g}"
    )


def _plain(found: ReleaseHistory) -> dict[str, object]:
    return {
        "releases": [{"name": one.name, "made": one.made} for one in found.releases],
        "series": [vars(one) for one in found.all],
        "changes": [
            {
                "setup": one.series.setup,
                "metric": one.series.metric,
                **vars(one.change),
                "worse": one.worse,
                "matters": one.matters,
            }
            for one in found.trends
        ],
        "notes": list(found.notes),
    }
