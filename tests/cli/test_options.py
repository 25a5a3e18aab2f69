"""Numbers and options of adapters as commands take them: what is none is a usage error, and nothing is run."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.cli.options import NumberRange, parse_options
from harness.errors import UsageInvalid


def options(command: click.Command, name: str) -> Iterator[tuple[str, click.Option]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for one in command.list_commands(context):
            found = command.get_command(context, one)
            assert found is not None
            yield from options(found, f"{name} {one}")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and isinstance(
            parameter.type, click.FloatRange | click.types.FloatParamType
        ):
            yield name, parameter


NUMBERS = list(options(cli, "codec-harness"))


def test_commands_take_numbers():
    assert {option.opts[0] for _, option in NUMBERS} >= {
        "--limit",
        "--seconds",
        "--minutes",
        "--days",
        "--to",
        "--alpha",
    }


@pytest.mark.parametrize(("name", "option"), NUMBERS)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "1e309", "x", ""])
def test_what_is_no_finite_number_is_refused_by_every_command(name, option, value):
    """Else a search of "nan" seconds tries nothing and says that nothing diverged."""
    with pytest.raises(click.BadParameter) as raised:
        option.type.convert(value, option, click.Context(click.Command(name)))
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("command", ["fuzz pcm --seconds nan", "check pcm --minutes nan", "store prune --to inf"])
def test_the_command_ends_with_2_and_says_which_option(command):
    done = CliRunner().invoke(cli, command.split())
    assert done.exit_code == 2
    assert f"'{command.split()[-2]}'" in done.output


def test_a_number_within_its_bounds_is_taken():
    assert NumberRange(0.1, 2).convert("1e0", None, None) == 1.0
    assert NumberRange(0).convert(3, None, None) == 3.0


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ((), {}),
        (("bitrate=9000",), {"bitrate": 9000}),
        (("a=1", "a=2"), {"a": 2}),
        (("name=a b",), {"name": "a b"}),
        (("x=a=b",), {"x": "a=b"}),
        (("empty=",), {"empty": ""}),
        (('list=[1, "x"]', "on=true"), {"list": [1, "x"], "on": True}),
        (('text="1"',), {"text": "1"}),
    ],
)
def test_a_value_is_toml_if_it_is_and_else_text(given, parsed):
    assert parse_options(given) == parsed


@pytest.mark.parametrize("given", ["bitrate", "=1", "", "name=a\0b", "name=\udce4"])
def test_what_is_no_option_is_refused_with_what_was_got(given):
    with pytest.raises(UsageInvalid, match=r"--option: got .*wanted"):
        parse_options((given,))
