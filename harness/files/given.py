"""
Files that somebody gives us: suites, manifests, transcripts, baselines, records, configurations. They are data.

Each is read in one way: a plain file, of a size that makes sense, UTF-8 with or without a byte order mark, and TOML or
JSON that is not too deep and holds nothing that the rest of the harness could not print or write again. What is not so
is refused in one line, as the error that the caller names. A FIFO, a socket or a device is never opened.
"""

import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from reprlib import Repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args

from harness.errors import HarnessError, meant

if TYPE_CHECKING:  # commands that read no table start without it
    from pydantic import BaseModel

_Model = TypeVar("_Model", bound="BaseModel")

LARGEST_TEXT = 64 << 20  # bytes
LARGEST_TOML = 8 << 20  # bytes; its parser reads about 2 MB a second
LARGEST_RECORD = 256 << 20  # bytes of JSON that we wrote ourselves
DEEPEST = 64  # tables and lists inside each other; the parsers and writers of JSON give up at some hundreds
MOST_PARTS = 32  # of a dotted key; the parser's time grows with their square
LONG_KEY = re.compile(rf"""(?:^|[\[{{,])[ \t]*(?:[\w"'-]+[ \t]*\.[ \t]*){{{MOST_PARTS},}}""", re.MULTILINE)
INTEGERS = range(-(1 << 63), 1 << 63)

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_TYPES = ("str", "bool", "tuple[str, ...]")  # of which a key may be several, as pydantic calls them
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class _Odd(Exception):
    """What is wrong with a content; the message goes behind the name of the file."""


def is_file(path: Path) -> bool:
    """Tell whether *path* is a plain file; False for a name that no file can have, of which pathlib raises OSError."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Tell whether *path* is a folder, as `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def check_file(path: Path, kind: type[HarnessError], *, wanted: str, most: int = LARGEST_TEXT) -> None:
    """Raise *kind* unless *path* is a plain file of at most *most* bytes; it is not opened."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise kind(f"{path}: cannot be read (no such file); wanted {wanted}") from None
    except (OSError, ValueError) as error:  # of a name that holds NUL
        raise kind(f"{str(path)!r}: cannot be read ({_reason(error)}); wanted {wanted}") from None
    what = next((name for is_it, name in _KINDS if is_it(found.st_mode)), None)
    if what is not None:
        raise kind(f"{path}: cannot be read (it is {what}); wanted {wanted}")
    if found.st_size > most:
        raise kind(f"{path}: cannot be read ({found.st_size} bytes, at most {most} are); wanted {wanted}")


def content(path: Path, kind: type[HarnessError], *, wanted: str, most: int = LARGEST_TEXT) -> bytes:
    """Return the bytes of *path*, at most *most*; raise *kind* if it cannot be read, or is more or no plain file."""
    check_file(path, kind, wanted=wanted, most=most)
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = file.read(most + 1)
    except OSError as error:
        raise kind(f"{path}: cannot be read ({_reason(error)}); wanted {wanted}") from None
    if len(found) > most:  # grown meanwhile, or of a file system that tells no sizes
        raise kind(f"{path}: cannot be read (more than {most} bytes); wanted {wanted}")
    return found


