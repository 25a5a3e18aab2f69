"""`codec-harness demo`: the story that this project comes from, replayed on both embedded codecs."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from harness.metrics.catalogue import METRICS
from harness.metrics.text import text
from harness.record import RunRecord, SetupRecord, Verdict
from harness.report import publish
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
    for codec in dict.fromkeys(setup.codec for setup in record.setups):
        _tell(record, codec, printer)
    printer.print(f"report: {publish(folder)}", soft_wrap=True, markup=False)
    sys.exit(0 if record.met else 1)


def _tell(record: RunRecord, codec: str, printer: Console) -> None:
    """Say in words what was found for one codec. Every sentence is read off the record."""
    setups = {setup.topology: setup for setup in record.setups if setup.codec == codec}
    suspects = [setups[name] for name in ("cloned-decoder", "cloned-after-encode", "handover") if name in setups]
    innocent = [setup for setup in suspects if setup.verdict is Verdict.IDENTICAL]
    printer.print(f"[bold]{escape(codec)}[/]")
    if suspects and len(innocent) == len(suspects):
        cells = sum(cell.setup in {setup.name for setup in suspects} for cell in record.cells)
        said = f"  The clone is innocent: {cells} of {cells} decodes by a cloned decoder are identical, bit for bit."
        printer.print(said, soft_wrap=True)
    else:
        guilty = ", ".join(f"{setup.name} is {setup.verdict}" for setup in suspects if setup not in innocent)
        printer.print(f"  The clone is not innocent: {escape(guilty)}.", soft_wrap=True)
    for verdict, said in (
        (Verdict.CORRUPT, "Words are lost"),
        (Verdict.DEGRADED, "Quality is lost, the words are kept"),
    ):
        found = [setup for setup in setups.values() if setup.verdict is verdict]
        if found:
            printer.print(f"  {said}: {escape(', '.join(_figures(setup) for setup in found))}.", soft_wrap=True)
    corrupt = [cell for cell in record.cells if cell.verdict is Verdict.CORRUPT and cell.setup.startswith(f"{codec}/")]
    if corrupt:
        masked = sum(cell.masked for cell in corrupt)
        statistics = "Level, peak, crest, dynamic range, histogram and spectrum"
        said = f"  {statistics} would have missed {masked} of {len(corrupt)} corrupt decodes."
        printer.print(said, soft_wrap=True)


def _figures(setup: SetupRecord) -> str:
    shown = [row for row in METRICS.values() if row.headline and row.name in setup.corpus]
    return f"{setup.topology} ({', '.join(f'{row.head} {text(row.name, setup.corpus[row.name])}' for row in shown)})"
