"""`codec-harness score`: one decoded file against its reference, without a codec."""

import sys
from pathlib import Path

import click
from rich.table import Table

from harness.pair_scores import score as score_pair
from harness.record import Measurement
from harness.terminal import console


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("degraded", type=click.Path(path_type=Path))
@click.option("--text", help="The words said in REFERENCE, to score words as well.")
@click.option("--delay", type=click.IntRange(min=0), default=0, help="Delay that the codec declares, in samples.")
@click.option("--asr", default="tiny.en", show_default=True, help="Whisper model, by name or path.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(reference: Path, degraded: Path, text: str | None, delay: int, asr: str, as_json: bool) -> None:
    """Score DEGRADED against REFERENCE, two audio files; a missing value says why it is undefined."""
    scores = score_pair(reference, degraded, text=text, declared_delay=delay, asr=asr)
    if as_json:
        click.echo(scores.model_dump_json(indent=1))
        sys.exit(0)
    printer = console()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, measurement in scores.measurements.items():
        table.add_row(name, _shown(measurement))
    printer.print(table)
    if scores.heard is not None and scores.heard.transcript is not None:
        printer.print(f"heard: {scores.heard.transcript.text}", markup=False)
        for finding in scores.heard.transcript.findings:
            printer.print(f"finding: {finding}", markup=False)
    sys.exit(0)


def _shown(measurement: Measurement) -> str:
    if measurement.value is None:
        return f"undefined: {measurement.undefined}"
    return f"{measurement.value:.4g} {measurement.unit if measurement.unit != '1' else ''}".rstrip()
