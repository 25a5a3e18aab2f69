"""`codec-harness sensitivity`: which faults would this suite notice?"""

import sys
from pathlib import Path

import click

from harness.cli.options import NumberRange, refuse_given
from harness.errors import UsageInvalid
from harness.files import write_whole
from harness.report.terminal import console
from harness.runs import suite as suites
from harness.runtime import output
from harness.sensitivity import accepted as kept
from harness.sensitivity.markdown import markdown
from harness.sensitivity.page import page
from harness.sensitivity.request import Request, baseline_of, sensitivity
from harness.sensitivity.text import show
from harness.topology.variants import MOST


@click.command(name="sensitivity")
@click.argument("suite", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--setup", "setups", multiple=True, metavar="NAME", help="Only this setup (or pattern).")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault, or this family of faults.")
@click.option("--utterance", "utterances", multiple=True, metavar="ID", help="Only these utterances (patterns).")
@click.option(
    "--variants",
    type=click.IntRange(min=0, max=MOST),
    metavar="N",
    help="Judge beside so many inaudible variants of the speech, as [speech] variants does.",
)
@click.option("--budget", type=NumberRange(min=0), default=15.0, show_default=True, metavar="MINUTES")
@click.option("--only-scored", is_flag=True, help="Measure only what the suite scores: faster, and less advice.")
@click.option("--more", is_flag=True, help="Go on where the same call ran out of time before.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes; all cores if not given.")
@click.option("--baselines", "folder", type=click.Path(path_type=Path), help="Where accepted baselines are.")
@click.option("--accept", is_flag=True, help="Accept what is noticed now, beside the baseline.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page there.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the answer as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(
    suite: Path | None,
    setups: tuple[str, ...],
    faults: tuple[str, ...],
    utterances: tuple[str, ...],
    variants: int | None,
    budget: float,
    only_scored: bool,
    more: bool,
    jobs: int | None,
    folder: Path | None,
    accept: bool,
    html: Path | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """
    Plant faults of known size into the codecs of SUITE (the embedded one if none is named), and say which it notices.

    Exit code 1 if it is blind for a fault that listeners hear, or makes a fault of a benign change. Where it was
    accepted what the suite notices (--baselines), exit code 1 only if it notices less now.
    """
    if accept and folder is None:
        raise UsageInvalid("--accept: got no --baselines; wanted the folder that accepted figures go to")
    if accept:
        refuse_given("is of a part, which --accept would put in the place of all", "setups", "faults", "utterances")
    if as_json:
        refuse_given("does not go with --json: give one of them", "as_markdown")
    chosen = suites.load(suite or suites.default_suite()).selected(utterances=utterances, variants=variants)
    gates = baseline_of(folder, chosen) if folder is not None else None
    before = kept.read(kept.place(folder, chosen.name)) if folder is not None else None
    quiet = as_json or as_markdown
    request = Request(chosen, setups, faults, budget, jobs, baseline=gates, more=more, only_scored=only_scored)
    record = sensitivity(request, None if quiet else output.complain)
    if as_json:
        output.say_json(record.model_dump_json(indent=1))
    elif as_markdown:
        output.say(markdown(record))
    else:
        show(record, console())
    if html is not None:
        write_whole(html, page(record), mend="name another file")
    if accept and folder is not None:
        kept.accept(record, kept.place(folder, chosen.name))
        sys.exit(0)
    if before is not None:
        worse = kept.fallen(record, before)
        for line in (*worse, *kept.unasked(record, before)):
            output.complain(line)
        sys.exit(1 if worse else 0)
    sys.exit(0 if record.sharp else 1)
