"""
The command line. Each command lives in its own module and is imported only when it is called, so that help is instant.

Exit codes, of all commands:

    0    all expectations met; nothing found
    1    some not met; something found
    2    usage or bad input: one line says what was got, what was wanted and what to do
    70   an internal error, which is a fault of the harness: one line says where; `CODEC_HARNESS_TRACEBACK=1` says more
    125  with `bisect --exit-code`, instead of 2 and 70: it cannot be judged, so `git bisect run` skips it
    129, 130, 143  stopped by SIGHUP, Ctrl-C, SIGTERM; what is finished is kept
    141  who reads standard output has gone
"""

import errno
import functools
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from harness.cli import signals
from harness.errors import HarnessError
from harness.runtime import importing, output
from harness.runtime.text import loggable, told
from harness.runtime.version import __version__

NOT_JUDGED = 125  # what `git bisect run` takes for "this one cannot be tested"
INTERNAL = 70  # EX_SOFTWARE of sysexits.h
JUDGING = "--exit-code"
TRACEBACK = "CODEC_HARNESS_TRACEBACK"

COMMANDS = {  # name: (module and function, what it is for)
    "init": ("harness.cli.init:init", "Begin: write a suite for a codec, and a workflow that gates it."),
    "run": ("harness.cli.run:run", "Run a suite: speech through setups to verdicts."),
    "merge": ("harness.cli.merge:merge", "Merge the shards of a run into the run of one machine."),
    "demo": ("harness.cli.demo:demo", "Replay the story of the garbled voice app on the embedded codecs."),
    "bisect": ("harness.cli.bisect:bisect", "Find which difference, or which version, broke it."),
    "diff": ("harness.cli.diff:diff", "List the factors in which two setups differ."),
    "score": ("harness.cli.score:score", "Score one decoded file against its reference."),
    "report": ("harness.cli.report:report", "Make the HTML report of a run again, or compare two runs."),
    "listening": ("harness.cli.listening:listening", "Put the results of listening tests together."),
    "baseline": ("harness.cli.baseline:command", "Show, compare and accept what a suite is held to."),
    "history": ("harness.cli.history:command", "Follow measurements over many releases: does one slide?"),
    "sensitivity": ("harness.cli.sensitivity:command", "Plant faults into a suite's codecs: would it notice?"),
    "calibrate": ("harness.cli.calibrate:command", "Accept a baseline from repeated runs of a suite."),
    "check": ("harness.cli.check:check", "Check the laws of a streaming codec; print its conformance card."),
    "fuzz": ("harness.cli.fuzz:fuzz", "Search for programs of calls that break a codec's laws."),
    "vectors": ("harness.cli.parity:command", "Record conformance vectors of a codec; hold an implementation to them."),
    "explain": ("harness.cli.explain:explain", "Say where a cell diverges from its reference: frame, module, state."),
    "list": ("harness.cli.listing:listing", "List codecs, topologies, wires, paths, metrics or speech."),
    "store": ("harness.cli.store:command", "Look after what is kept of earlier results."),
    "doctor": ("harness.cli.doctor:doctor", "Say what is installed, what is missing, and what fixes it."),
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

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; of an error of its usage, which click tells without a context, say whose it is."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if error.ctx is None and command is not None:
                error.ctx = click.Context(command, info_name=ctx.invoked_subcommand, parent=ctx)
            raise

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        with importing.for_good():
            command: click.Command = getattr(importlib.import_module(module), function)
        return _with_output(command)

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
    """Run the command line; every error is one line on standard error. See above for the exit codes."""
    output.steady()
    signals.answer()
    importing.end_quickly()
    judging = JUDGING in sys.argv
    try:
        code = cli.main(prog_name="codec-harness", standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        code = 2
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a verdict
        code = _interrupted() if signals.asked() else _failed(error, judging=judging)
    signals.over()
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: Exception, *, judging: bool) -> int:
    """Say in one line what went wrong, and return the exit code."""
    if isinstance(error, click.ClickException):
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "codec-harness"
        output.complain(f"{where}: {error.format_message()} (see {where} --help)")
    elif isinstance(error, HarnessError):
        output.complain(f"codec-harness: {error}")
    else:
        _tell_fault(error)
        return NOT_JUDGED if judging else INTERNAL
    return NOT_JUDGED if judging else 2


def _interrupted() -> int:
    output.complain("interrupted; what is finished is kept, and the same command goes on from there")
    return signals.exit_code()


def _with_output(command: click.Command) -> click.Command:
    """Have *command*, or those of the group that it is, own standard output while it runs."""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            _with_output(part)
    elif command.callback is not None and not hasattr(command.callback, "__wrapped__"):
        command.callback = _owning_output(command.callback)
    return command


def _owning_output(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(*args: Any, **options: Any) -> Any:
        with output.claimed():
            try:
                return callback(*args, **options)
            except OSError as error:
                if error.errno != errno.EPIPE:
                    raise
                raise RuntimeError(f"a pipe is broken: {error}") from error  # click would exit with 1, a verdict

    return run


def _tell_fault(error: Exception) -> None:
    """Say in one line that the harness is at fault, and where; in full if that is asked for."""
    import traceback  # most commands end without one
    from pathlib import Path

    if os.environ.get(TRACEBACK):
        for line in traceback.format_exception(error):
            sys.stderr.write(loggable(line))
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({Path(last[0].filename).name}:{last[0].lineno})" if last else ""
    output.complain(
        f"codec-harness: internal error, a fault of the harness: {told(error)}{place}; "
        f"please report it, with what {TRACEBACK}=1 shows"
    )
