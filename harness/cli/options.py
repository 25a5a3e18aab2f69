"""Options of adapters, as several commands take them."""

from typing import Any

from harness.errors import UsageInvalid
from harness.files.given import check_plain, toml_of


def parse_options(options: tuple[str, ...]) -> dict[str, Any]:
    """Turn `key=value` texts into options: a value is read as TOML if it is TOML, else taken as text."""
    parsed: dict[str, Any] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise UsageInvalid(f"--option: got {option!r}, wanted KEY=VALUE, such as bitrate=9000")
        try:
            parsed[key.strip()] = toml_of(f"value = {value}")["value"]
        except ValueError:
            parsed[key.strip()] = _text(option, value)
    return parsed


def _text(option: str, value: str) -> str:
    try:
        check_plain(value)
    except ValueError as error:
        raise UsageInvalid(f"--option: got {option!r}: {error}; wanted UTF-8") from None
    return value
