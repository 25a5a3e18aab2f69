"""`codec-harness sensitivity`: which faults would this suite notice?"""

import sys
from pathlib import Path

import click

from harness.report.terminal import console
from harness.runs import suite as suites
from harness.runtime import output
from harness.sensitivity.request import Request, baseline_of, sensitivity
from harness.sensitivity.text import show


@click.command(name="sensitivity")
@click.argument("suite", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--setup", "setups", multiple=True, metavar="NAME", help="Only this setup (or pattern).")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault, or this family of faults.")
@click.option("--utterance", "utterances", multiple=True, metavar="ID", help="Only these utterances (patterns).")
@click.option(
    "--budget", type=click.FloatRange(min=0), default=15.0, show_default=True, metavar="MINUTES", help="For probes."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes; all cores if not given.")
@click.option("--baselines", "folder", type=click.Path(path_type=Path), help="Where accepted baselines are.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(
    suite: Path | None,
    setups: tuple[str, ...],
    faults: tuple[str, ...],
    utterances: tuple[str, ...],
    budget: float,
    jobs: int | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """
    Plant faults of known size into the codecs of SUITE (the embedded one if none is named), and say which it notices.

    Exit code 1 if listeners hear a fault that the suite is blind for, or a benign change is called a fault.
    """
    chosen = suites.load(suite or suites.default_suite()).selected(utterances=utterances)
    accepted = baseline_of(folder, chosen) if folder is not None else None
    request = Request(chosen, setups, faults, budget, jobs, baseline=accepted)
    record = sensitivity(request, None if as_json else output.complain)
    if as_json:
        output.say_json(record.model_dump_json(indent=1))
    else:
        show(record, console())
    sys.exit(0)
