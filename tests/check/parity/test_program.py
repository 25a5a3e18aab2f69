"""Programs have a text form that is read back, and random ones are the same for the same seed everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check.parity.laws import PARITY
from harness.check.parity.program import parse, random_program, shape, text
from harness.errors import UsageInvalid


@given(st.integers(0, 1 << 40))
def test_every_random_program_is_read_back_from_its_text(seed):
    program = random_program(seed)
    assert parse(text(program)) == program


def test_a_seed_always_gives_the_same_program():
    assert text(random_program(7)) == text(random_program(7))
    assert text(random_program(7)).splitlines()[:3] == SEVEN


SEVEN = ["encode silence 0:1", "encode pauses 2:3", "encode pauses 3:4"]


@pytest.mark.parametrize("name", PARITY)
def test_every_law_has_calls(name):
    assert PARITY[name].program({"encode": "speech", "decode": "soft"})


def test_a_shape_is_blind_to_which_signal_and_how_much():
    one = parse("decode speech 0:1\ndecode speech 1:3\ndecode lost 0:1")
    assert shape(one) == ("decode signal", "decode lost") == shape(parse("decode soft 3:4\ndecode lost 4:5"))


@pytest.mark.parametrize(
    "line",
    ["encode lost 0:1", "decode speech 2:2", "decode speech 0:99", "reset left", "refuse it", "jump", "encode x"],
)
def test_what_is_no_call_is_refused_with_its_line(line):
    with pytest.raises(UsageInvalid, match="program, line 2"):
        parse(f"encode speech 0:1\n{line}")
