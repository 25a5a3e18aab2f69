"""`codec-harness check`: the laws of a streaming codec, asked of an adapter."""

import sys
from pathlib import Path

import click

from harness.check import card as cards
from harness.check.finding import LawFinding
from harness.check.implementation import Implementation
from harness.check.isolated import LIMIT, check_isolated
from harness.check.laws.table import LAWS, check_left, known
from harness.check.parity.laws import PARITY, STAYS_TOGETHER, chosen
from harness.check.parity.together import PROMISE
from harness.check.subject import MINUTES
from harness.cli.options import NumberRange, parse_options, refuse_given
from harness.cli.parity import (
    ALONE,
    SAME,
    TOGETHER,
    against_options,
    conformance,
    pair_of,
    print_card,
    record,
)
from harness.runtime import calls, output
from harness.runtime.importing import find_beside

ASKED = (  # options that ask something of a codec
    "options", "laws", "excepted", "speech", "codes_from", "limit", "minutes", "position", "against_options",
    "tolerance", "vectors", "programs", "seed", "html", "as_json", "as_markdown",
)  # fmt: skip
SLOWEST = 5.0  # times the length of a stream, for codecs that are slower than that is long


@click.command()
@click.argument("codec", required=False)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter, as in a suite."
)
@click.option("--law", "laws", multiple=True, metavar="NAME", help="Only these laws.")
@click.option("--except", "excepted", multiple=True, metavar="NAME", help="All laws but these.")
@click.option("--speech", type=click.Path(path_type=Path), help="Speech to use: a folder or manifest, two utterances.")
@click.option("--codes-from", metavar="ADAPTER", help="For a decoder alone: the codec whose encoder makes its codes.")
@click.option("--limit", type=NumberRange(1, calls.MOST), default=LIMIT, show_default=True, help="Seconds a law.")
@click.option(
    "--minutes",
    type=NumberRange(0.1, 1440),
    default=MINUTES,
    show_default=True,
    help="Of the long stream of the law endures, or stays-together.",
)
@click.option(
    "--from-position", "position", type=click.IntRange(1, 1 << 40), help="A late frame to move the state to, instead."
)
@against_options
@click.option("--programs", type=click.IntRange(0, 99_999), default=0, help="Random programs among the vectors.")
@click.option("--seed", type=int, default=0, help="Of these programs.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the parity card as a page there.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the card as Markdown.")
@click.option("--list", "listing", is_flag=True, help="List the laws and stop, as without CODEC.")
def check(
    codec: str | None,
    options: tuple[str, ...],
    laws: tuple[str, ...],
    excepted: tuple[str, ...],
    speech: Path | None,
    codes_from: str | None,
    limit: float,
    minutes: float,
    position: int | None,
    against: str | None,
    against_options: tuple[str, ...],
    tolerance: float | None,
    vectors: Path | None,
    programs: int,
    seed: int,
    html: Path | None,
    as_json: bool,
    as_markdown: bool,
    listing: bool,
) -> None:
    """
    Check the laws of a streaming codec on CODEC (a short name, or package.module:Class) and print its card.

    It runs in a process of its own: a codec that crashes or hangs costs one law. Exit code 0 if no law is broken and
    all could be told, else 1.

    With --against, it is held against another implementation instead: the same calls are given to both. Exit code 0
    if they are the same, to the bit or to rounding, else 1.
    """
    if codec is None and not listing:
        refuse_given("asks something of a CODEC, and none is named", *ASKED)
    if listing or codec is None:
        for name, law in (LAWS if against is None else PARITY).items():
            output.say(f"{name:<22} {law.promise}")
        if against is not None:
            output.say(f"{STAYS_TOGETHER:<22} {PROMISE}")
        return
    find_beside(Path.cwd())
    limit += SLOWEST * 60 * (minutes - MINUTES)
    if as_json:
        refuse_given("does not go with --json: give one of them", "as_markdown")
    quiet = as_json or as_markdown
    given = parse_options(options)
    if against is not None:
        refuse_given(ALONE, "codes_from", "position")
        if vectors is None:
            refuse_given("needs --vectors FOLDER, which the programs go into", "programs", "seed")
        form = "json" if as_json else "markdown" if as_markdown else "text"
        asked = chosen(laws, excepted)
        reference = Implementation.of(against, parse_options(against_options))
        with pair_of(Implementation.of(codec, given), reference, speech, tolerance, limit) as pair:
            parity = print_card(pair, asked, minutes=minutes, form=form, html=html)
            if vectors is not None:
                record(vectors, pair, conformance(pair.reference.info, programs, seed, parity))
        sys.exit(0 if parity.agreement in SAME else 1)
    refuse_given(TOGETHER, "against_options", "tolerance", "vectors", "programs", "seed", "html")
    known(laws, "--law")
    known(excepted, "--except")
    laws = tuple(name for name in dict.fromkeys(laws or LAWS) if name not in excepted)
    check_left(laws)
    card = check_isolated(
        codec,
        given,
        laws=laws,
        speech=speech,
        codes_from=codes_from,
        limit=limit,
        minutes=minutes,
        position=position,
        report=None if quiet else _say,
    )
    if as_json:
        output.say_json(card.model_dump_json(indent=1))
    elif as_markdown:
        output.say(cards.markdown(card))
    else:
        for text in cards.elsewhere(card.findings):
            output.say(text)
        output.say(f"{card.codec}: {card.headline} ({card.seconds:.0f} s); seen: {card.covered}")
    sys.exit(0 if card.good else 1)


def _say(finding: LawFinding) -> None:
    if finding.same_as is None:
        output.say(cards.line(finding))
