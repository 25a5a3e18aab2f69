"""
What a record may say of the machine that it was made on: no absolute path, and no value of an environment variable.

A path inside the working folder is written relative to it. Of one elsewhere its name is left; where it stands alone, as
an option does, so is the start of a hash, so that two files of one name stay different.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

ENVIRONMENT = "environment"  # the table of a codec's options whose values are secrets
ELSEWHERE = ".../"
NOT_TOLD = "(not recorded: sha256 "

# Not the rest of a relative path, nor what follows a scheme, as in https://, unless that is of files: file:///.
_ABSOLUTE = re.compile(
    r"""(?:(?<![\w./~+-])|(?i:(?<=\bfile://)))/(?!/)(?:[^\s/'"`:;,()<>|\[\]{}]+/)*[^\s/'"`:;,()<>|\[\]{}]+"""
)

_LEFT_OUT = re.compile(rf"(?<![\w.]){re.escape(ELSEWHERE)}")  # also within a text, such as --weights=.../a.bin


def portable(text: str) -> str:
    r"""
    Return *text* with each absolute path of two or more parts relative to the working folder, or cut to its name.

    Bytes of a name that are no UTF-8, which JSON cannot hold, are escapes then, such as `\udcff`.
    """
    return _utf8(_ABSOLUTE.sub(lambda found: _cut(found[0]), text) if "/" in text else text)


def portable_data(data: Any) -> Any:
    """Return plain *data* with `portable` texts of UTF-8 and without the values of environment variables."""
    if isinstance(data, dict):
        return {
            key: {name: _secret(value) for name, value in value.items()}
            if key == ENVIRONMENT and isinstance(value, dict)
            else portable_data(value)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return type(data)(portable_data(part) for part in data)
    if not isinstance(data, str):
        return data
    if not data.startswith("/") or "\n" in data:
        return portable(data)
    cut = _utf8(_cut(data))  # the whole of it is a path, blanks and all
    return f"{cut}#{_short(data)}" if cut.startswith(ELSEWHERE) else cut


def is_left_out(data: Any) -> bool:
    """Tell whether *data* says less than what it was made of, so that nothing can be run from it."""
    if isinstance(data, dict):
        return any(is_left_out(part) for part in data.values())
    if isinstance(data, list | tuple):
        return any(is_left_out(part) for part in data)
    return isinstance(data, str) and (data.startswith(NOT_TOLD) or _LEFT_OUT.search(data) is not None)


def _cut(path: str) -> str:
    path = path.rstrip("/") or path
    if path.count("/") < 2:
        return path
    here = Path.cwd()
    if here != Path("/") and Path(path).is_relative_to(here):
        return str(Path(path).relative_to(here))
    return ELSEWHERE + path.rpartition("/")[2]


def _secret(value: Any) -> str:
    text = str(value)
    return text if text.startswith(NOT_TOLD) else f"{NOT_TOLD}{_short(text)})"


def _utf8(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
