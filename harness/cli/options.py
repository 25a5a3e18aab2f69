"""Options of adapters, and numbers, as several commands take them."""

import math
from typing import Any

import click
from click.core import ParameterSource

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


def refuse_given(why: str, *names: str) -> None:
    """Raise `UsageInvalid`, with the reason *why*, if a parameter *names* of the running command is given."""
    context = click.get_current_context()
    for one in context.command.params:
        if one.name in names and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE:
            raise UsageInvalid(f"{one.opts[-1]} {why}")


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
