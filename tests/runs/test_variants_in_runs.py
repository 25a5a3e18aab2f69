"""A run whose reference setups are given inaudible variants: Opus at 6 kb/s, which does not follow the waveform."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteInvalid
from harness.gate import accept as accepting
from harness.record import Verdict
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.recorded import Run
from harness.topology.variants import MOST

CONTENT: dict[str, Any] = {
    "speech": {"utterances": ["low-04"], "variants": MOST},
    "scores": {"asr": False, "pesq": False},
    "codecs": {"low": {"adapter": "opus", "bitrate": 6000}},
    "setups": [
        {"codec": "low", "topology": ["shared", "reset-every-frame-decoder"]},
        {"codec": "low", "path": ["from-48k-soxr"]},
    ],
}


def suite(**speech: Any):
    return suites.parse(CONTENT | {"speech": CONTENT["speech"] | speech}, "test", Path(), "test")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("varied")
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        yield *pipeline.run(suite(), folder / "reports", jobs=1), folder


def cells(result):
    return {cell.setup: cell for cell in result.cells}


def test_the_reference_cell_has_the_ranges_and_no_other_cell_is_added(done):
    found = cells(done[0])
    assert set(found) == {"low/shared", "low/reset-every-frame-decoder", "low/shared/from-48k-soxr"}
    reference = found["low/shared"]
    low, high = reference.variants["stoi"]
    assert low < reference.measurements["stoi"].value <= high
    assert not found["low/reset-every-frame-decoder"].variants


def test_a_proper_resampler_is_innocent_though_a_tolerance_alone_accuses_it(done, tmp_path):
    alone = cells(pipeline.run(suite(variants=0), tmp_path, jobs=1)[0])
    assert not alone["low/shared"].variants
    assert alone["low/shared/from-48k-soxr"].verdict is Verdict.DEGRADED
    found = cells(done[0])["low/shared/from-48k-soxr"]
    assert found.measurements == alone["low/shared/from-48k-soxr"].measurements
    assert found.verdict is Verdict.ALTERED
    assert any("no more than inaudible variants of the input do" in reason for reason in found.reasons)


def test_a_broken_decoder_is_still_broken(done):
    assert cells(done[0])["low/reset-every-frame-decoder"].verdict.rank >= Verdict.DEGRADED.rank


def test_a_run_that_is_read_back_has_them_too(done):
    result, _, folder = done
    again, _ = pipeline.run(suite(), folder / "reports", jobs=1)
    assert cells(again)["low/shared"].variants == cells(result)["low/shared"].variants
    assert {one.verdict for one in again.cells} == {one.verdict for one in result.cells}


def test_what_is_accepted_has_the_range_of_its_reference_about_its_own_value(done):
    result, folder, _ = done
    baseline = accepting.of_runs([Run(result, folder)])
    found = {name: one.utterances["low-04"] for name, one in baseline.setups.items()}
    low, high = cells(result)["low/shared"].variants["stoi"]
    assert found["low/shared"].variants["stoi"] == (low, high)
    own, reference = (
        cells(result)[name].measurements["stoi"].value for name in ("low/shared/from-48k-soxr", "low/shared")
    )
    shifted = [own + end - reference for end in (low, high)]
    assert found["low/shared/from-48k-soxr"].variants["stoi"] == pytest.approx(shifted, abs=2e-5)


@pytest.mark.parametrize("given", [-1, MOST + 1, "many"])
def test_more_than_there_are_is_refused(given):
    with pytest.raises(SuiteInvalid, match="variants"):
        suite(variants=given)
