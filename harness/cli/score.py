"""`codec-harness score`: one decoded file against its reference, without a codec."""

import sys
from pathlib import Path
from shlex import quote

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.files.given import is_file
from harness.record import Verdict
from harness.report import pair as page
from harness.report.publishing import published
from harness.report.terminal import console
from harness.runs.pair import score as score_pair
from harness.runtime import output
from harness.verdict import PairScores

GATE = Verdict.ALTERED  # what is worse than the reference, as far as anything tells, is degraded


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("degraded", type=click.Path(path_type=Path))
@click.option("--text", help="The words said in REFERENCE, to score words as well.")
@click.option("--delay", type=click.IntRange(min=0), default=0, help="Delay that the codec declares, in samples.")
@click.option(
    "--frame",
    type=click.IntRange(min=1),
    default=1,
    help="Frame of the codec, in samples: an output that is less than one too long, as its last frame was filled, is "
    "cut to length.",
)
@click.option("--asr", default="tiny.en", show_default=True, help="Whisper model, by name or path.")
@click.option("--language", default="en", show_default=True, help="That is spoken, as Whisper calls it: de, ja ...")
@click.option(
    "--at-least",
    type=click.Choice([verdict.value for verdict in Verdict][:-1]),
    help="Exit with 1 if the verdict is worse than this.",
)
@click.option("--gate", is_flag=True, help=f"Exit with 1 if the pair is degraded or worse: --at-least {GATE}.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page that shows and plays it.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(
    reference: Path,
    degraded: Path,
    text: str | None,
    delay: int,
    frame: int,
    asr: str,
    language: str,
    at_least: str | None,
    gate: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """
    Score DEGRADED against REFERENCE, two audio files; a missing value says why it is undefined.

    The verdict holds DEGRADED against what REFERENCE would score against itself.
    """
    if gate and at_least is not None:
        raise click.UsageError(f"got --gate, which is --at-least {GATE}, and --at-least; give one of them")
    if text and Path(text).suffix and is_file(Path(text)):
        raise click.UsageError(f'--text got a file, {text}, wanted the words in it: --text "$(cat {quote(text)})"')
    asked = GATE if gate else Verdict(at_least) if at_least is not None else None
    scores = score_pair(
        reference, degraded, text=text, declared_delay=delay, frame_size=frame, asr=asr, language=language
    )
    worse = asked is not None and scores.verdict.rank > asked.rank
    made = published(lambda: page.write(report, scores, reference, degraded)) if report is not None else None
    printer = console()
    if as_json:
        output.say_json(scores.model_dump_json(indent=1))
    else:
        _show(scores, printer)
        if made is not None and made.page is not None:
            printer.print(f"report: {made}", soft_wrap=True, markup=False)
        if text is None and scores.verdict.rank > Verdict.EQUIVALENT.rank:
            printer.print("words: not scored; --text says what was said in the reference", markup=False)
        if worse:
            printer.print(f"gate: {scores.verdict} is worse than {asked}", markup=False)
    lacking = made is not None and made.page is None  # told last, so that no score is lost for it
    if lacking:
        output.complain(f"codec-harness: report: {made}")
    sys.exit(1 if worse else 2 if lacking else 0)


def _show(scores: PairScores, printer: Console) -> None:
    """Print measurements, those that have one with their limit, what was heard, and the verdict with its reasons."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measurement", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("limit", overflow="fold")
    for line in page.lines(scores):
        value, limit = (escape(said.replace("\N{MINUS SIGN}", "-")) for said in (line.value, line.limit))
        table.add_row(line.name, f"[bold red]{value} BEYOND[/]" if line.beyond else value, limit)
    printer.print(table)
    if scores.heard is not None and scores.heard.transcript is not None:
        printer.print(f"heard: {scores.heard.transcript.text}", markup=False)
        for finding in scores.heard.transcript.findings:
            printer.print(f"finding: {finding}", markup=False)
    printer.print(f"verdict: {scores.verdict}", markup=False)
    for reason in scores.reasons:
        printer.print(f"    {reason}", markup=False)
