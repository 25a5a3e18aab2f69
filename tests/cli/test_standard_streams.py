"""Standard streams that are closed, full or without a reader change no exit code, and are no fault of a codec."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parents[1]
PRINTING = """
from harness.codecs.pcm import PcmCodec, PcmInstance
class Printing(PcmCodec):
    def open(self):
        return Instance(self.info)
class Instance(PcmInstance):
    def encode(self, pcm):
        print("said by the codec")
        return super().encode(pcm)
"""
SUITE = """
[speech]
utterances = ["slt-04"]
[scores]
asr = false
pesq = false
stoi = false
[codecs.app]
adapter = "printing:Printing"
[[setups]]
codec = "app"
"""
FULL = "codec-harness: standard output: cannot be written (No space left on device)\n"


def redirected(streams, *arguments, folder=ROOT):
    """Run the command with *streams* redirected as a shell writes that."""
    return subprocess.run(
        ["sh", "-c", f'"$0" -m harness "$@" {streams}', sys.executable, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": f"{ROOT}:{folder}"}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [("list", "topologies"), ("--help",)])
@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        (">/dev/full", 2, FULL),
        (">/dev/full 2>&1", 2, ""),
    ],
)
def test_a_result_that_cannot_be_written_is_no_verdict_and_no_fault(streams, code, said, arguments):
    done = redirected(streams, *arguments)
    assert (done.returncode, done.stderr) == (code, said)
    assert bool(done.stdout) == (streams in ("2>&-", "2>/dev/full"))


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-", ">&- 2>&-"])
def test_bad_input_is_no_verdict_where_nothing_can_be_said(streams):
    done = redirected(streams, "history", "nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize("arguments", [("list", "topologies"), ("--help",), ("--version",)])
def test_a_reader_that_was_never_there_is_no_verdict(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
def test_a_codec_that_prints_is_not_blamed_for_standard_error(streams, tmp_path):
    (tmp_path / "printing.py").write_text(PRINTING)
    (tmp_path / "app.codec.toml").write_text(SUITE)
    done = redirected(streams, "run", "app.codec.toml", "--json", "--jobs", "1", folder=tmp_path)
    assert done.returncode == 0
    assert [setup["verdict"] for setup in json.loads(done.stdout)["setups"]] == ["identical"]


def test_a_reader_that_has_the_pipe_not_wait_is_waited_for():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    code = "from harness.runtime import output\noutput.steady()\nwith output.claimed(): output.say('x' * 1_000_000)"
    told = subprocess.Popen([sys.executable, "-c", code], stdout=writing, env=os.environ | {"PYTHONPATH": str(ROOT)})
    os.close(writing)
    with pytest.raises(subprocess.TimeoutExpired):
        told.wait(1)
    with os.fdopen(reading, "rb") as read:
        assert len(read.read()) == 1_000_001
    assert told.wait(30) == 0
