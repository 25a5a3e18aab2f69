"""`codec-harness demo`: the story that this project comes from, replayed on both embedded codecs."""

import sys
from pathlib import Path

import click
from rich.markup import escape

from harness.report import publish
from harness.report.conclusion import conclusions
from harness.report.progress import progress_bar
from harness.report.terminal import console, show
from harness.runs import suite as suites
from harness.runs.pipeline import run as run_suite
from harness.runtime.resources import fixture

STORY = (
    "The story: a voice app garbled its speech. Levels, dynamic range and spectrum looked right. Five releases later\n"
    "the team was 99 % confident that the cause was the cloned decoder. Nobody had measured it. Here it is measured."
)


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; all cores if not given.")
def demo(out: Path, jobs: int | None) -> None:
    """Run the embedded codecs through the wirings of the story, and say which of them lose the words."""
    suite = suites.load(fixture("suites") / "demo.toml")
    printer = console()
    printer.print(STORY, style="italic")
    with progress_bar("demo: cells") as progress:
        record, folder = run_suite(suite, out, jobs=jobs, progress=progress)
    show(record, printer)
    printer.print()
    for codec, said in conclusions(record):
        printer.print(f"[bold]{escape(codec)}[/]")
        for sentence in said:
            printer.print(f"  {escape(sentence)}", soft_wrap=True)
    printer.print(f"report: {publish(folder)}", soft_wrap=True, markup=False)
    sys.exit(0 if record.met else 1)
