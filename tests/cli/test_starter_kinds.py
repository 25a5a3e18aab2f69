"""`codec-harness init` for every kind of codec: what it writes runs, and is what it must be."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from loopback import serving

from harness.cli import starter
from harness.cli.main import cli
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options

CONCEALS = """
from dataclasses import replace

import numpy as np

from harness.codecs.pcm import PcmCodec


class Conceals(PcmCodec):
    def __init__(self):
        super().__init__()
        self.info = replace(self.info, stateful=True, context=None)

    def open(self):
        return Instance(super().open())


class Instance:
    frames = 0

    def __init__(self, inner):
        self.inner, self.last = inner, np.zeros(320, np.float32)

    def encode(self, pcm):
        return self.inner.encode(pcm)

    def decode(self, codes):
        if (codes < 0).any():
            return np.tile(self.last, codes.shape[1])
        pcm = self.inner.decode(codes)
        self.last, self.frames = pcm[-320:], self.frames + 1
        return pcm

    def reset(self, side):
        if side != "encoder":
            self.last, self.frames = np.zeros(320, np.float32), 0

    def clone(self):
        made = type(self)(self.inner.clone())
        made.last, made.frames = self.last, self.frames
        return made

    def state(self):
        return {"decoder/last": self.last.copy(), "decoder/frames": np.array(self.frames)}


class Fades(Conceals):
    def open(self):
        return Fading(super().open().inner)


class Fading(Instance):
    def decode(self, codes):
        first = self.frames == 0
        pcm = super().decode(codes)
        return pcm * np.float32(0.01) if first else pcm
"""
EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = ["sample_rate=16000", "frame_size=320"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLES / "command-codec" / "adpcm.py", "app.py")
    return tmp_path


def begun(codec, *options, called):
    """Type `init`, and return the topologies and verdicts of a run of what it wrote; it must be met."""
    said = CliRunner().invoke(cli, ["init", codec, *(word for option in options for word in ("--option", option))])
    assert said.exit_code == 0, said.output
    assert f"codec-harness run {called}.codec.toml" in said.output
    suite = suites.load(Path(f"{called}.codec.toml")).selected(utterances=["heart-04"], pesq=False, asr=False)
    record, _ = pipeline.run(suite, Path("reports"), Options(repeat=False, explain=False), jobs=1)
    assert record.met, [(setup.name, setup.verdict, setup.reasons) for setup in record.setups if not setup.met]
    assert not record.not_applicable
    return {setup.name.partition("/")[2]: setup.verdict for setup in record.setups}


def steps():
    return [
        step["run"]
        for step in yaml.safe_load(Path(starter.WORKFLOW).read_text())["jobs"]["codec"]["steps"]
        if "run" in step
    ]


def program(*arguments):
    return "[" + ", ".join(f'"{word}"' for word in (sys.executable, "app.py", *arguments)) + "]"


def test_a_python_class():
    Path("mine.py").write_text("from harness.codecs.opus.codec import OpusCodec as MyCodec\n")
    found = begun("mine:MyCodec", "bitrate=9000", called="mycodec")
    assert found["handover"] == "identical"
    assert {"reset-every-frame-decoder", "cross-talk"} <= found.keys()  # which are met, so not better than they may be


def test_a_codec_whose_state_shows_in_lost_frames_alone_is_held_to_no_failure_that_is_none():
    Path("conceals.py").write_text(CONCEALS)
    found = begun("conceals:Conceals", called="conceals")
    assert "handover" in found
    assert "cross-talk" not in found
    text = Path("conceals.codec.toml").read_text()
    for control in ("reset-every-frame-decoder", "cross-talk"):
        assert f"# {control} is no expected failure here: tried when this suite was written, it was identical" in text


def test_of_two_expected_failures_the_one_that_is_heard_is_kept():
    Path("conceals.py").write_text(CONCEALS)
    found = begun("conceals:Fades", called="fades")
    assert found["reset-every-frame-decoder"] in ("degraded", "corrupt")
    assert "cross-talk" not in found


def test_a_streaming_program():
    found = begun("command", f"serve={program('serve')}", called="app")
    assert found["reuse-after-reset"] == "identical"
    assert {"reset-every-frame-decoder", "cross-talk"} <= found.keys()
    assert any(shlex.split(step)[:3] == ["codec-harness", "check", "command"] for step in steps())


def test_a_program_for_whole_files_is_its_own_reference():
    found = begun("command", f"roundtrip={program('roundtrip', '{in}', '{out}')}", *FILES, called="app")
    assert found == {"offline": "identical", "offline/int16-wrapped": found["offline/int16-wrapped"]}
    assert found["offline/int16-wrapped"] in ("degraded", "corrupt")
    assert not any("check" in step for step in steps())  # its laws are of streams


@pytest.mark.slow
def test_a_pair_of_programs_for_whole_files():
    forms = [f"{form}={program(form, '{in}', '{out}')}" for form in ("encode", "decode")]
    assert "offline" in begun("command", *forms, *FILES, "codebooks=320", "bins=16", called="app")


@pytest.mark.slow
def test_a_server():
    with serving("opus", {"bitrate": 9000}) as url:
        found = begun("server", f"url={url}", called="server")
    assert {"neighbour", "concurrent-4", "reuse-after-reset"} <= found.keys()
    assert "starts the service" in Path(starter.WORKFLOW).read_text()


def test_the_name_can_be_given():
    said = CliRunner().invoke(cli, ["init", "pcm", "--name", "My Codec!"])
    assert said.exit_code == 0, said.output
    assert [codec.name for codec in suites.load(Path("my-codec.codec.toml")).codecs.values()] == ["my-codec"]


def test_what_the_workflow_names_is_there():
    """`tests/docs/test_first_use.py` types its steps; here, each names a command and options that exist."""
    CliRunner().invoke(cli, ["init", "opus", "--option", "bitrate=9000"])
    install, check, test = steps()
    assert shlex.split(install, comments=True) == ["pip", "install", "--find-links", "wheels", "codec-harness[ci]"]
    asked = CliRunner().invoke(cli, [*shlex.split(check, comments=True)[1:], "--help"])
    assert asked.exit_code == 0, asked.output
    assert shlex.split(test)[:3] == ["pytest", "-m", "codec"]
