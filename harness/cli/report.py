"""`codec-harness report`: the pages of a run, made again from its record."""

import webbrowser
from pathlib import Path

import click

from harness import record as records
from harness.errors import RecordInvalid
from harness.files import given
from harness.gate import baseline as baselines
from harness.gate.as_record import as_record
from harness.record import RunRecord
from harness.report import render
from harness.report.survey import Choice
from harness.runtime import output


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--against", multiple=True, type=click.Path(path_type=Path), help="Another run, or a baseline, to compare with."
)
@click.option("--single-file", is_flag=True, help="Everything inside one file: report.html.")
@click.option("--utterance", "utterances", multiple=True, metavar="ID", help="Of a large run, what can be opened.")
@click.option("--all-cells", is_flag=True, help="Of a large run, make every cell one that can be opened.")
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
def report(
    run: Path,
    against: tuple[Path, ...],
    single_file: bool,
    utterances: tuple[str, ...],
    all_cells: bool,
    open_it: bool,
) -> None:
    """
    Make the HTML report of RUN, the folder of a run (or its run.json), finished or interrupted.

    With --against, which may be given several times, the runs are shown side by side, and what changed since the first
    of them; page/compare.csv and page/compare.json say the same.

    Of a run with more than 2000 cells, those of the most telling utterances can be opened, with sound and pictures; or
    those of --utterance, which may be a pattern and be given several times; or, with --all-cells, each.
    """
    folder = run.parent if given.is_file(run) else run
    if not given.is_folder(folder):
        raise RecordInvalid(f"{run}: no such run; wanted a folder under reports/")
    page = render(
        folder,
        against=[_earlier(one, folder) for one in against],
        single_file=single_file,
        choice=Choice(utterances, everything=all_cells),
    )
    output.say(page)
    if open_it:
        webbrowser.open(page.resolve().as_uri())


def _earlier(against: Path, folder: Path) -> Path | RunRecord:
    """Return what to compare with: the place of a run, or the record that a baseline (another file) amounts to."""
    if given.is_folder(against) or against.name == "run.json":
        return against
    baseline = baselines.load(against)
    if baseline is None:
        raise RecordInvalid(f"{against}: no such run or baseline; wanted the folder of a run or a baseline's file")
    return as_record(baseline, records.load(folder / "run.json", RunRecord))
