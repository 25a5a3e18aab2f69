"""`codec-harness fuzz`: random programs of calls, held against fresh instances."""

import json
import secrets
import sys
from pathlib import Path

import click

from harness.check.fuzz.program import parse, text
from harness.check.fuzz.reproduce import suite_text
from harness.check.implementation import Implementation
from harness.cli.options import NumberRange, parse_options, refuse_given
from harness.cli.parity import ALONE, TOGETHER, against_options, pair_of, search_parting
from harness.errors import MissingExtra, UsageInvalid
from harness.files import write_whole
from harness.files.given import text as text_of
from harness.runtime import calls, output
from harness.runtime.importing import find_beside

try:
    from harness.check.fuzz.isolated import Target, replay_isolated, search_isolated, showing_isolated
except ImportError as error:
    raise MissingExtra(f"fuzz needs Hypothesis ({error}); pip install 'codec-harness[fuzz]'") from error

SEARCHED = ("programs", "seconds", "seed", "poison", "save")


@click.command()
@click.argument("codec")
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter, as in a suite."
)
@click.option("--programs", type=click.IntRange(min=1), default=300, show_default=True, help="How many to try.")
@click.option("--seconds", type=NumberRange(min=1), default=60.0, show_default=True, help="How long to try.")
@click.option("--seed", type=int, help="Repeat a search; each is another one if not given.")
@click.option("--poison", is_flag=True, help="Also encode NaN, which a reset must cure.")
@click.option("--speech", type=click.Path(path_type=Path), help="Speech to use: a folder or manifest, two utterances.")
@click.option("--codes-from", metavar="ADAPTER", help="For a decoder alone: the codec whose encoder makes its codes.")
@click.option("--program", type=click.Path(path_type=Path, dir_okay=False), help="Replay this program and stop.")
@click.option("--limit", type=NumberRange(0.1, calls.MOST), help="Seconds for one call of the codec (300).")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write the shortest program there.")
@against_options
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def fuzz(
    codec: str,
    options: tuple[str, ...],
    programs: int,
    seconds: float,
    seed: int | None,
    poison: bool,
    speech: Path | None,
    codes_from: str | None,
    program: Path | None,
    limit: float | None,
    save: Path | None,
    against: str | None,
    against_options: tuple[str, ...],
    tolerance: float | None,
    vectors: Path | None,
    as_json: bool,
) -> None:
    """
    Search for a program of calls that breaks CODEC: open, encode, decode, clone, reset, snapshot, in any order.

    What every instance returns must be what a fresh instance returns that was given the same history and nothing else.
    A program that breaks this, or ends the codec's process, is shrunk to the shortest. One that breaks it is kept: the
    next search begins with it.
    Exit code 1 if there is one, else 0.

    With --against, programs are given to both implementations, until they part.
    """
    if save is not None and not save.parent.is_dir():
        raise UsageInvalid(f"--save: there is no folder {save.parent}; make it, or name another")
    find_beside(Path.cwd())
    given = parse_options(options)
    implementation = Implementation.of(codec, given)
    if against is not None:
        refuse_given(ALONE, "poison", "program", "limit", "save", "as_json", "codes_from")
        reference = Implementation.of(against, parse_options(against_options))
        with pair_of(implementation, reference, speech, tolerance, 2 * seconds + 600) as pair:
            begin = secrets.randbelow(1 << 31) if seed is None else seed
            sys.exit(search_parting(pair, programs=programs, seconds=seconds, seed=begin, folder=vectors))
    refuse_given(TOGETHER, "against_options", "tolerance", "vectors")
    target = Target(implementation, limit, speech, codes_from)
    if program is not None:
        refuse_given("does not go with --program, which is one and is not searched", *SEARCHED)
        given_steps = parse(_read(program), str(program))
        if not given_steps:
            raise UsageInvalid(f"{program}: holds no step, so nothing could diverge; wanted such as 'a = open'")
        divergence = replay_isolated(target, given_steps)
        if as_json:
            told = {"codec": codec, "options": given, "program": [str(step) for step in given_steps]}
            output.say_json(json.dumps(told | {"divergence": divergence}))
        else:
            output.say(divergence or "the program does not diverge")
        sys.exit(1 if divergence else 0)
    found = search_isolated(target, programs=programs, seconds=seconds, seeded=seed, poison=poison)
    showing = showing_isolated(target) if found.program else []
    if save is not None and found.program is not None:
        write_whole(save, text(found.program), mend="name another file")
    if as_json:
        steps = [str(step) for step in found.program or ()]
        content = {"codec": codec, "options": given, "program": steps, "divergence": found.divergence}
        output.say_json(
            json.dumps(content | {"programs": found.programs, "seconds": found.seconds, "topologies": showing})
        )
    elif found.program is None:
        output.say(f"{codec}: {found.programs} programs in {found.seconds:.0f} s, none diverged")
    else:
        output.say(f"{codec}: broken, found and shrunk in {found.programs} programs, {found.seconds:.0f} s")
        output.say(f"{found.divergence}\n\n{text(found.program)}")
        if showing:
            output.say(
                f"The same in a suite, for `codec-harness run`:\n\n{suite_text(codec, given, showing, codes_from)}"
            )
        else:
            output.say("No standard topology shows it; keep the program (--save), and replay it with --program.")
    sys.exit(1 if found.program else 0)


def _read(path: Path) -> str:
    return text_of(path, UsageInvalid, wanted="a program of calls")
