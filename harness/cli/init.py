"""`codec-harness init`: from nothing to a suite that can be accepted, and a workflow that holds it to that."""

import tomllib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli import starter
from harness.cli.options import parse_options
from harness.codecs.loading import load_sealed
from harness.errors import HarnessError, UsageInvalid
from harness.files import SUITE_SUFFIX
from harness.files.given import toml
from harness.record import Verdict
from harness.runs.pipeline import run
from harness.runs.preparing import Options
from harness.runs.suite import parse
from harness.runs.suite_speech import chosen_speech
from harness.runtime import output
from harness.runtime.importing import find_beside
from harness.runtime.pool import IsolatedPool
from harness.runtime.temporary import temporary_folder


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
    if name is not None and not any(one.isascii() and one.isalnum() for one in name):
        raise UsageInvalid(f"--name: got {name!r}, wanted a name with letters or digits of ASCII")
    here = Path.cwd()
    find_beside(here)
    given = parse_options(options)
    with IsolatedPool(1) as pool:
        stateful, promises_not = pool.submit(_introduced, codec, given).result()
    called = starter.plain_name(name) if name else starter.suite_name(codec, given)
    text = partial(starter.suite_text, called, codec, given, stateful=stateful, promises_not=promises_not)
    there = (here / (called + SUITE_SUFFIX)).exists()
    unheard = {} if there else _unheard(tomllib.loads(text()), called, here)
    made = starter.begin(here, called, text(unheard=unheard), codec, given)
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


def _unheard(content: dict[str, Any], name: str, here: Path) -> dict[str, str]:
    """
    Return the verdicts of those expected failures of a suite that its speech does not show to be any.

    The state of some codecs shows in lost frames or pauses alone. One utterance that shows a failure is enough; words
    are not asked. Where nothing can be tried, as if all were shown.
    """
    suite = parse(content, name, here, name)
    controls = [setup.name for setup in suite.setups if setup.topology_name in starter.CONTROLS]
    first, *more = [one.id for one in chosen_speech(suite.speech)]
    left = dict.fromkeys(controls, "")
    for utterances in ([first], more):
        if not left:
            break
        output.say(
            f"trying on {utterances[0]}{' and others' * (len(utterances) > 1)} what must be heard: {_names(left)}"
        )
        tried = suite.selected(setups=[f"{name}/shared", *left], utterances=utterances, asr=False)
        try:
            with temporary_folder() as folder:
                record = run(tried, folder, Options(repeat=False, explain=False)).record
        except HarnessError:
            return {}
        found = {setup.name: setup for setup in record.setups}
        if found[f"{name}/shared"].verdict is Verdict.UNDEFINED:
            return {}
        left = {one: str(found[one].verdict) for one in left if one in found and not found[one].met}
    return {one.partition("/")[2]: verdict for one, verdict in left.items()}


def _names(setups: Iterable[str]) -> str:
    return ", ".join(one.partition("/")[2] for one in setups)


def _elsewhere(path: Path) -> bool:
    """Tell whether pytest is told to look for tests in other places than where the suite is, and not told of suites."""
    try:
        content = toml(path, HarnessError) if path.is_file() else {}
        tools = content.get("tool", {})
        told = tools.get("codec-harness", {}).get("suites")
        return bool(tools.get("pytest", {}).get("ini_options", {}).get("testpaths")) and not told
    except (HarnessError, AttributeError):  # no tables: pytest will say so
        return False
