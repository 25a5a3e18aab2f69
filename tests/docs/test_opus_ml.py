"""The example of docs/parity-pairs.md in Node: Opus in WebAssembly, without and with its neural decoders."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.findings import ParityCard, parity_card
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player

PROGRAM = Path(__file__).parents[2] / "examples" / "opus-ml" / "opus_ml.mjs"
PACKAGE = "@wasm-audio-decoders/opus-ml@0.0.3"
REFERENCE = Implementation.of("opus", {"bitrate": 24_000, "application": "voip"})
LAWS = ("decode-speech", "decode-noise", "reset-decoder")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="needs Node and npm"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("opus-ml")
    shutil.copy(PROGRAM, folder)
    install = ["npm", "install", "--no-audit", "--no-fund", PACKAGE]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder / PROGRAM.name


def card(program: Path, enhancement: str) -> ParityCard:
    serve = {"serve": ["node", str(program), enhancement]}
    with Player(REFERENCE, 120) as first, Player(Implementation("command", json.dumps(serve)), 120) as second:
        return parity_card(paired(first, second, None, None), LAWS)


def test_without_a_neural_decoder_it_decodes_the_same_to_the_bit(program: Path) -> None:
    assert card(program, "none").agreement is Agreement.BITS


@pytest.mark.parametrize(("enhancement", "snr"), [("lace", 24), ("nolace", 11)])
def test_a_neural_decoder_makes_other_sound_from_the_second_frame_on(program: Path, enhancement: str, snr: int) -> None:
    speech = card(program, enhancement).findings[0]
    assert (speech.law, speech.agreement, speech.first_frame) == ("decode-speech", Agreement.PARTED, 1)
    assert speech.snr is not None
    assert speech.snr.value == pytest.approx(snr, abs=1)


def test_an_enhancement_that_there_is_not_is_refused(program: Path) -> None:
    done = subprocess.run(["node", program, "typo"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "there are none, lace and nolace" in done.stderr
