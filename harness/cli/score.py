"""`codec-harness score`: one decoded file against its reference, without a codec."""

import sys
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from harness.metrics.text import text as told
from harness.record import Verdict
from harness.report.terminal import console
from harness.runs.pair import score as score_pair
from harness.runtime import output


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("degraded", type=click.Path(path_type=Path))
@click.option("--text", help="The words said in REFERENCE, to score words as well.")
@click.option("--delay", type=click.IntRange(min=0), default=0, help="Delay that the codec declares, in samples.")
@click.option("--asr", default="tiny.en", show_default=True, help="Whisper model, by name or path.")
@click.option(
    "--at-least",
    type=click.Choice([verdict.value for verdict in Verdict][:-1]),
    help="Exit with 1 if the verdict is worse than this.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(
    reference: Path, degraded: Path, text: str | None, delay: int, asr: str, at_least: str | None, as_json: bool
) -> None:
    """
    Score DEGRADED against REFERENCE, two audio files; a missing value says why it is undefined.

    The verdict holds DEGRADED against what REFERENCE would score against itself.
    """
    scores = score_pair(reference, degraded, text=text, declared_delay=delay, asr=asr)
    status = 0 if at_least is None or scores.verdict.rank <= Verdict(at_least).rank else 1
    if as_json:
        output.say_json(scores.model_dump_json(indent=1))
        sys.exit(status)
    printer = console()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, measurement in scores.measurements.items():
        table.add_row(name, escape(told(name, measurement, significant=4, unit=True, why=True)))
    printer.print(table)
    if scores.heard is not None and scores.heard.transcript is not None:
        printer.print(f"heard: {scores.heard.transcript.text}", markup=False)
        for finding in scores.heard.transcript.findings:
            printer.print(f"finding: {finding}", markup=False)
    printer.print(f"verdict: {scores.verdict}", markup=False)
    for reason in scores.reasons:
        printer.print(f"    {reason}", markup=False)
    sys.exit(status)
