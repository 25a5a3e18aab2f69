"""Calibration on real runs: what repeats bit for bit, what does not, and what is then accepted."""

from pathlib import Path

import pytest

from harness import suite as suites
from harness.errors import SuiteInvalid
from harness.gating.accepting import of_runs
from harness.gating.calibration import Variation, calibrate, variations, varied

CONTENT = {
    "speech": {"utterances": ["heart-04"]},
    "codecs": {"low": {"adapter": "opus"}, "noisy": {"adapter": "planted.faults:Unrepeatable"}},
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
    assert one.provenance.created != other.provenance.created or one.seconds != other.seconds


def test_what_repeats_is_exact_and_what_does_not_is_a_range(runs):
    found, _ = runs
    baseline = of_runs(found)
    exact = baseline.setups["low/shared"].utterances["heart-04"]
    loose = baseline.setups["noisy/shared"].utterances["heart-04"]
    assert exact.exact
    assert exact.runs == 2
    assert isinstance(exact.measured["pesq_wb"], float)
    if loose.pcm is None:  # each process of the planted codec counts from the same seed, so equal counts repeat
        low, high = loose.measured["si_sdr_db"]
        assert low < high
        assert not loose.exact


def test_a_single_run_says_nothing():
    with pytest.raises(SuiteInvalid, match="--repeats: got 1, wanted 2 or more"):
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
    chunks = {setup.name: setup.topology.chunk for setup in changed.setups}
    assert chunks["mini/shared"] == 5
    assert chunks["mini/offline"] == suite(**content).setup("mini/offline").topology.chunk
    assert chunks["mini/reset-every-frame-decoder"] == 1
    assert changed.setups[0].name == "low/reset-every-frame-decoder"
