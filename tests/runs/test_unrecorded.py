"""Utterances with codes and no recording: judged against the reference setup's output, and by their words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio.speech import load
from harness.audio.utterance import NO_RECORDING
from harness.codecs.loading import load as load_codec
from harness.codecs.protocol import encode_whole
from harness.errors import SpeechInvalid
from harness.record import Cell, RunRecord, value
from harness.runs import suite as suites
from harness.runs.pipeline import run
from harness.runs.preparing import Options
from harness.runtime.resources import fixture
from harness.topology.trace import whole_frames

MANIFEST = """
schema = 1
[codes]
bins = 256
frame_rate = 50
"""
ROW = """
[[utterances]]
id = "{id}"
codes = "{id}.npy"
voice = "heart"
licence = "CC0-1.0"
transcript = "{transcript}"
"""


def manifest(folder: Path, *extra: str) -> Path:
    """Write the codes of two embedded clips, and a manifest that names nothing else."""
    codec, text = load_codec("opus", {}), MANIFEST
    clips = {utterance.id: utterance for utterance in load(fixture("speech"))}
    for name in ("heart-04", "slt-04"):
        codes = encode_whole(codec, whole_frames(clips[name].waveform().samples, codec.info))
        np.save(folder / f"{name}.npy", codes)
        text += ROW.format(id=name, transcript=clips[name].transcript)
    path = folder / "manifest.toml"
    path.write_text(text + "".join(extra), encoding="utf-8")
    return path


def record(folder: Path, source: Path, **scores: Any) -> RunRecord:
    decoder = {"adapter": "planted.decoders:Decoder", "inner": "opus"}
    content = {
        "speech": {"source": str(source)},
        "scores": {"asr": False} | scores,
        "wires": {"much": {"fault": "lose", "share": 0.3, "seed": 3}, "one": {"fault": "lose", "at": 0.5}},
        "codecs": {"alone": decoder, "whole": {"adapter": "opus"}},
        "setups": [
            {"codec": "alone", "topology": ["shared", "reuse-after-reset", "cross-talk"]},
            {"codec": "alone", "wire": ["much", "one"]},
            {"codec": "whole"},
        ],
    }
    suite = suites.parse(content, "suite", folder, "unrecorded")
    return run(suite, folder, Options(repeat=True, explain=False), jobs=1).record


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    folder = tmp_path_factory.mktemp("run")
    return record(folder, manifest(folder))


def cells(made: RunRecord, setup: str) -> list[Cell]:
    found = [cell for cell in made.cells if cell.setup == setup]
    assert len(found) == 2
    return found


def test_what_is_equal_is_identical_and_what_loses_sound_is_degraded(made: RunRecord) -> None:
    assert {setup.name: str(setup.verdict) for setup in made.setups} == {
        "alone/shared": "identical",
        "alone/reuse-after-reset": "identical",
        "alone/cross-talk": "degraded",
        "alone/shared/much": "degraded",
        "alone/shared/one": "undefined",
        "whole/shared": "undefined",
    }


def test_what_needs_the_recording_is_undefined_with_the_reason(made: RunRecord) -> None:
    for cell in cells(made, "alone/shared"):
        for name in ("pesq_wb", "stoi", "si_sdr_db", "delay_ms", "level_db", "dropout_ms", "amplitude_rms_db"):
            assert cell.measurements[name].undefined == NO_RECORDING, name
        assert value(cell.measurements, "length_change_samples") == 0
    for cell in cells(made, "alone/cross-talk"):
        assert cell.measurements["pesq_wb"].undefined == NO_RECORDING
        assert value(cell.measurements, "level_db") is not None  # against the output of the reference setup
        assert value(cell.measurements, "snr_db") is not None
    said = {cell.utterance: cell.reasons[0] for cell in cells(made, "alone/shared/one")}
    assert said["heart-04"] == f"pesq_wb is undefined: {NO_RECORDING}"
    assert said["slt-04"].startswith("30 ms are another sound, first at 1.92 s")  # which needs no recording


def test_a_codec_that_encodes_has_nothing_to_encode(made: RunRecord) -> None:
    for cell in cells(made, "whole/shared"):
        assert cell.failure == f"opus encodes speech, and of the utterance '{cell.utterance}' {NO_RECORDING}"


def test_the_record_says_how_long_the_codes_are_and_has_no_sound_of_the_speech(made: RunRecord) -> None:
    for utterance in made.utterances:
        assert utterance.audio is None
        assert utterance.floor is None
        assert 1 < utterance.seconds < 10
    (note,) = (note for note in made.notes if "recording" in note)
    assert note.startswith("There is no recording of heart-04, slt-04, only codes: setups are held against the output")


@pytest.mark.slow
def test_without_quality_asked_for_what_differs_is_altered(tmp_path: Path) -> None:
    made = record(tmp_path, manifest(tmp_path), pesq=False, stoi=False)
    verdicts = {setup.name: str(setup.verdict) for setup in made.setups}
    assert (verdicts["alone/shared/one"], verdicts["alone/cross-talk"]) == ("degraded", "degraded")
    lost = {cell.utterance: str(cell.verdict) for cell in cells(made, "alone/shared/one")}
    assert lost == {"heart-04": "altered", "slt-04": "degraded"}  # in a pause, and in a word


@pytest.mark.slow
def test_words_are_held_against_the_transcript(tmp_path: Path) -> None:
    made = record(tmp_path, manifest(tmp_path), asr="tiny.en", pesq=False, stoi=False)
    for cell in cells(made, "alone/shared"):
        assert value(cell.measurements, "wer") == 0
        assert cell.measurements["wer_floor"].undefined == NO_RECORDING
    setups = {setup.name: setup for setup in made.setups}
    assert value(setups["alone/shared"].corpus, "wer") == 0
    assert "have no uncoded speech" in str(setups["alone/shared"].corpus["wer_excess"].undefined)
    assert str(setups["alone/cross-talk"].verdict) == "corrupt"


def test_a_file_of_codes_that_is_missing_costs_its_own_cells(tmp_path: Path) -> None:
    source = manifest(tmp_path, ROW.format(id="gone", transcript="nothing"))
    made = record(tmp_path, source, pesq=False, stoi=False)
    failed = {(cell.utterance, cell.failure is not None) for cell in made.cells if cell.setup == "alone/shared"}
    assert failed == {("gone", True), ("heart-04", False), ("slt-04", False)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ROW.replace('codes = "{id}.npy"\n', ""),
            "utterances: 'x': neither file nor codes; wanted the file of its audio",
        ),
        (ROW.replace("codes =", "file ="), "utterances: 'x': the key `sha256` is missing; wanted that of x.npy"),
    ],
)
def test_a_row_of_nothing_is_refused(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(MANIFEST + row.format(id="x", transcript="words"))
    with pytest.raises(SpeechInvalid, match=said):
        load(path)


def test_codes_alone_need_a_frame_rate(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(MANIFEST.replace("frame_rate = 50", "") + ROW.format(id="x", transcript="words"))
    with pytest.raises(SpeechInvalid, match=r"\[codes\] frame_rate has to say how long its codes are"):
        load(path)
