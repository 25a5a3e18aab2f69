"""Options of adapters, and numbers, as several commands take them."""

import math
from typing import Any

import click

from harness.errors import UsageInvalid
from harness.files.given import check_plain, toml_of


class NumberRange(click.FloatRange):
    """A number within bounds: NaN is within none, and without end nothing can be waited or tried."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; a usage error says what is wrong with it."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def refuse_given(why: str, **given: object) -> None:
    """Raise `UsageInvalid`, with the reason *why*, if an option that does nothing here is *given*."""
    for name, value in given.items():
        if value is not None and value is not False and value != ():  # a number 0 is given
            raise UsageInvalid(f"--{name.replace('_', '-')} {why}")


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
