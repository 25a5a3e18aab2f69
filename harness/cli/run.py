"""`codec-harness run`: a suite to verdicts, a run record and a report."""

import shlex
import sys
from functools import partial
from pathlib import Path

import click

from harness.cli.options import NumberRange
from harness.record import RunRecord, with_cells
from harness.report import publish
from harness.report.progress import progress_bar
from harness.report.terminal import console, show
from harness.runs import suite as suites
from harness.runs.pipeline import run as run_suite
from harness.runs.preparing import Options
from harness.runs.shards import Shard
from harness.runs.since.reach import noted, reach
from harness.runs.suite_speech import chosen_speech
from harness.runtime import calls, output
from harness.runtime.workers import Workplace


@click.command()
@click.argument("suite", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--setup", "setups", multiple=True, metavar="NAME", help="Only these setups (patterns such as 'mini/*').")
@click.option("--utterance", "utterances", multiple=True, metavar="ID", help="Only these utterances (patterns).")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; all cores if not given.")
@click.option("--executor", default="local", metavar="NAME", help="What runs it: local, dask:ADDRESS, MODULE:FACTORY.")
@click.option("--store", metavar="URL", help="A store shared with others, such as s3://bucket/prefix.")
@click.option("--store-read-only", is_flag=True, help="Take from the shared store, and write nothing to it.")
@click.option("--no-asr", is_flag=True, help="Do not score words: much faster, but only silence is called corrupt.")
@click.option("--fresh", is_flag=True, help="Run the codecs even where nothing changed.")
@click.option("--rescore", is_flag=True, help="As --fresh, and score audio again that was scored before.")
@click.option("--no-explain", is_flag=True, help="Do not replay the worst cells to say where they diverge and why.")
@click.option("--limit", type=NumberRange(0.1, calls.MOST), help="Seconds for one call of a codec (300).")
@click.option("--shard", metavar="N/OF", help="Only this part of the utterances, for `merge` to put together.")
@click.option("--since", metavar="REV", help="Only the setups that a change since this commit can reach.")
@click.option("--json", "as_json", is_flag=True, help="Print the run record instead of the table.")
def run(
    suite: Path | None,
    setups: tuple[str, ...],
    utterances: tuple[str, ...],
    out: Path,
    jobs: int | None,
    executor: str,
    store: str | None,
    store_read_only: bool,
    no_asr: bool,
    fresh: bool,
    rescore: bool,
    no_explain: bool,
    limit: float | None,
    shard: str | None,
    since: str | None,
    as_json: bool,
) -> None:
    """
    Run SUITE: a TOML file, or one that comes with the harness (`list suites`); the default one if none is given.

    Leaves reports/<run>/ with run.json, index.html and the decoded audio. The same command again goes on where it was
    stopped, and reads back what is unchanged. Exit code 0 if every setup is what it must be, else 1. A shard is not
    judged: 0 if it is done. What --since leaves out has not passed: it is told as not run.
    """
    place_of_suite = suites.found(suite or suites.default_suite())
    chosen = suites.load(place_of_suite).selected(
        setups=setups, utterances=utterances, asr=False if no_asr else None, limit=limit
    )
    reached = None
    if since is not None:
        reached = reach(chosen, place_of_suite, since)
        for line in reached.lines():
            (output.complain if as_json else output.say)(line)
        if not reached.reached:
            return
        chosen = chosen.narrowed(reached.reached)
    options = Options(
        fresh=fresh, rescore=rescore, explain=not no_explain, shard=None if shard is None else Shard.parse(shard)
    )
    place = Workplace(executor, store, store_read_only)
    if suite is None:
        _tell_of_suites_here(chosen)
    with progress_bar(f"{chosen.name}: cells") as progress:
        record, folder = run_suite(
            chosen, out, options, jobs=jobs, place=place, progress=progress, outcome=partial(noted, reached)
        )
    if options.shard is not None:
        say = output.complain if as_json else output.say
        say(f"shard {options.shard} of {chosen.name}: {len(record.cells)} cells in {folder}")
        say("merge it with the others: codec-harness merge FOLDER...")
        if as_json:
            output.say_json_pieces(with_cells(record))
        return
    sys.exit(tell(record, folder, as_json))


def _tell_of_suites_here(chosen: suites.Suite) -> None:
    """Say that *chosen* is run where none is named, if there is a suite here that may have been meant."""
    here = suites.gated_in(Path())
    if here:
        chosen_speech(chosen.speech)  # bad input is one line: it is refused before anything is said
        named = shlex.join(["codec-harness", "run", here[0]])
        output.complain(
            f"codec-harness run: no suite is named, so the embedded one is run, not {here[0]}; try: {named}"
        )


def tell(record: RunRecord, folder: Path, as_json: bool) -> int:
    """Publish the run in *folder*, print its table or its *record* as JSON, and return the exit code."""
    page = publish(folder, outdated=True)
    if as_json:
        output.say_json_pieces(with_cells(record))
    else:
        printer = console()
        show(record, printer)
        printer.print(f"report: {page}", soft_wrap=True, markup=False)
    return 0 if record.met else 1
