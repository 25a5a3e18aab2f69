"""Nobody reads an old number as a new one: code that decides numbers has a version, and versions are in every key."""

import importlib
import shutil
from pathlib import Path
from typing import Any, cast

import code_versions
import numpy as np
import pytest

from harness.audio.speech import load
from harness.audio.waveform import Waveform
from harness.codecs.identity import Described
from harness.codecs.protocol import CodecInfo
from harness.metrics.alignment import AlignedPair
from harness.metrics.catalogue import METRICS
from harness.runs import suite as suites
from harness.runs.conditions import ScoresTable
from harness.runs.keys import Keys
from harness.runs.scoring import Scorer

SCORES = [row.scorer.score for row in METRICS.values() if row.scorer is not None]
SIGNAL = {getattr(score, "func", score).__module__ for score in SCORES} | {"harness.metrics.perceptual"}
WORDS = {"harness.metrics.whisper", "harness.metrics.words"}


@pytest.mark.parametrize("module", code_versions.CODE)
def test_code_that_changed_has_another_version(module):
    said = code_versions.complaint(module, code_versions.state(module), code_versions.known().get(module))
    assert not said, said


def test_every_metric_has_a_version():
    folder = code_versions.ROOT / "harness"
    answered_for = {path for patterns in code_versions.CODE.values() for name in patterns for path in folder.glob(name)}
    tables = ("__init__.py", "catalogue.py", "metric.py", "text.py", "waveform.py")  # they make no number
    own = ("own.py", "mos_models.py")  # numbers of a suite's own metrics, which are kept by the content of their file
    without = {folder / "metrics" / name for name in (*tables, *own)}
    told = "name the file in CODE (tests/code_versions.py), or here if it makes no number"
    assert set(folder.glob("metrics/**/*.py")) - answered_for == without, told


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(code_versions.ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edited(folder, name, before, after):
    path = folder / "harness" / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_an_edit_without_a_raised_version_is_told_with_the_numbers_to_write(copied):
    was = code_versions.state("harness.metrics.stoi", copied)
    edited(copied, "metrics/stoi.py", "SILENCE = 40", "SILENCE = 30")
    now = code_versions.state("harness.metrics.stoi", copied)
    said = code_versions.complaint("harness.metrics.stoi", now, was)
    assert f"still {was[0]}: raise it to {was[0] + 1}" in said
    assert f'code = "{now[1]}"' in said


def test_comments_layout_and_the_version_itself_are_not_the_code(copied):
    was = code_versions.state("harness.metrics.stoi", copied)
    edited(copied, "metrics/stoi.py", "VERSION = ", "# a remark\n\n\nVERSION = 1")
    edited(copied, "metrics/stoi.py", "Return STOI and ESTOI", "Give STOI and ESTOI")
    now = code_versions.state("harness.metrics.stoi", copied)
    assert now == (int(f"1{was[0]}"), was[1])


def test_any_file_of_a_package_counts(copied):
    was = code_versions.state("harness.metrics.whisper", copied)
    edited(copied, "metrics/whisper/windows.py", "SILENCE_RMS = 1e-4", "SILENCE_RMS = 2e-4")
    assert code_versions.state("harness.metrics.whisper", copied) != was


def keys(speech):
    """Return the keys that are in use: of signal scores, of words, of a cell, of a run."""

    class Asked:
        def submit(self, *_args, **_kwargs):
            raise AssertionError("nothing is to be computed")

    class Seen:
        def __init__(self):
            self.keys = []

        def get(self, key, kind):
            self.keys.append(key)
            return kind.model_validate_json(KNOWN[key.partition(":")[0]])

    seen, asked = Seen(), Asked()
    scorer = Scorer(cast(Any, asked), cast(Any, seen), ScoresTable())
    wave = Waveform(np.ones(16, np.float32), 16000)
    scorer.signal(AlignedPair(wave, wave))
    scorer.hear([wave], "words")
    suite = suites.parse({"codecs": {"p": {"adapter": "pcm"}}, "setups": [{"codec": "p"}]}, "test", Path(), "test")
    info = CodecInfo("p", 16000, 320, 1, 2, 0, False, 0.0, None, "p:1")
    made = Keys(suite, speech, {"p": Described(info, "code", None)}, scorer.identity, [speech[0].id])
    signal, heard = seen.keys
    return {"signal": signal, "heard": heard, "cell": made.cell(suite.setups[0], speech[0].id), "run": made.run}


KNOWN = {
    "signal": '{"measurements": {}}',
    "heard": '{"transcript": null, "log_probability": {"undefined": "not asked"}, "undefined": "not asked"}',
}


@pytest.mark.parametrize("module", sorted(code_versions.CODE.keys() - {"harness.sensitivity"}))  # not of a run
def test_versions_are_in_the_keys_of_what_they_decide(module, monkeypatch, speech_folder):
    speech = load(speech_folder)[:1]
    before = keys(speech)
    monkeypatch.setattr(importlib.import_module(module), "VERSION", 999)
    after = keys(speech)
    changed = {name for name, key in before.items() if after[name] != key}
    wanted = {"run"} | ({"cell"} if module != "harness.verdict" else set())
    wanted |= {"signal"} if module in SIGNAL | {"harness.audio.waveform"} else set()
    wanted |= {"heard"} if module in WORDS | {"harness.audio.waveform"} else set()
    assert changed == wanted
