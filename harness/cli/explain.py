"""`codec-harness explain`: where two setups diverge, in one paragraph."""

import json
from pathlib import Path

import click

from harness.errors import SuiteInvalid
from harness.record import Verdict
from harness.report import publish
from harness.runs.explained_cells import cell, explain_setups, remember, suite_of, suspects, verdict_of


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@click.argument("cells", metavar="[CELL]...", nargs=-1)
@click.option("--against", metavar="SETUP", help="The setup to hold it against; its own reference if not given.")
@click.option("--utterance", metavar="ID", help="The utterance; the worst one of the run if not given.")
@click.option("--store", is_flag=True, help="Keep the explanations in the run, and show them in its report.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanations as JSON, one to a line.")
def explain(
    run: Path, cells: tuple[str, ...], against: str | None, utterance: str | None, store: bool, as_json: bool
) -> None:
    """
    Replay CELL of RUN and its reference side by side, and say where they diverge: frame, module and state.

    RUN is the folder of a run, its run.json, or a suite. CELL is SETUP/UTTERANCE, or a SETUP alone. Without CELL, every
    setup of the run that is not what it must be is explained on its worst utterance.
    """
    suite, record = suite_of(run)
    if store and (record is None or against is not None):
        raise SuiteInvalid(
            "--store keeps what a run's cells are against their own references: give a run, no --against"
        )
    if not cells and record is None:
        raise SuiteInvalid(
            f"{run} is a suite, so nothing is known to be wrong: name a CELL, such as {suite.setups[-1].name}"
        )
    texts: dict[tuple[str, str], str] = {}
    for name in cells or suspects(record) if record else cells:
        setup, of_cell = cell(suite, record, name)
        chosen = utterance or of_cell
        explanation = explain_setups(suite, setup, against, chosen)
        was = verdict_of(record, setup, chosen) if record is not None and against is None else None
        if explanation.side is None and was not in (None, Verdict.IDENTICAL):
            said = f"{explanation.text} The run found {was}: the codec is not any more what it was then; run it again."
            explanation = explanation.model_copy(update={"text": said})
        click.echo(json.dumps({"cell": name} | explanation.model_dump()) if as_json else f"{explanation.text}\n")
        if chosen is not None:
            texts[setup, chosen] = explanation.text
    if store and record is not None:
        folder = run if run.is_dir() else run.parent
        remember(folder, record, texts)
        page = publish(folder)
        if page.page is None:
            click.echo(f"report: {page}", err=True)
