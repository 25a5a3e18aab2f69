"""`codec-harness init`: from nothing to a suite that can be accepted, and a workflow that holds it to that."""

from pathlib import Path
from typing import Any

import click

from harness.cli import starter
from harness.cli.options import parse_options
from harness.codecs.loading import load_sealed
from harness.errors import HarnessError
from harness.files import SUITE_SUFFIX
from harness.files.given import toml
from harness.runtime import output
from harness.runtime.importing import find_beside
from harness.runtime.pool import IsolatedPool


@click.command()
@click.argument("codec")
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter, as in a suite."
)
@click.option("--name", help="What the suite and the codec in it are called; after the codec if not given.")
def init(codec: str, options: tuple[str, ...], name: str | None) -> None:
    """
    Begin to test CODEC here: a short name, package.module:Class, `command` for a program or `server` for a service.

    Writes a suite, a GitHub workflow and a line of .gitignore, each only if it is not there. The codec is loaded first:
    if it cannot be used, it is said why, and nothing is written.

    \b
      codec-harness init my_codec:MyCodec --option bitrate=9000
      codec-harness init command --option 'serve=["./app", "--serve"]'
      codec-harness init command --option 'roundtrip=["./app", "{in}", "{out}"]' \\
          --option sample_rate=24000 --option frame_size=1920
      codec-harness init server --option url=ws://127.0.0.1:8801/codec
    """
    here = Path.cwd()
    find_beside(here)
    given = parse_options(options)
    with IsolatedPool(1) as pool:
        stateful, promises_not = pool.submit(_introduced, codec, given).result()
    called = starter.plain_name(name) if name else starter.suite_name(codec, given)
    made = starter.begin(here, called, codec, given, stateful=stateful, promises_not=promises_not)
    for path, written in made.items():
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        output.say(f"{'wrote' if written else 'kept'} {shown}{'' if written else ', which was there'}")
    if step := starter.step_to_add(here, codec, given):
        output.say(f"the workflow does not check the laws of {codec} yet; add to its steps:\n{step}")
    suite = called + SUITE_SUFFIX
    if _elsewhere(here / "pyproject.toml"):
        output.say(
            f'pytest has testpaths here, so name the suite in pyproject.toml: [tool.codec-harness] suites = ["{suite}"]'
        )
    output.say(f"to see what it gives: codec-harness run {suite}")
    output.say("to hold it to that: pytest -m codec --codec-update, look at and listen to the report; pytest -m codec")


def _introduced(adapter: str, options: dict[str, Any]) -> tuple[bool, dict[str, str]]:
    """Load a codec, in a process that it may end; return whether it has state, and what it does not promise."""
    codec = load_sealed(adapter, options)
    return codec.info.stateful, codec.promises_not


def _elsewhere(path: Path) -> bool:
    """Tell whether pytest is told to look for tests in other places than where the suite is, and not told of suites."""
    try:
        content = toml(path, HarnessError) if path.is_file() else {}
        tools = content.get("tool", {})
        told = tools.get("codec-harness", {}).get("suites")
        return bool(tools.get("pytest", {}).get("ini_options", {}).get("testpaths")) and not told
    except (HarnessError, AttributeError):  # no tables: pytest will say so
        return False
