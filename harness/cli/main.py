"""
The command line. Each command lives in its own module and is imported only when it is called, so that help is instant.

Exit codes: 0 all expectations met, 1 some not met, 2 usage or bad input (one line says what), 130 interrupted.
"""

import importlib
import sys
from typing import NoReturn

import click

from harness._version import __version__
from harness.errors import HarnessError

COMMANDS = {  # name: (module and function, what it is for)
    "init": ("harness.cli.init:init", "Begin: write a suite for a codec, and a workflow that gates it."),
    "run": ("harness.cli.run:run", "Run a suite: speech through setups to verdicts."),
    "demo": ("harness.cli.demo:demo", "Replay the story of the garbled voice app on the embedded codecs."),
    "bisect": ("harness.cli.bisect:bisect", "Find which difference, or which version, broke it."),
    "diff": ("harness.cli.diff:diff", "List the factors in which two setups differ."),
    "score": ("harness.cli.score:score", "Score one decoded file against its reference."),
    "report": ("harness.cli.report:report", "Make the HTML report of a run again, or compare two runs."),
    "baseline": ("harness.cli.baseline:command", "Show, compare and accept what a suite is held to."),
    "calibrate": ("harness.cli.calibrate:command", "Accept a baseline from repeated runs of a suite."),
    "check": ("harness.cli.check:check", "Check the laws of a streaming codec; print its conformance card."),
    "fuzz": ("harness.cli.fuzz:fuzz", "Search for programs of calls that break a codec's laws."),
    "explain": ("harness.cli.explain:explain", "Say where a cell diverges from its reference: frame, module, state."),
    "list": ("harness.cli.listing:listing", "List codecs, topologies, wires, paths, metrics or speech."),
    "doctor": ("harness.cli.doctor:doctor", "Say what is installed, what is missing, and what mends it."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse NUL, which no shell can pass on and no file can be called; all else is the group's own."""
        odd = next((arg for arg in args if "\0" in arg), None)
        if odd is not None:
            raise click.UsageError(f"got {odd!r}, which holds a NUL character", ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="codec-harness")
def cli() -> None:
    """Regression tests for streaming speech codecs: is it still the same speech, and if not, what broke it?"""


def main() -> NoReturn:
    """Run the command line; every expected error is one line on standard error."""
    try:
        code = cli.main(prog_name="codec-harness", standalone_mode=False)
    except click.exceptions.Abort:
        print("interrupted; what is finished is kept, and the same command goes on from there", file=sys.stderr)
        code = 130
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "codec-harness"
        print(f"{where}: {error.format_message()} (see {where} --help)", file=sys.stderr)
        code = 2
    except HarnessError as error:
        print(f"codec-harness: {error}", file=sys.stderr)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
