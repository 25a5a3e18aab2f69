"""`codec-harness explain`: where two setups diverge, in one paragraph."""

import json
from pathlib import Path

import click

from harness.cli.options import NumberRange
from harness.errors import UsageInvalid
from harness.files import given
from harness.record import RunRecord, Verdict
from harness.report import publish
from harness.runs.explained_cells import cell, explain_setups, remember, suite_of, suspects, verdict_of, wrong_alone
from harness.runs.recorded import check_same
from harness.runs.shards import refuse_shard
from harness.runs.suite import Suite
from harness.runs.suite_speech import chosen_speech
from harness.runtime import calls, output
from harness.runtime.pool import IsolatedPool


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@click.argument("cells", metavar="[CELL]...", nargs=-1)
@click.option("--against", metavar="SETUP", help="The setup to hold it against; its own reference if not given.")
@click.option(
    "--utterance", metavar="ID", help="The utterance; the worst of the run, or the first of a suite, if not given."
)
@click.option("--limit", type=NumberRange(0.1, calls.MOST), help="Seconds for one call of a codec (300).")
@click.option("--store", is_flag=True, help="Keep the explanations in the run, and show them in its report.")
@click.option("--suite", "suite_file", type=click.Path(path_type=Path, dir_okay=False), help="The suite of RUN.")
@click.option("--trust-record", is_flag=True, help="Run the codecs that RUN itself names, whoever wrote it.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanations as JSON, one to a line.")
def explain(
    run: Path,
    cells: tuple[str, ...],
    against: str | None,
    utterance: str | None,
    store: bool,
    as_json: bool,
    suite_file: Path | None = None,
    trust_record: bool = False,
    limit: float | None = None,
) -> None:
    """
    Replay CELL of RUN and its reference side by side, and say where they diverge: frame, module and state.

    RUN is the folder of a run, its run.json, or a suite. CELL is SETUP/UTTERANCE, or a SETUP alone. Without CELL, every
    setup of the run that is not what it must be is explained on its worst utterance.

    A run is data: its codecs are run only if they come with the harness, or from the suite that --suite names.
    """
    suite, record = suite_of(run, suite_file, trusted=trust_record)
    if store and (record is None or against is not None):
        raise UsageInvalid(
            "--store keeps what a run's cells are against their own references: give a run, no --against"
        )
    if not cells and record is None:
        raise UsageInvalid(
            f"{run} is a suite, so nothing is known to be wrong: name a CELL, such as {suite.setups[-1].name}"
        )
    folder = run if given.is_folder(run) else run.parent
    if record is not None and not cells:
        refuse_shard(folder)  # which has no verdict
        _tell_beside(run, record, as_json=as_json)
    texts: dict[tuple[str, str], str] = {}
    with IsolatedPool(1, call_limit=limit or suite.limit) as pool:
        wrong = suspects(record) if record is not None else []
        if utterance is not None:
            wrong = [name.rpartition("/")[0] for name in wrong]
        for name in cells or wrong:
            setup, chosen = _cell(suite, record, name, utterance)
            if record is not None:
                check_same(suite, record, setup, against or suite.setup(setup).reference)
            explanation = explain_setups(suite, setup, against, chosen, pool)
            was = verdict_of(record, setup, chosen) if record is not None and against is None else None
            if explanation.side is None and not explanation.failed and was not in (None, Verdict.IDENTICAL):
                changed = (
                    f"The run found {was}: the codec is not any more what it was then, or not the same in each run; "
                    "run it again."
                )
                explanation = explanation.model_copy(update={"text": f"{explanation.text} {changed}"})
            texts[setup, chosen] = explanation.text
            if as_json:
                output.say_json(json.dumps({"cell": name, "utterance": chosen} | explanation.model_dump()))
            else:
                output.say(f"{f'On {chosen}: ' if name == setup else ''}{explanation.text}\n")
    if store and record is not None:
        remember(folder, record, texts)
        page = publish(folder)
        if page.page is None:
            output.complain(f"report: {page}")


def _tell_beside(run: Path, record: RunRecord, *, as_json: bool) -> None:
    """Say of a run, of which no cell is named, what is not replayed: wrong references, or all of it, if it is right."""
    if not as_json:
        for said in wrong_alone(record):
            output.say(f"{said}\n")
    if record.met:
        output.complain(f"{run}: every setup is what it must be; name a CELL to have one explained all the same")


def _cell(suite: Suite, record: RunRecord | None, name: str, utterance: str | None) -> tuple[str, str]:
    """Return the setup and utterance that *name* and *utterance* ask for; raise `UsageInvalid` if they disagree."""
    setup, of_cell = cell(suite, record, name)
    if utterance is not None and name not in (setup, f"{setup}/{utterance}"):
        raise UsageInvalid(f"--utterance: got {utterance}, and the cell {name}, which is of another")
    return setup, utterance or of_cell or chosen_speech(suite.speech)[0].id
