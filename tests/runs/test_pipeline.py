"""The pipeline end to end: real codecs, real scores, real words; one small run shared by most tests."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness import record
from harness.errors import CodecUnavailable, NotWritable, SpeechInvalid
from harness.metrics.catalogue import METRICS
from harness.record import CELLS, JOURNAL, Cells, RunRecord, Verdict, so_far
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runtime.pool import IsolatedPool
from harness.runtime.resources import cache_folder

CONTENT: dict[str, Any] = {
    "speech": {"utterances": ["heart-04", "rms-04"]},
    "codecs": {"low": {"adapter": "opus", "bitrate": 9000}, "plain": {"adapter": "pcm"}},
    "setups": [
        {
            "codec": "low",
            "topology": ["shared", "cloned-decoder", "reset-every-frame-decoder", "dirty-clone", "cross-talk"],
        },
        {"codec": "plain", "topology": ["shared", "cross-talk"]},
    ],
}


def suite(**changes):
    return suites.parse(CONTENT | changes, "test", Path(), "test")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One run with everything, and its folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        shared = cache_folder()
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        (folder / "store").mkdir()
        for weights in shared.glob("whisper-*"):
            (folder / "store" / weights.name).symlink_to(weights)
        result, place = pipeline.run(suite(), folder / "reports", jobs=2)
        yield result, place, folder / "store"


def by_name(result: RunRecord):
    return {setup.name: setup for setup in result.setups}


def test_verdicts_tell_the_truth_about_clones_resets_and_shared_decoders(done):
    setups = by_name(done[0])
    assert setups["low/cloned-decoder"].verdict is Verdict.IDENTICAL
    assert setups["low/dirty-clone"].verdict is Verdict.ALTERED
    assert setups["low/reset-every-frame-decoder"].verdict.rank >= Verdict.DEGRADED.rank
    assert setups["low/cross-talk"].verdict is Verdict.CORRUPT
    assert setups["plain/cross-talk"].verdict is Verdict.IDENTICAL
    assert done[0].met


def test_a_codec_without_state_is_expected_to_survive_everything(done):
    assert by_name(done[0])["plain/cross-talk"].expectation.at_least is Verdict.IDENTICAL


@pytest.mark.pesq
def test_every_measurement_is_there_with_a_unit_or_a_reason(done):
    for cell in done[0].cells:
        unasked = {"pesq_nb", "pesq_nb_scatter"}
        assert set(cell.measurements) | set(cell.timing) == set(METRICS) - unasked, cell.setup
        assert not set(cell.measurements) & set(cell.timing)
        for name, measurement in (cell.measurements | cell.timing).items():
            assert (measurement.unit is None) == (measurement.value is None), name
            assert measurement.unit in (METRICS[name].unit, None), name


@pytest.mark.pesq
def test_bit_identical_output_shares_scores_and_audio(done):
    cells = {(cell.setup, cell.utterance): cell for cell in done[0].cells}
    one, other = cells["low/shared", "heart-04"], cells["low/cloned-decoder", "heart-04"]
    assert one.audio == other.audio
    assert one.measurements["pesq_wb"] == other.measurements["pesq_wb"]
    assert one.transcript == other.transcript


def test_the_words_are_kept_with_the_floor_of_the_uncoded_speech(done):
    for utterance in done[0].utterances:
        assert utterance.floor is not None
        assert utterance.floor.errors <= 1
    lost = next(cell for cell in done[0].cells if cell.verdict is Verdict.CORRUPT)
    assert lost.transcript is not None
    assert any(change.kind != "equal" for change in lost.transcript.changes)


@pytest.mark.pesq
def test_the_folder_stands_on_its_own(done):
    result, folder, _ = done
    assert record.load(folder / "run.json", RunRecord) == result
    for cell in result.cells:
        assert (folder / cell.audio).is_file()
    for utterance in result.utterances:
        assert (folder / utterance.audio).is_file()
    kept = [json.loads(line) for line in (folder / CELLS).read_text().splitlines()]
    assert [(one["setup"], one["utterance"]) for one in kept] == list(result.cells.places)
    assert not (folder / JOURNAL).exists()
    raw = json.loads((folder / "run.json").read_text())
    assert raw["schema_version"] == 2
    assert raw["provenance"]["scorers"]["pesq_wb"].startswith("pesq 0.0.4")


def test_an_unchanged_run_is_read_back(done, monkeypatch):
    result, folder, store = done
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(store))
    again, same = pipeline.run(suite(), folder.parent, jobs=1)
    assert same == folder
    assert again == result


def test_an_unchanged_run_of_known_codecs_starts_no_worker(done, monkeypatch):
    result, folder, store = done
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(store))
    began: list[IsolatedPool] = []
    start = IsolatedPool._process

    def started(pool):
        began.append(pool)
        return start(pool)

    monkeypatch.setattr(IsolatedPool, "_process", started)
    assert pipeline.run(suite(), folder.parent, jobs=1).record == result
    assert not began
    assert pipeline.run(suite(), folder.parent, Options(fresh=True), jobs=1).folder == folder
    assert began  # what is asked for anew is loaded anew


@pytest.mark.parametrize("kept", [True, False])
def test_broken_audio_of_a_finished_run_is_mended(done, monkeypatch, tmp_path, kept):
    result, folder, store = done
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(store if kept else tmp_path / "store"))
    copied = tmp_path / "reports" / folder.name
    shutil.copytree(folder, copied)
    first, second, *_ = sorted({cell.audio for cell in result.cells})
    (copied / first).write_bytes((copied / first).read_bytes()[:-100])
    (copied / second).unlink()
    again, same = pipeline.run(suite(), copied.parent, jobs=1)
    assert same == copied
    for cell, before in zip(again.cells, result.cells, strict=True):
        assert (copied / cell.audio).read_bytes() == (folder / before.audio).read_bytes()
        assert (cell.verdict, cell.measurements) == (before.verdict, before.measurements)


def test_a_run_writes_through_no_link(done, monkeypatch, tmp_path):
    _, folder, store = done
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(store))
    (tmp_path / "strange").mkdir()
    planted = tmp_path / "reports" / folder.name
    planted.mkdir(parents=True)
    (planted / "audio").symlink_to(tmp_path / "strange")
    with pytest.raises(NotWritable, match="audio: is a symbolic link"):
        pipeline.run(suite(), planted.parent, jobs=1)
    assert list((tmp_path / "strange").iterdir()) == []


def test_ids_that_look_like_paths_stay_inside(tmp_path):
    said = Path(__file__).parents[2] / "fixtures" / "speech"
    entries = [line.split('"')[1] for line in (said / "manifest.toml").read_text().splitlines() if line[:4] == "file"]
    (tmp_path / "stranger.json").write_text("not ours")
    ids = [str(tmp_path / "stranger"), "../../up", "a b", "a_b", "x" * 200, "x/y", "x"]
    tables = []
    for name, file in zip(ids, entries, strict=False):
        digest = hashlib.sha256((said / file).read_bytes()).hexdigest()
        tables.append(
            f'[[utterances]]\nid = "{name}"\nfile = "{said / file}"\ntranscript = "words"\nsha256 = "{digest}"\n'
            'voice = "v"\nlicence = "l"\n'
        )
    (tmp_path / "manifest.toml").write_text("schema = 1\n" + "\n".join(tables))
    hostile = suite(
        name="/../../odd suite",
        speech={"source": str(tmp_path / "manifest.toml")},
        codecs={"pcm": {"adapter": "pcm"}},
        setups=[{"codec": "pcm", "name": str(tmp_path / "setup"), "reference": str(tmp_path / "setup")}],
        scores={"asr": False, "pesq": False, "stoi": False},
    )
    before = sorted(path.name for path in tmp_path.iterdir())
    result, folder = pipeline.run(hostile, tmp_path / "reports", jobs=1)
    assert (tmp_path / "stranger.json").read_text() == "not ours"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "reports"])
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [folder.name]
    assert len(result.cells) == len(ids)
    assert all(path.resolve().is_relative_to(folder.resolve()) for path in folder.rglob("*"))


def test_a_new_setup_costs_only_itself_and_other_folders_get_everything(done, monkeypatch, tmp_path):
    result, _, store = done
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(store))
    again, folder = pipeline.run(suite(name="other"), tmp_path, jobs=1)
    assert [cell.measurements for cell in again.cells] == [cell.measurements for cell in result.cells]
    assert all(cell.audio is not None and (folder / cell.audio).is_file() for cell in again.cells)


def test_a_codec_that_fails_is_a_failed_cell_and_the_run_goes_on(tmp_path):
    broken = suite(
        codecs={"bad": {"adapter": "planted.faults:RaisesHalfWay"}, "low": {"adapter": "opus"}},
        setups=[{"codec": ["bad", "low"], "topology": ["shared", "cloned-decoder"]}],
        scores={"asr": False},
        speech={"utterances": ["heart-04"]},
    )
    result, _ = pipeline.run(broken, tmp_path, jobs=1)
    setups = by_name(result)
    assert setups["low/cloned-decoder"].verdict is Verdict.IDENTICAL
    assert setups["bad/shared"].verdict is Verdict.UNDEFINED
    assert not result.met
    cell = next(cell for cell in result.cells if cell.setup == "bad/shared")
    assert cell.failure
    assert cell.measurements == {}


def test_what_cannot_work_at_all_is_said_before_anything_runs(tmp_path):
    with pytest.raises(CodecUnavailable, match="codec adapter 'hifi' is unknown"):
        pipeline.run(suite(codecs=CONTENT["codecs"] | {"low": {"adapter": "hifi"}}), tmp_path, jobs=1)
    with pytest.raises(SpeechInvalid, match="no utterance matches"):
        pipeline.run(suite(speech={"utterances": ["nobody"]}), tmp_path, jobs=1)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="cannot be written"):
        pipeline.run(suite(), tmp_path / "file", jobs=1)


SMALL = (
    '[speech]\nutterances = ["heart-04", "rms-04", "slt-04"]\n[codecs.low]\nadapter = "opus"\n'
    "[scores]\nasr = false\n"
    '[[setups]]\ncodec = "low"\ntopology = ["shared", "separate", "cross-talk"]\n'
)
COMMAND = [sys.executable, "-m", "harness", "run", "suite.toml", "--out", "out", "--jobs", "1"]


def cells_in(folder):
    """Return the cells that are finished, of a run that goes on or is done."""
    found = [cell for path in folder.glob(f"out/*/{JOURNAL}") for cell in so_far(path.parent)[0]]
    found += [cell for path in folder.glob(f"out/*/{CELLS}") for cell in Cells.read(path.parent)]
    return {(cell.setup, cell.utterance): cell for cell in found}


def started(folder):
    """Start a run in a process group of its own, and wait until some cells are there."""
    (folder / "suite.toml").write_text(SMALL)
    process = subprocess.Popen(
        COMMAND, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not cells_in(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_was(tmp_path, how):
    """Stop the whole process group once some cells are there; the second run keeps them."""
    process = started(tmp_path)
    os.killpg(process.pid, how)
    _, said = process.communicate(timeout=60)
    finished = cells_in(tmp_path)
    assert finished
    assert not list(tmp_path.glob("out/*/run.json"))
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted; what is finished is kept" in said
        assert "Traceback" not in said
    subprocess.run(COMMAND, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    after = cells_in(tmp_path)
    assert len(after) == 9
    for place, cell in finished.items():
        assert after[place].seconds_codec == cell.seconds_codec  # read back, not computed again


DYING = """
import os
from pathlib import Path
from planted.faults import Sound

class MyCodec(Sound):
    def open(self):
        if Path({flag!r}).exists():
            Path({flag!r}).unlink()
            os._exit(9)
        return super().open()
"""


def test_what_a_process_took_with_it_when_it_died_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "dying.py").write_text(DYING.format(flag=str(tmp_path / "flag")))
    made = suite(
        speech={"utterances": ["heart-04"]},
        codecs={"d": {"adapter": "dying:MyCodec"}},
        setups=[{"codec": "d"}],
        scores={"asr": False, "pesq": False},
    )
    (tmp_path / "flag").touch()
    first, folder = pipeline.run(made, tmp_path / "runs", jobs=1)
    assert first.cells[0].died
    assert first.cells[0].failure is not None
    assert "process died" in first.cells[0].failure
    second, same = pipeline.run(made, tmp_path / "runs", jobs=1)
    assert same == folder
    assert not second.cells[0].died
    assert second.cells[0].failure is None
