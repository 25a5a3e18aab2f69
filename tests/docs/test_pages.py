"""Every page: its commands and options exist, its blocks are what they say, its tutorials work as typed."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from pages import PAGES, ROOT, blocks, commands, name_of

from harness.cli.main import cli

TUTORIALS = ROOT / "docs" / "tutorials"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_exists_with_its_options(page: Path) -> None:
    for words in commands(page):
        command: click.Command = cli
        context = click.Context(cli, info_name="codec-harness")
        arguments = list(words)
        while isinstance(command, click.Group):
            assert arguments, words
            found = command.get_command(context, arguments[0])
            assert found is not None, f"no command {arguments[0]}: {words}"
            command, context = found, click.Context(found, parent=context, info_name=arguments.pop(0))
        command.make_parser(context).parse_args(arguments)  # raises for an option that there is not


def test_there_are_commands_to_look_at() -> None:
    assert sum(len(list(commands(page))) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_is_what_it_says(page: Path) -> None:
    reads = {"toml": tomllib.loads, "python": ast.parse, "json": json.loads, "yaml": yaml.safe_load}
    for block in blocks(page):
        if block.language in reads:
            reads[block.language](block.text)


@pytest.mark.slow
def test_the_tutorials_work_as_typed_one_after_the_other(tmp_path: Path) -> None:
    for name in ("first-codec", "first-gate", "first-bisect"):
        followed(TUTORIALS / f"{name}.md", tmp_path)


def followed(page: Path, folder: Path) -> None:
    """Save the files of a page, type its commands, and look for what it shows of their output; `[...]` is anything."""
    said = ""
    for block in blocks(page):
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            said = typed(block.text, folder)
        elif block.language == "text":
            for line in filter(None, block.text.splitlines()):
                wanted = r".*?".join(
                    r"\s+".join(map(re.escape, part.split())) for part in line.replace("[...]", "\0").split("\0")
                )
                assert re.search(wanted, said), f"{page.name} shows {line!r}, but this was said:\n{said}"


def typed(script: str, folder: Path) -> str:
    """Run *script* as somebody at a shell in *folder*, and return all that was printed; each command must succeed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTEST_ADDOPTS": "-p no:hypothesispytest",
        "COLUMNS": "160",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
