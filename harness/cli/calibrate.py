"""`codec-harness calibrate`: accept a baseline from repeated runs, so that gates know what no change looks like."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from harness.errors import UsageInvalid
from harness.gate import baseline as baselines
from harness.gate.accept import accept, given_again
from harness.gate.calibrate import Variation, calibrate, scatter, variations
from harness.report.terminal import console
from harness.runs import suite as suites
from harness.runs.recorded import Run
from harness.runs.shards import refuse_shard
from harness.runtime.pool import cores
from harness.runtime.temporary import temporary_folder


@click.command(name="calibrate")
@click.argument("suite", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--repeats", type=click.IntRange(min=2), default=3, show_default=True, help="Plain runs.")
@click.option("--threads", multiple=True, type=click.IntRange(min=1), help="Also a run with so many torch threads.")
@click.option("--chunk", multiple=True, type=click.IntRange(min=1), help="Also a run with so many frames per call.")
@click.option(
    "--run",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also this finished run (another machine's).",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; all cores if not given.")
@click.option("--baselines", "folder", type=click.Path(path_type=Path), default=Path("baselines"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Keep the runs here; a temporary folder if not given.")
def command(
    suite: Path | None,
    repeats: int,
    threads: tuple[int, ...],
    chunk: tuple[int, ...],
    others: tuple[Path, ...],
    jobs: int | None,
    folder: Path,
    out: Path | None,
) -> None:
    """Run SUITE (the embedded one if none is named) repeatedly and accept the worst of every measurement."""
    chosen = suites.load(suite or suites.default_suite())
    ways = variations(repeats, jobs or cores(), threads, chunk)
    printer = console()
    with ExitStack() as stack:
        place = out or stack.enter_context(temporary_folder())
        count = iter(range(1, len(ways) + 1))

        def say(way: Variation) -> None:
            printer.print(f"run {next(count)} of {len(ways)}: {way}", markup=False)

        given = [Run.read(other) for other in others]
        for record, where in given:  # before anything is run
            refuse_shard(where)
            if record.name != chosen.name:
                raise UsageInvalid(f"--run: {where} is a run of {record.name}, wanted one of {chosen.name}")
        runs = [*given, *calibrate(chosen, place, ways, say)]
        path = baselines.place(folder, chosen.name)
        changed = [*accept(runs, path, whole=True), *given_again(runs)]
    kept = baselines.load(path)
    cells = [cell for setup in kept.setups.values() for cell in setup.utterances.values()] if kept else []
    for line in changed:
        printer.print(f"  {line}", soft_wrap=True, markup=False)
    for line in scatter([record for record, _ in runs]):
        printer.print(f"  {line}", soft_wrap=True, markup=False)
    exact = sum(cell.exact for cell in cells)
    printer.print(f"{path}: {exact} of {len(cells)} cells are held to their bits", soft_wrap=True, markup=False)
    sys.exit(0 if runs[-1][0].met else 1)
