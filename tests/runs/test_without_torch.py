"""A machine without PyTorch: a suite with the CTranslate2 recogniser runs whole, and the default says how to get it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import installation
from harness.errors import MissingExtra
from harness.gate.baseline import scored_otherwise
from harness.metrics.whisper.hearing import describe
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runtime import provenance

CONTENT = {
    "speech": {"utterances": ["heart-04"]},
    "scores": {"asr": "ct2:tiny.en", "pesq": False, "stoi": False},
    "codecs": {"plain": {"adapter": "pcm"}},
    "setups": [{"codec": "plain", "topology": ["shared"]}],
}
SUITE = """
name = "light"
[speech]
utterances = ["heart-04"]
[scores]
asr = "ct2:tiny.en"
[codecs.plain]
adapter = "pcm"
[[setups]]
codec = "plain"
topology = ["shared", "cloned-decoder"]
"""

BLOCK = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
def found(name, *more):
    return None if name.partition(".")[0] in ("torch", "whisper") else find(name, *more)
PathFinder.find_spec = found
"""


def _suite(asr: str) -> suites.Suite:
    scores = {"asr": asr, "pesq": False, "stoi": False}
    return suites.parse(CONTENT | {"scores": scores}, "test", Path(), "test")


def _without_torch(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where neither this process nor a worker of it can import torch or openai-whisper."""
    (tmp_path / "blocked").mkdir(exist_ok=True)
    (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCK)
    path = os.pathsep.join([str(tmp_path / "blocked"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = os.environ | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)


def test_a_run_needs_no_torch_and_judges_words(tmp_path: Path) -> None:
    (tmp_path / "light.codec.toml").write_text(SUITE)
    done = _without_torch(tmp_path, "run", "light.codec.toml", "--out", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    (place,) = tmp_path.glob("out/**/run.json")
    made = json.loads(place.read_text())["provenance"]
    assert made["recogniser"]["compute_type"] == "int8"
    assert "ctranslate2" in made["packages"]
    cell = (place.parent / "cells.jsonl").read_text()
    assert '"transcript_logp"' in cell


def test_the_default_says_what_else_is_installed(tmp_path: Path) -> None:
    (tmp_path / "heavy.codec.toml").write_text(SUITE.replace("ct2:", ""))
    done = _without_torch(tmp_path, "run", "heavy.codec.toml", "--out", "out")
    assert done.returncode == 2
    assert "pip install 'codec-harness[asr]'" in " ".join(done.stderr.split())
    assert 'asr = "ct2:tiny.en"' in " ".join(done.stderr.split())


def test_doctor_tells_of_the_engine_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_installed", lambda module: module not in ("torch", "whisper"))
    told = {finding.what: finding for finding in installation.examine()}
    assert told["recogniser (CTranslate2)"].ok
    assert not told["recogniser (Whisper)"].ok
    assert 'asr = "ct2:tiny.en"' in told["recogniser (Whisper)"].remedy


def test_without_its_package_the_engine_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(MissingExtra, match=r"ctranslate2 is not installed; pip install 'codec-harness\[ct2\]'"):
        pipeline.run(_suite("ct2:tiny.en"), tmp_path, jobs=1)


def test_what_one_engine_heard_is_never_held_against_another() -> None:
    now = provenance.collect({}, describe("ct2:tiny.en"), {}, (1, 1))
    for other in ("tiny.en", "ct2-float32:tiny.en"):
        reasons = scored_otherwise((1, 1), {}, describe(other), now)
        before = describe(other).get("compute_type")
        assert f"recogniser compute_type was {before}, now int8" in reasons
    assert not scored_otherwise((1, 1), {}, describe("ct2:tiny.en"), now)