def text(
    path: Path, kind: type[HarnessError], *, wanted: str, most: int = LARGEST_TEXT, encoding: str = "utf-8"
) -> str:
    """Return the text of *path*, lines ended by newlines, without byte order marks; raise *kind* if it is no text."""
    found = content(path, kind, wanted=wanted, most=most)
    if found[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise kind(f"{path}: cannot be read (UTF-16, not UTF-8); wanted {wanted}; save it again as UTF-8")
    try:
        read = found.decode(encoding).replace("\ufeff", "")  # also inside of files that were put together
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise kind(
            f"{path}:{line}: cannot be read (not {encoding.upper()} at byte {error.start}); wanted {wanted}"
        ) from None
    if "\0" in read:
        line = read.count("\n", 0, read.index("\0")) + 1
        raise kind(f"{path}:{line}: cannot be read (a NUL character); wanted {wanted}")
    return read.replace("\r\n", "\n").replace("\r", "\n")


def toml(path: Path, kind: type[HarnessError], *, wanted: str = "a TOML file") -> dict[str, Any]:
    """Return what the TOML file *path* holds, plain data only; raise *kind* with what is wrong and where."""
    read = text(path, kind, wanted=wanted, most=LARGEST_TOML)
    try:
        return toml_of(read)
    except ValueError as error:
        raise kind(f"{path}: not TOML: {error}; wanted {wanted}") from None


def toml_of(read: str) -> dict[str, Any]:
    """Return what the TOML in *read* holds; raise ValueError in one line."""
    if LONG_KEY.search(read):
        raise ValueError(f"a key has {MOST_PARTS} dots or more")
    try:
        found = tomllib.loads(read)
        _check_plain(found)
    except RecursionError:
        raise ValueError(f"it nests deeper than {DEEPEST} levels") from None
    except _Odd as odd:
        raise ValueError(str(odd)) from None
    except ValueError as error:  # of its own kind, or an integer of more digits than Python converts
        raise ValueError(_one_line(str(error))) from None
    return found


def json_of(read: str | bytes, path: Path, kind: type[HarnessError], *, what: str, mend: str) -> Any:
    """Return the JSON in *read*, of *path*; raise *kind*, with *what* it is ("a run") and how to *mend* it."""
    try:
        found = json.loads(read, parse_constant=_no_constant, object_pairs_hook=_once)
        _check_plain(found)
    except json.JSONDecodeError as error:
        raise kind(f"{path}:{error.lineno}: {what} that is not JSON ({error.msg}); {mend}") from None
    except RecursionError:
        raise kind(f"{path}: {what} that nests deeper than {DEEPEST} levels; {mend}") from None
    except (_Odd, ValueError) as error:
        raise kind(f"{path}: {what} that cannot be used: {_one_line(str(error))}; {mend}") from None
    return found


def json_file(path: Path, kind: type[HarnessError], *, wanted: str) -> Any:
    """Return what the JSON file *path* holds; raise *kind* with what is wrong and where."""
    return json_of(text(path, kind, wanted=wanted), path, kind, what="a file", mend=f"wanted {wanted}")


def check_plain(found: Any) -> None:
    """Raise ValueError unless *found* is plain data, as of a file that is read here."""
    try:
        _check_plain(found)
    except _Odd as odd:
        raise ValueError(str(odd)) from None


def explained(error: Any, whole: str = "the file", of: "type[BaseModel] | None" = None) -> str:
    """
    Turn one of pydantic's errors into `key: what is wrong, got what`.

    whole : what has no key; of : what was to be read, so that an unknown key can be told from those that exist
    """
    key = ".".join(str(part) for part in error["loc"]) or whole
    if error["type"] == "extra_forbidden":
        keys = _keys(of, error["loc"][:-1]) if of is not None else ()
        if not keys:
            return f"{key}: unknown key; see `codec-harness list` and the documentation for those that exist"
        return f"{key}: unknown key; {meant(str(error['loc'][-1]), keys)}wanted one of {', '.join(keys)}"
    if error["type"] == "missing":
        return f"{key}: missing"
    said = error["msg"].removeprefix("Value error, ")
    if isinstance(error["input"], dict):  # what is wrong in a table is said; the whole of it tells no more
        return f"{key}: {said}"
    return f"{key}: {said}, got {_SHORT.repr(error['input'])}"


def of_each_key(errors: Sequence[Any]) -> list[Any]:
    """
    Return pydantic's *errors*, one of each key.

    A key that may be of several types has one for each of them, told as one here; where something inside is wrong, only
    that is.
    """
    found: dict[tuple[str | int, ...], Any] = {}
    for error in errors:
        place = tuple(part for part in error["loc"] if part not in _TYPES)
        said = error["msg"]
        if place in found:
            said = f"{found[place]['msg']} or {said.removeprefix('Input should be ')}"
        found[place] = {**error, "loc": place, "msg": said}
    inner = {place[:depth] for place in found for depth in range(len(place))}
    return [error for place, error in found.items() if place not in inner]


def as_typed(model: type[_Model], content: dict[str, Any]) -> _Model:
    """
    Return what *content*, the tables of a TOML file, says; raise pydantic's `ValidationError` if it is no *model*.

    A text that reads as a number or as `true` is none here, and `true` is no number: who writes `limit = true`, or
    `pesq = "no"`, did not mean what pydantic would make of it.
    """
    # By way of JSON, since in Python's own values a strict model would ask for tuples and enums.
    model.model_validate_json(json.dumps(content, default=str), strict=True)
    return model.model_validate(content)


def _keys(model: "type[BaseModel]", place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys of the tables that may stand at *place* in a file that *model* reads."""
    here = {model}
    for part in place:  # a number of a list or a key of the user's own leads no further into the model
        fields = [one.model_fields[str(part)] for one in here if str(part) in one.model_fields]
        here = set().union(*(_models(field.annotation) for field in fields)) if fields else here
    return tuple(sorted({name for one in here for name in one.model_fields}))


def _models(annotation: Any) -> "set[type[BaseModel]]":
    if hasattr(annotation, "model_fields"):
        return {annotation}
    return set().union(*(_models(part) for part in get_args(annotation)))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _one_line(said: str) -> str:
    return " ".join(said.split())


def _no_constant(name: str) -> NoReturn:
    raise _Odd(f"{name}, which is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Odd(f"the key {_SHORT.repr(twice)} occurs twice")
    return found


def _check_plain(found: Any) -> None:
    """Raise `_Odd` for what cannot be written as JSON, printed, or passed on to a file system. No recursion."""
    waiting: list[tuple[Any, int, tuple[str, ...]]] = [(found, 0, ())]
    while waiting:
        item, depth, keys = waiting.pop()
        if depth > DEEPEST:
            raise _Odd(f"it nests deeper than {DEEPEST} levels")
        if isinstance(item, dict):
            waiting += [(key, depth + 1, keys) for key in item]
            waiting += [(value, depth + 1, (*keys, str(key))) for key, value in item.items()]
        elif isinstance(item, list | tuple):
            waiting += [(each, depth + 1, keys) for each in item]
        else:
            said = _odd(item)
            if said is not None:
                raise _Odd(f"{_SHORT.repr('.'.join(keys))[1:-1]}: {said}" if keys else said)


def _odd(item: Any) -> str | None:
    if isinstance(item, bool) or item is None:
        return None
    if isinstance(item, str):
        return _odd_text(item)
    if isinstance(item, int):
        return None if item in INTEGERS else "an integer of more than 64 bits"
    if isinstance(item, float):
        return None if math.isfinite(item) else f"a number that is not finite ({item})"
    return f"a {type(item).__name__} ({_SHORT.repr(item)}); write it as text, in quotes"


def _odd_text(item: str) -> str | None:
    if "\0" in item:
        return f"a text with a NUL character, {_SHORT.repr(item)}"
    try:
        item.encode()
    except UnicodeEncodeError:
        return f"a text with half of a surrogate pair, {_SHORT.repr(item)}"
    return None
