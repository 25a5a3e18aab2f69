"""Where a server is: the option `url`, and headers whose values stand in no suite and no record."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.errors import CodecUnavailable, SuiteInvalid

SCHEMES = ("tcp", "ws", "wss")
WANTED = "wanted tcp://HOST:PORT, ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110


@dataclass(frozen=True)
class Address:
    """A server: *url* as it was given, and its parts; `str()` of it names the server in messages."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return self.url


def address(url: Any) -> Address:
    """Read a URL; raise `SuiteInvalid` if it is none, names no port, or carries a password."""
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        raise _wrong(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _wrong(url, f" ({error})") from None
    if "@" in parts.netloc:
        raise SuiteInvalid("server: url holds a user or a password, which would stand in records; use headers")
    if parts.scheme not in SCHEMES or not parts.hostname or port is None or parts.fragment:
        raise _wrong(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "tcp" and path not in ("", "/"):
        raise SuiteInvalid(f"server: url is {url!r:.120}, but a TCP server has no path; wanted tcp://HOST:PORT")
    return Address(url, parts.scheme, parts.hostname, port, path)


def _wrong(url: Any, why: str = "") -> SuiteInvalid:
    if "@" in str(url):  # it may be a user and a password, wherever the parts of such a URL end
        return SuiteInvalid(
            f"server: url holds an @, and is not repeated, as what is before it may be secret; {WANTED}"
        )
    return SuiteInvalid(f"server: url is {url!r:.120}{why}, {WANTED}")


def check_headers(headers: Any, scheme: str) -> dict[str, str]:
    """
    Return header names with the environment variables that hold their values.

    Raises `SuiteInvalid` for anything else, without repeating what may be a secret.
    """
    if not headers:
        return {}
    if not isinstance(headers, Mapping):
        raise SuiteInvalid("server: headers wants a table of header = 'VARIABLE'")
    if scheme == "tcp":
        raise SuiteInvalid("server: headers are sent when a WebSocket is opened; a tcp:// server gets none")
    for name, variable in headers.items():
        if not _HEADER.fullmatch(str(name)):
            raise SuiteInvalid(f"server: headers: {name!r:.60} is no name of a header")
        if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
            raise SuiteInvalid(
                f"server: headers.{name} wants the name of an environment variable that holds the value, such as "
                "'VOICE_TOKEN'; the value itself would stand in the suite and in every record"
            )
    return dict(headers)


def header_values(headers: Mapping[str, str]) -> dict[str, str]:
    """Look the values up; raise `CodecUnavailable` if a variable is not set or cannot be a header."""
    values = {}
    for name, variable in headers.items():
        value = os.environ.get(variable)
        if value is None:
            raise CodecUnavailable(f"server: headers.{name} names an environment variable that is not set; set it")
        if not value.isprintable():
            raise CodecUnavailable(f"server: headers.{name}: the variable's value is no header (line break or control)")
        values[name] = value
    return values


def secrets_of(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what no message may repeat: the values of headers, and their words, as in `Bearer TOKEN`."""
    return [(name, part) for name, value in values.items() for part in (value, *value.split())]
