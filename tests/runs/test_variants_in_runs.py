"""A run whose reference setups are given inaudible variants: Opus at 6 kb/s, which does not follow the waveform."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio import speech
from harness.errors import SuiteInvalid
from harness.gate import accept as accepting
from harness.record import Measurement, Verdict
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.cells import judged
from harness.runs.recorded import Run
from harness.runtime.resources import fixture
from harness.topology.variants import MOST
from harness.verdict import Tolerances

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


def test_a_setup_that_is_called_as_a_variant_is_refused():
    named = {"codec": "low", "topology": "shared", "name": "low/shared +0.02 dB"}
    content = CONTENT | {"setups": [{"codec": "low"}, named]}
    with pytest.raises(SuiteInvalid, match=r"called as a variant of the input of 'low/shared'"):
        suites.parse(content, "test", Path(), "test")


def test_another_codec_has_none_of_its_reference(done):
    result, folder, _ = done
    other = [one.model_copy(update={"codec": "other"}) if "48k" in one.name else one for one in result.setups]
    found = accepting.of_runs(
        [
            Run(
                result.model_copy(
                    update={
                        "setups": tuple(other),
                        "codecs": (*result.codecs, result.codecs[0].model_copy(update={"name": "other"})),
                    }
                ),
                folder,
            )
        ]
    )
    assert found.setups["low/shared"].utterances["low-04"].variants
    assert not found.setups["low/shared/from-48k-soxr"].utterances["low-04"].variants


def fickle(fault: str, **options: Any):
    """A suite of a codec that is sound on the utterance as it is, and on most of its variants."""
    spoken = next(one for one in speech.load(fixture("speech")) if one.id == "heart-04").waveform()
    loudest = float(np.abs(spoken.samples).max()) * 10 ** (0.01 / 20)
    content = CONTENT | {
        "speech": {"utterances": ["heart-04"], "variants": 3},
        "codecs": {"low": {"adapter": "planted.fickle:Fickle", "fault": fault, "above": loudest} | options},
        "setups": [{"codec": "low"}],
        "scores": {"asr": False, "pesq": False, "stoi": False},
    }
    return suites.parse(content, "test", Path(), "test")


@pytest.mark.parametrize(("fault", "said"), [("raises", "it fails: "), ("quiet", "swing of the level 20.0")])
def test_a_codec_that_breaks_on_a_variant_is_degraded(fault, said, tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "store"))
    result, _ = pipeline.run(fickle(fault), tmp_path, jobs=1)
    (cell,) = result.cells
    assert cell.verdict is Verdict.DEGRADED
    assert cell.broken_variants == tuple(reason for reason in cell.reasons if "which nobody hears" in reason)
    (told,) = cell.broken_variants
    assert told.startswith(f"given low/shared +0.02 dB, which nobody hears, {said}")
    assert cell.variants["gain_db"][0] > -1
    assert not result.met
    quiet = cell.measurements | dict.fromkeys(("level_db", "carried_level_db"), Measurement.of(-20.0, "dB"))
    both = judged(cell.model_copy(update={"measurements": quiet}), cell, Tolerances())
    assert [told in both.reasons, any("quieter than the codec declares" in one for one in both.reasons)] == [True, True]


def test_a_variant_whose_process_was_killed_is_run_again_by_the_next_run(tmp_path, monkeypatch):
    """Somebody else may have killed it, so it says nothing that lasts."""
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "store"))
    where = tmp_path / "kills"
    where.touch()
    made = fickle("killed", where=str(where))
    first, _ = pipeline.run(made, tmp_path / "runs", jobs=1)
    (broken,) = first.cells
    assert broken.verdict is Verdict.DEGRADED
    assert "given low/shared +0.02 dB, which nobody hears, it fails: " in broken.reasons[0]
    assert first.died
    where.unlink()
    again, _ = pipeline.run(made, tmp_path / "runs", jobs=1)
    (sound,) = again.cells
    assert (sound.verdict, sound.broken_variants) == (Verdict.IDENTICAL, ())
    assert again.met
