"""A metric of one's own, in twenty lines beside a suite: scored, stored, shown, judged and gated like the rest."""

import json
import subprocess
import sys

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.errors import SuiteInvalid
from harness.metrics.alignment import AlignedPair
from harness.metrics.metric import Better
from harness.metrics.own import OwnMetric
from harness.metrics.perceptual import signal_scores, versions
from harness.runs import suite as suites
from harness.runs.conditions import ScoresTable

EARS = """
import numpy as np


def same_sign(reference, degraded, sample_rate):
    return float(np.mean(np.sign(reference) == np.sign(degraded)))


def raises(reference, degraded, sample_rate):
    raise ValueError("no\\x1b[2J ears")


def nothing(reference, degraded, sample_rate):
    return float("nan")
"""
SUITE = """
[speech]
utterances = ["heart-04"]
[scores]
pesq = false
stoi = false
asr = false
[scores.own.same_sign]
function = "my_ears:same_sign"
label = "signs"
better = "higher"
tolerance = 0.01
[scores.own.deaf]
function = "my_ears:raises"
better = "higher"
[codecs.low]
adapter = "opus"
bitrate = 9000
[topologies.reset]
decoder = { instance = "separate", reset = "every-call" }
[[setups]]
codec = "low"
topology = ["shared", "reset"]
at_least = "altered"
"""


@pytest.fixture
def ears(tmp_path, monkeypatch):
    (tmp_path / "my_ears.py").write_text(EARS)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "my_ears", raising=False)
    return tmp_path


def row(function, folder, **facts):
    return OwnMetric(function=f"my_ears:{function}", better=Better.HIGHER, **facts).row(function, folder)


def pair():
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    return AlignedPair(Waveform(noise, 16_000), Waveform(-noise, 16_000))


def test_it_is_called_with_two_signals_and_what_it_raises_is_undefined(ears):
    own = [row(name, ears) for name in ("same_sign", "raises", "nothing")]
    scores = signal_scores(pair(), (), own)
    assert scores["same_sign"].value == 0.0
    assert scores["raises"].undefined == "my_ears:raises: ValueError: no\\x1b[2J ears"
    assert scores["nothing"].undefined is not None
    assert "nan" in scores["nothing"].undefined


def test_a_module_that_is_not_there_is_undefined_too(tmp_path):
    own = OwnMetric(function="no_such_ears:hear", better=Better.LOWER).row("absent", tmp_path)
    score = signal_scores(pair(), (), [own])["absent"]
    assert score.undefined is not None
    assert "ModuleNotFoundError" in score.undefined


def test_its_version_is_the_content_of_its_file_which_is_not_run(tmp_path):
    (tmp_path / "my_ears.py").write_text("raise SystemExit")
    own = row("same_sign", tmp_path, version="2")
    before = versions([own])["same_sign"]
    assert before.startswith("my_ears:same_sign ")
    assert before.endswith(" 2")
    (tmp_path / "my_ears.py").write_text("raise SystemExit(1)")
    assert versions([own])["same_sign"] != before


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("stoi", {"function": "a:b", "better": "higher"}, "there is a metric of that name"),
        ("A b", {"function": "a:b", "better": "higher"}, "wanted small letters"),
        ("mine", {"function": "os:getpid", "better": "higher"}, "a module of Python's own"),
        ("mine", {"function": "nobody", "better": "higher"}, "wanted package.module:function, or an entry point"),
        ("mine", {"function": "a:b", "better": "more"}, "'higher' or 'lower'"),
        ("mine", {"function": "a:b", "better": "higher", "tolerance": 0}, "greater than 0"),
        ("mine", {"function": "a:b"}, "better"),
    ],
)
def test_what_cannot_be_is_refused(table, tmp_path, name, facts, said):
    del table
    content = {"codecs": {"x": {"adapter": "pcm"}}, "setups": [{"codec": "x"}], "scores": {"own": {name: facts}}}
    with pytest.raises(SuiteInvalid, match=said):
        suites.parse(content, "s.toml", tmp_path, "s")


def test_scores_without_own_metrics_are_as_they_were():
    assert "own" not in ScoresTable().model_dump(exclude_defaults=True)


def test_a_suite_scores_judges_shows_and_keeps_it(tmp_path):
    (tmp_path / "my_ears.py").write_text(EARS)
    (tmp_path / "s.toml").write_text(SUITE)
    command = [sys.executable, "-m", "harness", "run", "s.toml", "--jobs", "1", "--no-explain"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 1, done.stderr
    assert "signs" in done.stdout.splitlines()[0].split()
    (path,) = (tmp_path / "reports").glob("*/run.json")
    record = json.loads(path.read_text())
    held, broken = record["setups"]
    assert broken["verdict"] == "degraded"
    assert any("signs " in reason for reason in broken["reasons"]), broken["reasons"]
    assert "same_sign_change_low" in broken["corpus"]
    assert held["corpus"]["same_sign"]["value"] > broken["corpus"]["same_sign"]["value"] + 0.01
    assert record["provenance"]["scorers"]["same_sign"].startswith("my_ears:same_sign ")
    cell = json.loads((path.parent / "cells.jsonl").read_text().splitlines()[1])
    assert "ValueError" in cell["measurements"]["deaf"]["undefined"]
    accept = [sys.executable, "-m", "harness", "baseline", "accept", str(path.parent)]
    subprocess.run(accept, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True)
    (kept,) = (tmp_path / "baselines").glob("*.json")
    assert "same_sign" in json.loads(kept.read_text())["setups"]["low/shared"]["utterances"]["heart-04"]["measured"]
