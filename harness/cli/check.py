"""`codec-harness check`: the laws of a streaming codec, asked of an adapter."""

import sys
from pathlib import Path
from typing import Any

import click

from harness.check import card as cards
from harness.check.finding import LawFinding
from harness.check.isolated import LIMIT, check_isolated
from harness.check.laws.table import LAWS, known
from harness.codecs.loading import find_beside
from harness.errors import UsageInvalid
from harness.files.given import check_plain, toml_of
from harness.runtime import output


@click.command()
@click.argument("codec", required=False)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter, as in a suite."
)
@click.option("--law", "laws", multiple=True, metavar="NAME", help="Only these laws.")
@click.option("--except", "excepted", multiple=True, metavar="NAME", help="All laws but these.")
@click.option("--speech", type=click.Path(path_type=Path), help="Speech to use: a folder or manifest, two utterances.")
@click.option("--limit", type=click.FloatRange(min=1), default=LIMIT, show_default=True, help="Seconds a law.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the card as Markdown.")
@click.option("--list", "listing", is_flag=True, help="List the laws and stop, as without CODEC.")
def check(
    codec: str | None,
    options: tuple[str, ...],
    laws: tuple[str, ...],
    excepted: tuple[str, ...],
    speech: Path | None,
    limit: float,
    as_json: bool,
    as_markdown: bool,
    listing: bool,
) -> None:
    """
    Check the laws of a streaming codec on CODEC (a short name, or package.module:Class) and print its card.

    It runs in a process of its own: a codec that crashes or hangs costs one law. Exit code 0 if no law is broken and
    all could be told, else 1.
    """
    if listing or codec is None:
        for name, law in LAWS.items():
            output.say(f"{name:<22} {law.promise}")
        return
    find_beside(Path.cwd())
    quiet = as_json or as_markdown
    given = parse_options(options)
    known(excepted, "--except")
    laws = tuple(name for name in laws or LAWS if name not in excepted)
    card = check_isolated(codec, given, laws=laws, speech=speech, limit=limit, report=None if quiet else _say)
    if as_json:
        output.say_json(card.model_dump_json(indent=1))
    elif as_markdown:
        output.say(cards.markdown(card))
    else:
        for text in cards.elsewhere(card.findings):
            output.say(text)
        output.say(f"{card.codec}: {card.headline} ({card.seconds:.0f} s); seen: {card.covered}")
    sys.exit(0 if card.good else 1)


def parse_options(options: tuple[str, ...]) -> dict[str, Any]:
    """Turn `key=value` texts into options: a value is read as TOML if it is TOML, else taken as text."""
    parsed: dict[str, Any] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise UsageInvalid(f"--option: got {option!r}, wanted KEY=VALUE, such as bitrate=9000")
        try:
            parsed[key.strip()] = toml_of(f"value = {value}")["value"]
        except ValueError:
            parsed[key.strip()] = _text(option, value)
    return parsed


def _text(option: str, value: str) -> str:
    try:
        check_plain(value)
    except ValueError as error:
        raise UsageInvalid(f"--option: got {option!r}: {error}; wanted UTF-8") from None
    return value


def _say(finding: LawFinding) -> None:
    if finding.same_as is None:
        output.say(cards.line(finding))
