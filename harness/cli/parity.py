"""What `check` and `fuzz` do with `--against`, and `codec-harness vectors`: implementations held against each other."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.check.implementation import Implementation
from harness.check.parity import card as cards
from harness.check.parity import vectors
from harness.check.parity.agreement import Agreement
from harness.check.parity.asking import Asking
from harness.check.parity.findings import ParityCard, ParityFinding, parity_card
from harness.check.parity.laws import PARITY, of_a_decoder
from harness.check.parity.pair import Pair, PairInputs, check_reference, paired, speech_for
from harness.check.parity.playing import Player
from harness.check.parity.program import FLUSH, Program, parse, random_program, text
from harness.check.parity.search import search
from harness.check.parity.verify import verify
from harness.cli.options import NumberRange, parse_options
from harness.codecs.protocol import CodecInfo
from harness.errors import UsageInvalid
from harness.files import write_whole
from harness.report.parity import page
from harness.runtime import calls, output
from harness.runtime.importing import find_beside

Function = TypeVar("Function", bound=Callable[..., Any])
SAME = (Agreement.BITS, Agreement.ROUNDING)


def against_options(function: Function) -> Function:
    """Add the options of `--against` to a command."""
    for option in reversed(
        [
            click.option("--against", metavar="CODEC", help="The reference implementation to hold it against."),
            click.option(
                "--against-option", "against_options", multiple=True, metavar="KEY=VALUE", help="An option of that one."
            ),
            click.option(
                "--tolerance",
                type=NumberRange(0, 1),
                help="Largest PCM difference that counts as rounding (declared).",
            ),
            click.option(
                "--vectors",
                type=click.Path(path_type=Path, file_okay=False),
                help="Record conformance vectors of the reference into this folder.",
            ),
        ]
    ):
        function = option(function)
    return function


ALONE = "does not go with --against"
TOGETHER = "needs --against CODEC, the reference implementation"


@contextlib.contextmanager
def pair_of(
    codec: Implementation, reference: Implementation, speech: Path | None, tolerance: float | None, limit: float
) -> Iterator[Pair]:
    """Give the two implementations, each in a process of its own."""
    with Player(reference, limit) as first, Player(codec, limit) as second:
        yield paired(first, second, speech, tolerance)


def print_card(pair: Pair, laws: tuple[str, ...], *, minutes: float, form: str, html: Path | None) -> ParityCard:
    """Ask the laws of a pair, and print the card as *form* says: text, json or markdown."""
    laws = _of_its_sides(pair.other.info, laws)

    def say(finding: ParityFinding) -> None:
        if form == "text" and finding.same_as is None:
            output.say(cards.line(finding))

    card = parity_card(pair, laws, say, minutes)
    if form == "json":
        output.say_json(card.model_dump_json(indent=1))
    elif form == "markdown":
        output.say(cards.markdown(card))
    else:
        for said in cards.closing(card):
            output.say(said)
    if html is not None:
        write_whole(html, page(card, cards.command(card)), mend="name another file")
    return card


def _of_its_sides(info: CodecInfo, laws: tuple[str, ...]) -> tuple[str, ...]:
    """Return the *laws* that a codec can be asked; what is left out of a decoder alone is said."""
    if info.encodes:
        return laws
    kept = of_a_decoder(laws)
    if not kept:
        raise UsageInvalid(f"--law: {info.name} is a decoder alone, and all of these laws encode")
    if left := len(laws) - len(kept):
        output.complain(f"{info.name} is a decoder alone: {left} laws that encode are not asked")
    return kept


def record(folder: Path, pair: Pair, programs: dict[str, Program]) -> None:
    """Record *programs* on the reference of a pair."""
    index = vectors.write(folder, pair.reference, pair.inputs, pair.tolerance, programs)
    output.complain(f"{folder}: {len(index.vectors)} vectors of {index.reference}")


def conformance(info: CodecInfo, count: int, seed: int, card: ParityCard | None = None) -> dict[str, Program]:
    """
    Return the programs of a set: of all laws, the shortest that part on a *card*, and *count* random ones.

    info : what the reference declares; of one that holds nothing back no flush is asked
    """
    named = {name: law.program({"encode": "speech", "decode": "speech"}) for name, law in PARITY.items()}
    if not info.start_up:
        del named[FLUSH]
    parted = [] if card is None else card.parted
    named |= {f"shortest-{one.law}": parse(one.program, one.law) for one in parted if one.program}
    return named | {f"random-{number:05}": random_program(seed + number) for number in range(count)}


def search_parting(pair: Pair, *, programs: int, seconds: float, seed: int, folder: Path | None) -> int:
    """Search for a program on which a pair parts; print it, record it into *folder*, and return the exit code."""
    if not pair.other.info.encodes:
        raise UsageInvalid(
            f"{pair.other.info.name} is a decoder alone, and random programs encode; ask it laws: codec-harness check"
        )
    found = search(Asking(pair), programs=programs, seconds=seconds, seed=seed)
    names = f"{pair.other.info.name} against {pair.reference.info.name}"
    tried = f"{names}: {found.programs} programs in {found.seconds:.0f} s (seed {seed}), none parts them"
    if found.asked is None and found.usual is None:
        output.say(tried)
        return 0
    if found.asked is None:
        output.say(f"{tried} by more than plain use, in which they are not the same: codec-harness check says how")
        return 1
    words = found.asked.parting.words if found.asked.parting else str(found.asked.agreement)
    output.say(
        f"{names}: parted, found and shortened in {found.programs} programs, {found.seconds:.0f} s (seed {seed})"
    )
    output.say(f"{words}\n\n{text(found.asked.program)}")
    if folder is not None:
        record(folder, pair, {"shortest": found.asked.program})
    return 1


@click.group(name="vectors")
def command() -> None:
    """Conformance vectors of a codec: what it is given and what it answers, as files that need no codec-harness."""


@command.command(name="verify")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("codec")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter.")
@click.option("--tolerance", type=NumberRange(0, 1), help="Largest PCM difference that counts (as recorded).")
@click.option("--limit", type=NumberRange(1, calls.MOST), default=600.0, show_default=True, help="Seconds a vector.")
def verify_command(folder: Path, codec: str, options: tuple[str, ...], tolerance: float | None, limit: float) -> None:
    """
    Hold CODEC to the vectors in FOLDER.

    Exit code 0 if all are the same, to rounding; 1 if one is not.
    """
    vectors.read_index(folder)  # before the codec is loaded
    find_beside(Path.cwd())
    with Player(Implementation.of(codec, parse_options(options)), limit) as player:
        found = []
        for one in verify(folder, player, tolerance):
            found.append(one)
            if one.agreement not in SAME:
                output.say(f"X {one.name:<20} {one.words}")
    wrong = [one for one in found if one.agreement not in SAME]
    output.say(f"{codec}: {len(found) - len(wrong)} of {len(found)} vectors of {folder} are the same")
    sys.exit(1 if wrong else 0)


@command.command(name="write")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("codec")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter.")
@click.option("--programs", type=click.IntRange(min=0, max=99_999), default=100, show_default=True, help="Random ones.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random programs.")
@click.option("--speech", type=click.Path(path_type=Path), help="Speech to use: a folder or manifest.")
@click.option("--limit", type=NumberRange(1, calls.MOST), default=600.0, show_default=True, help="Seconds a vector.")
def write_command(
    folder: Path, codec: str, options: tuple[str, ...], programs: int, seed: int, speech: Path | None, limit: float
) -> None:
    """Record vectors of CODEC into FOLDER: a program for each law of two implementations, and random ones."""
    find_beside(Path.cwd())
    with Player(Implementation.of(codec, parse_options(options)), limit) as player:
        check_reference(player.info)
        inputs = PairInputs(player, speech_for(speech, player.info))
        chosen_programs = conformance(player.info, programs, seed)
        index = vectors.write(folder, player, inputs, player.info.tolerance, chosen_programs)
    output.say(f"{folder}: {len(index.vectors)} vectors of {index.reference}")
