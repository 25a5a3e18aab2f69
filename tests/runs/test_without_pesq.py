"""A machine on which PESQ cannot be installed: runs go on and say so, and nothing that was asked of PESQ passes."""

import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

from harness.cli import installation
from harness.errors import MissingExtra
from harness.gate.accept import of_runs
from harness.gate.baseline import stale
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.without_pesq import LEFT_OUT, without_pesq

CONTENT = {
    "speech": {"utterances": ["heart-04"]},
    "scores": {"asr": False},
    "codecs": {"low": {"adapter": "opus", "bitrate": 9000}},
    "setups": [{"codec": "low", "topology": ["shared", "cloned-decoder", "cross-talk"]}],
}


def suite(**changes):
    return suites.parse(CONTENT | changes, "test", Path(), "test")


@pytest.fixture
def no_pesq(monkeypatch):
    """Hide the package from whoever looks for it."""
    found, version = importlib.util.find_spec, importlib.metadata.version

    def version_of(name):
        if name == "pesq":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", version_of)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "pesq" else found(name, *more))


@pytest.mark.usefixtures("no_pesq")
def test_the_run_goes_on_and_its_headline_says_so(tmp_path):
    record, folder = pipeline.run(suite(), tmp_path, jobs=1)
    assert record.met
    assert record.headline.endswith(LEFT_OUT)
    assert not any(name.startswith("pesq") for cell in record.cells for name in cell.measurements)
    again, same = pipeline.run(suite(), tmp_path, jobs=1)  # read back
    assert (again.headline, same) == (record.headline, folder)


@pytest.mark.pesq
def test_with_pesq_nothing_is_said_and_what_is_accepted_then_does_not_pass_without(tmp_path, request):
    before = pipeline.run(suite(), tmp_path, jobs=1)
    assert "PESQ" not in before.record.headline
    assert all("pesq_wb" in cell.measurements for cell in before.record.cells)
    request.getfixturevalue("no_pesq")
    now, _ = pipeline.run(suite(), tmp_path, jobs=1)
    assert any("pesq_wb was pesq 0.0.4" in reason for reason in stale(of_runs([before]), now.provenance))


@pytest.mark.usefixtures("no_pesq")
def test_what_was_switched_off_is_not_left_out():
    asked = suite(scores={"asr": False, "pesq": False})
    assert without_pesq(asked) is asked


@pytest.mark.usefixtures("no_pesq")
def test_a_floor_for_it_is_not_passed(tmp_path):
    with pytest.raises(MissingExtra, match="the scorer pesq is not installed"):
        pipeline.run(suite(floors={"pesq_wb": 2.0}), tmp_path, jobs=1)


@pytest.mark.usefixtures("no_pesq")
def test_doctor_says_what_to_install():
    told = {finding.what: finding for finding in installation.examine()}["PESQ"]
    assert (told.ok, told.needed) == (False, False)
    assert "install a C compiler" in told.remedy
    assert "pip install 'codec-harness[pesq]'" in told.remedy
