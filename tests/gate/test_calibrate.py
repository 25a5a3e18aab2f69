"""Calibration on real runs: what repeats bit for bit, what does not, and what is then accepted."""

import json
from pathlib import Path
from typing import cast

import pytest
import stored

from harness.errors import UsageInvalid
from harness.gate.accept import decoded_digits, of_runs
from harness.gate.baseline import BaselineInvalid
from harness.gate.calibrate import Variation, calibrate, scatter, variations, varied
from harness.gate.cell_gates import gate_cell
from harness.gate.context import Context
from harness.record import Expectation, Measurement
from harness.runs import suite as suites
from harness.runs.recorded import Run
from harness.verdict import Tolerances

CONTENT = {
    "speech": {"utterances": ["heart-04"]},
    "codecs": {"low": {"adapter": "opus"}, "noisy": {"adapter": "planted.faults:Noisy"}},
    "scores": {"asr": False},
    "setups": [{"codec": ["low", "noisy"]}],
}


def suite(**changes):
    return suites.parse(CONTENT | changes, "test", Path(), "test")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("calibration")
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        said = []
        yield calibrate(suite(), folder, variations(2, 1), said.append), said


def test_each_repeat_runs_the_codec_again(runs):
    found, said = runs
    assert [str(way) for way in said] == ["1 process", "1 process, setups backwards"]
    (one, first), (other, second) = found
    assert first != second
    assert bits(one, "low") == bits(other, "low")
    assert bits(one, "noisy") != bits(other, "noisy")


def bits(record, codec):
    return [cell.pcm_sha256 for cell in record.cells if cell.setup == f"{codec}/shared"]


def test_what_repeats_is_exact_and_what_does_not_is_a_range(runs):
    found, _ = runs
    baseline = of_runs(found)
    exact = baseline.setups["low/shared"].utterances["heart-04"]
    loose = baseline.setups["noisy/shared"].utterances["heart-04"]
    assert exact.exact
    assert exact.runs == 2
    assert isinstance(exact.measured["pesq_wb"], float)
    assert not loose.exact
    assert loose.pcm is None
    low, high = cast(tuple[float, float], loose.measured["si_sdr_db"])
    assert low < high


def test_what_scattered_is_told_and_so_is_that_nothing_did(runs):
    found, _ = runs
    lines = scatter([record for record, _ in found])
    assert lines[:2] == [
        "low: 1 of 1 cells gave the same bits in all 2 runs",
        "noisy: 0 of 1 cells gave the same bits in all 2 runs",
    ]
    assert any(line.startswith("all that was measured: PESQ-WB within 0.") for line in lines)
    assert lines[-1] == "the scores of equal audio: 0 spread over 2 runs"


def test_scores_are_not_read_back_while_calibrating(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "store"))
    alone = suite(codecs={"low": {"adapter": "opus"}}, setups=[{"codec": "low"}])
    (right, _), *_ = calibrate(alone, tmp_path / "first", [Variation(1)], print)
    stored.change("signal:", lambda scores: json.loads(json.dumps(scores).replace('"value": ', '"value": 9')))
    (again, _), *_ = calibrate(alone, tmp_path / "second", [Variation(1)], print)
    assert again.cells[0].measurements["pesq_wb"] == right.cells[0].measurements["pesq_wb"]


def test_a_scatter_beyond_its_slack_is_named(runs):
    (record, _), *_ = runs[0]
    cell = record.cells[0]
    worse = cell.model_copy(update={"measurements": cell.measurements | {"pesq_wb": Measurement.of(1.0, "MOS-LQO")}})
    lines = scatter([record, record.model_copy(update={"cells": (worse, *record.cells[1:])})])
    assert any("PESQ-WB within 3." in line and "more than its slack of 0.15" in line for line in lines), lines


def test_a_noisy_codec_passes_within_its_scatter_and_fails_beyond(runs, tmp_path):
    found, _ = runs
    baseline = of_runs(found)
    (third, folder), *_ = calibrate(suite(), tmp_path, [Variation(1)], print)
    about = Context(
        baseline,
        baseline.machine,
        {codec.name: codec for codec in third.codecs},
        Tolerances(),
        {utterance.id: utterance.sha256 for utterance in third.utterances},
    )
    (cell,) = (cell for cell in third.cells if cell.setup == "noisy/shared")
    assert gate_cell(about, cell, "noisy", Expectation(), decoded_digits(cell, folder, 320)).passed
    worse = cell.model_copy(update={"measurements": cell.measurements | {"stoi": Measurement.of(0.8, "1")}})
    assert not gate_cell(about, worse, "noisy", Expectation(), "").passed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda run: {"provenance": run.provenance.model_copy(update={"scorers": {}})},
            "scorer alignment was None",
        ),
        (lambda run: {"provenance": run.provenance.model_copy(update={"measures": (0, 1)})}, "defined otherwise"),
        (lambda run: {"codecs": (other(run.codecs[0], "weights"), run.codecs[1])}, "codec low has"),
        (
            lambda run: {"utterances": (run.utterances[0].model_copy(update={"sha256": "0"}),)},
            "other speech as heart-04",
        ),
        (lambda run: {"cells": run.cells[:1]}, "it lacks 1 cells, such as noisy/shared/heart-04"),
    ],
)
def test_runs_of_something_else_calibrate_nothing(runs, change, said):
    (one, first), (last, second) = runs[0]
    with pytest.raises(BaselineInvalid, match=f"cannot calibrate each other: .*{said}"):
        of_runs([Run(one.model_copy(update=change(one)), first), Run(last, second)])


def other(codec, part):
    return codec.model_copy(update={"fingerprint": f"{codec.fingerprint.rpartition(':')[0]}:{part}"})


def test_a_single_run_says_nothing():
    with pytest.raises(UsageInvalid, match="--repeats: got 1, wanted 2 or more"):
        variations(1, 2)


def test_extra_runs_come_first_so_that_the_baseline_describes_a_plain_one():
    ways = variations(2, 2, threads=(4,), chunks=(5,))
    assert ways == [Variation(2, threads=4), Variation(2, chunk=5), Variation(2), Variation(1, backwards=True)]
    assert str(ways[1]) == "2 processes, 5 frames per call"


def test_only_codecs_with_threads_and_plain_streaming_setups_are_varied():
    content = {
        "codecs": {"mini": {"adapter": "mini"}, "low": {"adapter": "opus"}},
        "setups": [{"codec": ["mini", "low"], "topology": ["shared", "offline", "reset-every-frame-decoder"]}],
    }
    changed = varied(suite(**content), Variation(1, threads=2, chunk=5, backwards=True))
    assert changed.codecs["mini"].options == {"threads": 2}
    assert changed.codecs["low"].options == {}
    chunks = {setup.name: setup.configuration.topology.chunk for setup in changed.setups}
    assert chunks["mini/shared"] == 5
    assert chunks["mini/offline"] == suite(**content).setup("mini/offline").configuration.topology.chunk
    assert chunks["mini/reset-every-frame-decoder"] == 1
    assert changed.setups[0].name == "low/reset-every-frame-decoder"
