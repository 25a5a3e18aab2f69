"""`codec-harness merge`: the shards of a run to its verdicts, record and report."""

import sys
from pathlib import Path

import click

from harness.cli.run import tell
from harness.runs.merging import merge as merge_shards
from harness.runtime import output


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the run record instead of the table.")
def merge(folders: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """
    Merge the shards in FOLDERs, which `run --shard` or `pytest --codec-shard` have left, into one run.

    All shards of one run, each once. No codec is run. Leaves what `run` leaves; `pytest --codec-from` holds it against
    its baseline. Exit code 0 if every setup is what it must be, else 1.
    """
    record, folder = merge_shards(folders, out)
    if not as_json:
        output.say(f"run: {folder}")
    sys.exit(tell(record, folder, as_json))
