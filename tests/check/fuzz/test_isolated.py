"""A codec that ends its process is caught with the program that did it."""

import re

from click.testing import CliRunner

from harness.check.fuzz.isolated import Target, replay_isolated
from harness.check.fuzz.program import parse
from harness.check.implementation import Implementation
from harness.cli.fuzz import fuzz as command


def test_the_program_that_kills_its_process_is_shrunk_and_replayed(tmp_path):
    saved = tmp_path / "fatal.txt"
    arguments = ["planted.fatal:ClonesFatally", "--seed", "3", "--seconds", "20"]
    found = CliRunner().invoke(command, [*arguments, "--save", str(saved)])
    assert found.exit_code == 1
    assert re.search(r"\b\w = clone \w: the codec ended its worker process \(SIGSEGV", found.output)
    assert re.fullmatch(r"(\w) = open\n\w = clone \1\n", saved.read_text())
    again = CliRunner().invoke(command, ["planted.fatal:ClonesFatally", "--program", str(saved)])
    assert again.exit_code == 1
    assert again.output.startswith("the codec ended its worker process (SIGSEGV")


def test_a_codec_that_dies_of_everything_is_said_to():
    answer = CliRunner().invoke(command, ["planted.fatal:EncodesFatally"])
    assert answer.exit_code != 0
    assert "before any program was tried" in str(answer.exception)


def test_a_replay_that_is_harmless_says_nothing():
    assert replay_isolated(Target(Implementation.of("opus", {})), parse("a = open\nencode a main 0:1")) is None
