"""A codec is loaded with the code that the suite was read with, or not at all."""

import sys

import pytest

from harness.codecs.opening import open_codec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.runs import pipeline
from harness.runs import suite as suites

ADAPTER = """
import os, pathlib
from harness import load_codec
import {gains}
class Codec:
    def __init__(self):
        self.inner = load_codec("pcm", {{}})
        self.info = self.inner.info
    def open(self):
        return Instance(self.inner.open())
class Instance:
    def __init__(self, inner):
        self.inner = inner
    def __getattr__(self, name):
        return getattr(self.inner, name)
    def decode(self, codes):
        saved = pathlib.Path({gains}.__file__)
        if {ends} and "1.0" in saved.read_text():
            saved.write_text("GAIN = 0.02")  # somebody saves it, and then the process ends
            os._exit(3)
        return self.inner.decode(codes) * {gains}.GAIN
"""
SUITE = """
[speech]
utterances = ["heart-04", "heart-05"]
[scores]
pesq = false
stoi = false
asr = false
[codecs.it]
adapter = "{adapter}:Codec"
[[setups]]
codec = "it"
topology = "shared"
"""


def written(folder, name: str, *, ends: bool):
    (folder / f"{name}.py").write_text(ADAPTER.format(gains=f"{name}_gains", ends=ends))
    (folder / f"{name}_gains.py").write_text("GAIN = 1.0")
    path = folder / f"{name}.codec.toml"
    path.write_text(SUITE.format(adapter=name))
    return path


def test_a_process_that_begins_after_the_code_was_saved_does_not_run_it_under_the_old_name(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "store"))
    path = written(tmp_path, "saved_in_mid_run", ends=True)
    record, _ = pipeline.run(suites.load(path), tmp_path / "out", jobs=1)
    failures = " ".join(cell.failure or "none" for cell in record.cells)
    assert "saved_in_mid_run_gains.py is another than when the suite was read; run it once more" in failures
    assert "none" not in failures
    record, _ = pipeline.run(suites.load(path), tmp_path / "out", jobs=1)
    assert [cell.verdict for cell in record.cells] == ["degraded", "degraded"]
    (tmp_path / "saved_in_mid_run_gains.py").write_text("GAIN = 1.00")  # sound again, and no result of the run counts
    (tmp_path / "saved_in_mid_run.py").write_text(
        (tmp_path / "saved_in_mid_run.py").read_text().replace("True", "False")
    )
    record, _ = pipeline.run(suites.load(path), tmp_path / "out", jobs=1)
    assert [cell.verdict for cell in record.cells] == ["identical", "identical"]


def test_code_that_was_saved_after_the_suite_was_read_is_refused_where_it_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = CodecSpec(name="it", adapter="saved_later:Codec", options={})
    written(tmp_path, "saved_later", ends=False)
    before = spec.beside(tmp_path)
    (tmp_path / "saved_later_gains.py").write_text("GAIN = 0.5")
    with pytest.raises(CodecUnavailable, match=r"saved_later_gains\.py is another than when the suite was read"):
        open_codec(before)
    assert open_codec(spec.beside(tmp_path)).info.name == "pcm"


def test_a_process_that_has_found_the_module_in_another_place_does_not_run_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    mine, old = tmp_path / "mine", tmp_path / "old"
    for folder in (mine, old):
        folder.mkdir()
        written(folder, "found_elsewhere", ends=False)
    spec = CodecSpec(name="it", adapter="found_elsewhere:Codec", options={}).beside(mine)
    sys.path.insert(0, str(old))  # as of a worker of a cluster
    with pytest.raises(CodecUnavailable, match=rf"found_elsewhere is {old}/\S+ in a process that .* was {mine}/"):
        open_codec(spec)


def test_a_module_behind_a_link_is_in_the_same_place(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "mine").mkdir()
    written(tmp_path / "mine", "found_by_a_link", ends=False)
    spec = CodecSpec(name="it", adapter="found_by_a_link:Codec", options={}).beside(tmp_path / "mine")
    (tmp_path / "link").symlink_to("mine")
    sys.path.insert(0, str(tmp_path / "link"))
    assert open_codec(spec).info.name == "pcm"
