"""`codec-harness explain`: where two setups part, in one paragraph."""

from pathlib import Path

import click

from harness.localise.cells import cell, explain_setups, suite_of


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@click.argument("cell_name", metavar="CELL")
@click.option("--against", metavar="SETUP", help="The setup to hold it against; its own reference if not given.")
@click.option("--utterance", metavar="ID", help="The utterance; the worst one of the run if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
def explain(run: Path, cell_name: str, against: str | None, utterance: str | None, as_json: bool) -> None:
    """
    Replay CELL of RUN and its reference side by side, and say where they part: frame, module and state.

    RUN is the folder of a run, its run.json, or a suite. CELL is SETUP/UTTERANCE, or a SETUP alone.
    """
    suite, record = suite_of(run)
    setup, of_cell = cell(suite, record, cell_name)
    explanation = explain_setups(suite, setup, against, utterance or of_cell)
    click.echo(explanation.model_dump_json(indent=1) if as_json else explanation.text)
