"""The exported Mimi of docs/parity-pairs.md: it streams in ONNX Runtime, and is Mimi to rounding."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.findings import parity_card
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.codecs.loading import load
from harness.errors import CodecUnavailable
from harness.runtime.importing import find_beside

pytestmark = pytest.mark.slow

for needed in ("onnx", "onnxruntime", "onnxscript"):
    pytest.importorskip(needed, reason="needs the extra codec-harness[onnx]")

EXAMPLE = Path(__file__).parents[2] / "examples" / "exported-mimi"
ADAPTER = "exported_mimi:ExportedMimi"
LAWS = ("encode-speech", "decode-speech", "one-call", "reset-encoder", "reset-decoder")


def test_it_streams_as_moshi_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    find_beside(EXAMPLE)
    subprocess.run([sys.executable, EXAMPLE / "exported_mimi.py", tmp_path], check=True, capture_output=True)
    exported = Implementation.of(ADAPTER, {"folder": str(tmp_path)})
    with Player(Implementation.of("mini", {}), 300) as first, Player(exported, 300) as second:
        card = parity_card(paired(first, second, None, None), LAWS)
    found = {finding.law: finding.agreement for finding in card.findings}
    assert found["encode-speech"] is found["reset-encoder"] is Agreement.BITS
    assert set(found.values()) <= {Agreement.BITS, Agreement.ROUNDING}


def test_a_folder_without_it_says_how_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    with pytest.raises(CodecUnavailable, match=r"no such file; make it with: python3 exported_mimi\.py"):
        load(ADAPTER, {"folder": str(tmp_path)})
