"""
The errors that a caller acts on.

Every `HarnessError` carries one line for the person at the terminal: what was got, what was wanted, what to do.
The command line prints that line and exits with code 2; no traceback reaches the user.
"""

from collections.abc import Iterable

LONGEST = 2_000  # characters of a message; names, keys and values that go into one may be of any length
_END = 300  # of them: what to do is said last


class HarnessError(Exception):
    """Something is wrong that the user can mend; the message says how."""

    def __str__(self) -> str:
        said = super().__str__()
        if len(said) <= LONGEST:
            return said
        return f"{said[: LONGEST - _END]} [{len(said) - LONGEST} characters left out] {said[-_END:]}"


class SpeechInvalid(HarnessError):
    """Reference speech is missing, cut off, damaged, altered (hash), silent, off scale or without a transcript."""


class UsageInvalid(HarnessError):
    """An option or argument of a command or call is unknown, contradicts another one, or asks for what there is not."""


class NothingReached(HarnessError):
    """No change since a commit can reach any setup that was asked for, so that there is nothing to run."""


class SuiteInvalid(HarnessError):
    """A suite or history, or the options that it gives a codec, names something unknown or impossible."""


class MissingExtra(HarnessError):
    """A package is not installed that an extra of this one brings: a codec's, a scorer's, the report's."""


class CodecUnavailable(HarnessError):
    """An adapter is unknown, or cannot be imported, made or started."""


class CodecBroken(CodecUnavailable):
    """An adapter that is there raises while it is loaded, or declares what cannot be."""


class CodecUnknown(CodecUnavailable):
    """What a suite calls an adapter leads to none: nothing is run until that is mended."""


class WeightsInvalid(HarnessError):
    """A checkpoint is missing, truncated, pickled, or of another geometry than its configuration says."""


class CodecFailed(HarnessError):
    """
    A codec raised, or returned something of another shape, length, type or range than it promised.

    placed : the message says in which call that was, and no call around it did it, as where sessions wait for another
    """

    placed = False


class TriedAgain(CodecFailed):
    """A codec failed for what may be over by the next run, which tries again: it changed while it was used."""


class ProgramKilled(TriedAgain):
    """A signal ended a program that is the codec: by its own fault or from outside."""


class NotOffered(CodecFailed):
    """A law or a wiring asks for what the codec says, or shows, that it does not have: it does not apply."""


class ScorerUnavailable(HarnessError):
    """A scorer that the suite asks for cannot be used: its weights cannot be had."""


class RecordInvalid(HarnessError):
    """A stored run, cell or baseline cannot be read, or was written by a newer schema."""


class ExecutorUnavailable(HarnessError):
    """An executor cannot be reached, has no worker that will do, or was lost; what was finished before is kept."""


class NotWritable(HarnessError):
    """A file or folder cannot be written: no room, no right, or a symbolic link where none may be."""


class MetricUndefined(HarnessError):
    """A metric has no value for this input; the message is the reason. Never a score, never a pass."""


def meant(name: str, known: Iterable[str]) -> str:
    """Return "did you mean 'shared'? " with the one of *known* names that is most like *name*; empty if none is."""
    from difflib import get_close_matches  # here, since every command loads this module

    near = get_close_matches(name, list(known), 1) if len(name) <= LONGEST else []
    return f"did you mean {near[0]!r}? " if near else ""
