"""Weaknesses that are planted into a suite are each named by the advice."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio.waveform import Waveform, read, write
from harness.runs import suite as suites
from harness.runs.suite import Suite
from harness.runtime.resources import fixture
from harness.sensitivity.places import Landscape
from harness.sensitivity.record import SubjectRecord
from harness.sensitivity.request import Request, sensitivity
from harness.sensitivity.text import lines


def suite(folder: Path, **tables: Any) -> Suite:
    content = {
        "codecs": {"pcm": {"adapter": "pcm"}},
        "speech": {"utterances": ["heart-04"]},
        "setups": [{"codec": "pcm"}],
        "scores": {"asr": False},
    }
    return suites.parse(content | tables, "suite.toml", folder, "weak")


def probed(suite: Suite, *faults: str, scored: bool = False) -> SubjectRecord:
    (subject,) = sensitivity(
        Request(suite, faults=faults, minutes=5.0, jobs=1, explain=False, laws=False, only_scored=scored)
    ).subjects
    return subject


@pytest.fixture
def cut_speech(tmp_path: Path) -> Path:
    whole = read(fixture("speech") / "heart-04.flac")
    land = Landscape(whole)
    folder = tmp_path / "speech"
    folder.mkdir()
    first, last = (round(at * whole.sample_rate) for at in (land.first, land.last))
    write(folder / "cut.wav", Waveform(np.ascontiguousarray(whole.samples[first:last]), whole.sample_rate))
    (folder / "cut.txt").write_text("My brother teaches music at a school near the river.")
    return tmp_path


def test_speech_without_silence_after_it(cut_speech: Path):
    unscored = {"asr": False, "pesq": False, "stoi": False}
    cut = suite(cut_speech, speech={"source": "speech"}, scores=unscored)
    found = probed(cut, "noise-after-speech", scored=True)
    assert [fault.name for fault in found.blind] == ["noise-after-speech"]
    (said,) = [one for one in found.advice if one.kind == "utterance"]
    assert said.closes == ("noise-after-speech",)
    assert "silence after the last word" in said.what


@pytest.mark.slow
def test_speech_with_silence_after_it_needs_no_advice(tmp_path: Path):
    found = probed(suite(tmp_path), "noise-after-speech")
    assert not found.blind
    assert found.advice == ()


@pytest.mark.slow
def test_pesq_switched_off(tmp_path: Path):
    weak = probed(suite(tmp_path, scores={"asr": False, "pesq": False}), "mnru")
    assert [fault.name for fault in weak.blind] == ["mnru"]
    (said,) = [one for one in weak.advice if one.kind == "score"]
    assert said.what == "switch on [scores] pesq = true"
    assert said.closes == ("mnru",)
    assert not probed(suite(tmp_path), "mnru").blind


def test_a_tolerance_ten_times_too_wide(tmp_path: Path):
    unscored = {"asr": False, "pesq": False, "stoi": False}
    weak = probed(suite(tmp_path, tolerances={"gain_change": 10.0}, scores=unscored), "quieter", scored=True)
    assert [fault.name for fault in weak.blind] == ["quieter"]
    said = next(one for one in weak.advice if one.kind == "tolerance")
    assert said.what == "set [tolerances] gain_change = 1 instead of 10"
    assert said.closes == ("quieter",)


def test_a_tolerance_that_benign_changes_move_further(tmp_path: Path):
    unscored = {"asr": False, "pesq": False, "stoi": False}
    faults = ("quieter", "0.05-dB-louder", "0.2-ms-late", "dither-24")
    tight = probed(suite(tmp_path, tolerances={"gain_change": 0.02}, scores=unscored), *faults, scored=True)
    said = tight.advice[0]
    assert said.stops == tight.alarms > 0
    assert said.closes == ()
    assert "[tolerances] gain_change = " in said.what
    assert said.what.count(" = ") == 1  # no other tolerance, which would stop nothing
    limit = float(said.what.split(" = ")[1].split()[0])
    assert 0.05 < limit < 1
    assert said.proof.startswith(f"0 of {sum(len(one.points) for one in tight.benign)} benign probes")
    assert not probed(suite(tmp_path, tolerances={"gain_change": limit}, scores=unscored), *faults, scored=True).alarms


def test_a_codec_that_inaudible_changes_move_further_than_tolerances(tmp_path: Path):
    low = {
        "codecs": {"low": {"adapter": "opus", "bitrate": 6000}},
        "setups": [{"codec": "low"}],
        "scores": {"asr": False, "pesq": False},
    }
    faults = ("resampled", "input-all-pass", "input-dither-24", "quieter")
    plain = probed(suite(tmp_path, speech={"utterances": ["low-04"]}, **low), *faults, scored=True)
    said = plain.advice[0]
    assert said.what.startswith("set [speech] variants = 8")
    assert said.stops == plain.alarms > 0
    varied = probed(suite(tmp_path, speech={"utterances": ["low-04"], "variants": 8}, **low), *faults, scored=True)
    assert varied.alarms == 0
    assert not any("variants" in one.what for one in varied.advice)
    assert "quieter" not in {fault.name for fault in varied.blind}


def test_a_codec_that_breaks_on_an_inaudible_variant(tmp_path: Path):
    """It is sound on the utterance as it is, and fails on a variant that is 0.02 dB louder."""
    loudest = float(np.abs(read(fixture("speech") / "heart-04.flac").samples).max()) * 10 ** (0.01 / 20)
    moody = suite(
        tmp_path,
        codecs={"moody": {"adapter": "planted.fickle:Fickle", "fault": "raises", "above": loudest}},
        setups=[{"codec": "moody"}],
        speech={"utterances": ["heart-04"], "variants": 3},
        scores={"asr": False, "pesq": False, "stoi": False},
    )
    asked = Request(moody, faults=("quieter",), minutes=5.0, jobs=1, explain=False, laws=False, only_scored=True)
    record = sensitivity(asked)
    (found,) = record.subjects
    (told,) = found.broken_variants
    assert told.startswith("heart-04: given variant+0.02-dB, which nobody hears, it fails: ")
    assert f"with nothing planted, {told}" in lines(found)
    assert (found.blind, found.alarms, record.sharp) == ((), 0, False)
