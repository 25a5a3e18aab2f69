"""The ported codec of docs/parity.md: equal as it is, and each planted mistake is named by its shortest calls."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.findings import ParityCard, ParityFinding, parity_card
from harness.check.parity.laws import chosen
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player

EXAMPLES = Path(__file__).parents[2] / "examples"
LAWS = ("encode-speech", "encode-clipped", "decode-speech", "decode-clipped", "reset-decoder", "one-lost", "first-lost")

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="needs a C++ compiler")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("ported") / "adpcm"
    source = EXAMPLES / "ported-codec" / "adpcm.cpp"
    subprocess.run(["g++", "-O1", "-std=c++17", "-Wall", "-Werror", "-o", program, source], check=True)
    return program


def serve(*arguments: str) -> Implementation:
    return Implementation("command", json.dumps({"serve": arguments}))


def card(port: Path, *mistakes: str) -> ParityCard:
    original = serve(sys.executable, str(EXAMPLES / "command-codec" / "adpcm.py"), "serve")
    with Player(original, 60) as first, Player(serve(str(port), *mistakes), 60) as second:
        return parity_card(paired(first, second, None, None), chosen(LAWS))


def of(found: ParityCard, law: str) -> ParityFinding:
    return next(finding for finding in found.findings if finding.law == law)


def parted(found: ParityCard) -> set[str]:
    return {finding.law for finding in found.parted}


def test_the_port_is_the_same_to_the_bit(port: Path) -> None:
    assert card(port).agreement is Agreement.BITS


def test_the_sign_in_one_branch_is_shown_by_one_frame_that_takes_it(port: Path) -> None:
    found = card(port, "--sign")
    assert parted(found) == {"encode-clipped", "decode-clipped"}
    assert of(found, "encode-clipped").program == "encode clipped 0:1\n"
    assert of(found, "decode-clipped").program == "decode clipped 0:1\n"


def test_state_that_is_kept_is_shown_by_a_frame_a_loss_and_a_frame(port: Path) -> None:
    found = card(port, "--keep-state")
    assert parted(found) == {"one-lost"}
    shown = of(found, "one-lost")
    assert shown.program == "decode speech 4:5\ndecode lost 5:6\ndecode speech 6:7\n"
    assert shown.observed == (
        "after `decode lost 5:6` the reference decodes as a fresh instance does, this one does not"
    )
    assert shown.first_frame == 6


def test_all_three_at_once_are_each_named(port: Path) -> None:
    found = card(port, "--rounding", "--sign", "--keep-state")
    assert of(found, "encode-speech").program == "encode speech 0:1\n"
    assert len(of(found, "decode-speech").program.splitlines()) == 1
    assert of(found, "decode-clipped").program == "decode clipped 0:1\n"
    calls = of(found, "one-lost").program.splitlines()
    assert [call.split()[0] for call in calls] == ["decode"] * 3
    assert calls[1] == "decode lost 5:6"
    assert of(found, "reset-decoder").agreement is Agreement.ARITHMETIC  # what was not planted is not said


def test_a_mistake_that_there_is_not_is_refused(port: Path) -> None:
    done = subprocess.run([port, "--typo"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "adpcm: no argument --typo; there are --rounding, --sign, --keep-state\n"
