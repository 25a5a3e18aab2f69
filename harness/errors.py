"""
The errors that a caller acts on.

Every `HarnessError` carries one line for the person at the terminal: what was got, what was wanted, what to do.
The command line prints that line and exits with code 2; no traceback reaches the user.
"""

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


class SuiteInvalid(HarnessError):
    """A suite or history, or the options that it gives a codec, names something unknown or impossible."""


class MissingExtra(HarnessError):
    """A package is not installed that an extra of this one brings: a codec's, a scorer's, the report's."""


class CodecUnavailable(HarnessError):
    """An adapter is unknown, or cannot be imported, made or started."""


class CodecUnknown(CodecUnavailable):
    """What a suite calls an adapter leads to none: nothing is run until that is mended."""


class WeightsInvalid(HarnessError):
    """A checkpoint is missing, truncated, pickled, or of another geometry than its configuration says."""


class CodecFailed(HarnessError):
    """A codec raised, or returned something of another shape, length, type or range than it promised."""


class ScorerUnavailable(HarnessError):
    """A scorer that the suite asks for cannot be used: its weights cannot be had."""


class RecordInvalid(HarnessError):
    """A stored run, cell or baseline cannot be read, or was written by a newer schema."""


class NotWritable(HarnessError):
    """A file or folder cannot be written: no room, no right, or a symbolic link where none may be."""


class MetricUndefined(HarnessError):
    """A metric has no value for this input; the message is the reason. Never a score, never a pass."""


MESSAGE = 500  # characters of a message; a codec may raise with the content of a file in it
NAME = 80


def said_by(error: BaseException) -> str:
    """
    Return what *error* says, as one line of valid Unicode of no more than `MESSAGE` characters.

    The class of an exception may be foreign code, and so may be its message: whatever these do, nothing is raised.
    """
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - an error that cannot even say what it is
        return "(its message cannot be read)"
    return one_line(text, MESSAGE)


def told(error: BaseException) -> str:
    """Return the class of *error* and what it says, if it says anything."""
    return ": ".join(part for part in (kind_of(error), said_by(error)) if part)


def kind_of(value: object) -> str:
    """Return the name of the class of *value*, past whatever its metaclass makes of that."""
    return one_line(type.__dict__["__name__"].__get__(type(value)), NAME)


def one_line(text: str, most: int) -> str:
    """Return *text* on one line, as valid Unicode, cut to *most* characters, past any methods of its own."""
    cut = str.__getitem__(text, slice(0, most + 1))
    plain = " ".join(str.encode(cut, "utf-8", "backslashreplace").decode("utf-8").split())
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
