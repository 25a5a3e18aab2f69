"""
Text of others, such as names, transcripts, messages of codecs: what is refused in it, and how it is shown.

A control character in a name can move a terminal's cursor, set its title or hide a line; a line that begins with `::`
is a command to GitHub Actions, and so is `##[` anywhere. Names and transcripts with control characters are refused when
they are loaded (`require_plain`); everything else is escaped where it is printed: `loggable` for whole lines of a
terminal or log, `in_markdown` and `json_printable` for these, `printable` for text that goes elsewhere.
"""

import re

from harness.errors import HarnessError

MESSAGE = 500  # characters of a message; a codec may raise with the content of a file in it
NAME = 80

# C0 and C1 with DEL; line and paragraph separator; embeddings, overrides and isolates of bidirectional text; invisible
# tag letters; byte order marks; half characters and non-characters. Marks that a script needs (joiners, LRM, RLM) stay.
_CONTROL = (
    "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
# Patterns as text: `re` compiles each when it is first used, and keeps it; every command loads this module.
_ANY = f"[{_CONTROL}]"
_LAYOUT = "\t\n\r"  # what a transcript of several lines holds
_NOT_SHOWN = f"(?![\t\n])[{_CONTROL}]"
_MARKUP = r"([\\`*_{}\[\]()<>#+!|~&@])"
_NOT_JSON = f"{_NOT_SHOWN}|#(?=#\\[)"  # neither stands outside of a string
_COMMAND = r"(?m)^([^\S\n]*):(?=:)|#(?=#\[)"


def printable(text: str) -> str:
    r"""Return *text* with each control character but tab and newline as its escape, such as `\x1b` or `\u202e`."""
    return re.sub(_NOT_SHOWN, lambda found: _escape(found[0]), text)


def one_line(text: str, most: int | None = None) -> str:
    """Return *text* as `printable`, on one line, cut to *most* characters, past any methods of its own."""
    own = str.__getitem__(text, slice(0, None if most is None else most + 1))
    plain = printable(" ".join(own.split()))
    return plain if most is None or len(plain) <= most else f"{plain[: most - 3]}..."


def said_by(error: BaseException) -> str:
    """
    Return what *error* says, as one line of no more than `MESSAGE` characters, all of them printable.

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


def loggable(text: str) -> str:
    """Return lines as `printable`, of which none is a command to the log that they may end up in."""
    return re.sub(_COMMAND, lambda found: f"{found[1] or ''}{_escape(found[0][-1])}", printable(text))


def in_markdown(text: str) -> str:
    """Return *text* as one line of Markdown that shows it as it is: no markup, no HTML, no end of a table's cell."""
    return re.sub(_MARKUP, r"\\\1", one_line(text))


def json_printable(text: str) -> str:
    r"""Return the JSON *text* with control characters inside its strings escaped as `\u....`; it means the same."""
    return re.sub(_NOT_JSON, lambda found: "".join(f"\\u{unit:04x}" for unit in _utf16(found[0])), text)


def require_plain(text: str, what: str, error: type[HarnessError], *, layout: bool = False) -> None:
    """
    Raise *error* if *text* holds a control character; *what* names it, such as "speech.toml: the id of an utterance".

    layout : allow tabs and line ends, as a transcript may have
    """
    for found in re.finditer(_ANY, text):
        if not (layout and found[0] in _LAYOUT):
            raise error(
                f"{what} holds a control character, {_escape(found[0])} at place {found.start() + 1} of "
                f"'{_shortened(printable(text))}'; remove it"
            )


def _shortened(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}..."


def _escape(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _utf16(letter: str) -> list[int]:
    number = ord(letter)
    if number < 0x10000:
        return [number]
    number -= 0x10000
    return [0xD800 + (number >> 10), 0xDC00 + (number & 0x3FF)]
