"""Files and folders may be called what is no UTF-8: what they are called stands in records as escapes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from short_speech import write_short

import harness
from harness.audio.waveform import is_audio, read
from harness.record import RunRecord, load

ROOT = Path(harness.__file__).parents[1]
SUITE = """
[speech]
source = "speech"
[scores]
asr = false
pesq = false
stoi = false
[codecs.app]
adapter = "command"
sample_rate = 16000
frame_size = 320
roundtrip = ["cp", "{in}", "{out}"]
[[setups]]
codec = "app"
topology = "offline"
reference = "app/offline"
"""


@pytest.fixture
def place(tmp_path):
    made = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        made.mkdir()
    except (OSError, UnicodeEncodeError):
        pytest.skip("names of files are UTF-8 here")
    (made / "app.codec.toml").write_text(SUITE)
    write_short(tmp_path / "speech").rename(made / "speech")
    return made


def command(place, *arguments):
    variables = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=place.parent,
        env=variables,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_shards_are_run_and_merged_there(place):
    done = command(place, "harness", "run", place / "app.codec.toml", "--shard", "1/1", "--out", place / "shards")
    assert (done.returncode, done.stderr) == (0, b"")
    (shard,) = (place / "shards").iterdir()
    done = command(place, "harness", "merge", shard, "--out", place / "merged")
    assert (done.returncode, done.stderr) == (0, b"")
    (run,) = (place / "merged").glob("*/run.json")
    record = load(run, RunRecord, sealed=True)
    assert record.provenance.command.endswith("caf\\udce9/merged'")
    (cell,) = record.cells
    assert is_audio(run.parent / cell.audio)
    assert read(run.parent / cell.audio).seconds == pytest.approx(1.2, abs=0.1)


def test_pytest_gates_there(place):
    options = ("--codec-out", place / "runs", "--codec-baselines", place / "baselines")
    gate = ("pytest", "-q", "-p", "no:cacheprovider", "-m", "codec", place / "app.codec.toml", *options)
    assert command(place, *gate, "--codec-update").returncode == 0
    done = command(place, *gate)
    assert done.returncode == 0, done.stdout
