"""Random programs part a port from its original, and are shortened; equal ones are left in peace."""

import pytest
from click.testing import CliRunner

from harness.check.implementation import Implementation
from harness.check.parity.asking import Asking
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.check.parity.search import search
from harness.cli.fuzz import fuzz as command

DELTA = "planted.ports:Delta"


def searched(faults: str, programs: int):
    port = Implementation.of(DELTA, {"faults": faults})
    with Player(Implementation.of(DELTA, {}), 60) as first, Player(port, 60) as second:
        return search(Asking(paired(first, second, None, None)), programs=programs, seconds=60, seed=1)


def test_equal_implementations_never_part():
    found = searched("", 60)
    assert found.asked is None
    assert found.programs == 60


def test_a_loss_that_leaves_state_is_found_and_shortened_to_three_calls():
    found = searched("loss", 200)
    assert [call.of == "lost" for call in found.asked.program] == [False, True, False]


def test_other_arithmetic_is_no_parting():
    assert searched("scale", 40).asked is None


def test_the_command_records_the_shortest_program(tmp_path):
    result = CliRunner().invoke(
        command,
        [DELTA, "--option", "faults=reset", "--against", DELTA, "--seed", "1", "--vectors", str(tmp_path / "set")],
    )
    assert result.exit_code == 1
    assert "reset" in result.output
    assert (tmp_path / "set" / "shortest" / "pcm-out.wav").is_file()


@pytest.mark.parametrize("unused", [["--json"], ["--poison"], ["--save", "x.txt"], ["--limit", "5"]])
def test_an_option_that_does_nothing_against_another_is_refused(unused):
    result = CliRunner().invoke(command, [DELTA, "--against", DELTA, *unused])
    assert result.exit_code != 0
    assert str(result.exception) == f"{unused[0]} does not go with --against"
