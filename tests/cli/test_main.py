"""The command line as a user meets it: a process, its output, its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def codec_harness(*arguments, cwd=None, check=None):
    result = subprocess.run(
        [sys.executable, "-m", "harness", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert check is None or result.returncode == check, result.stderr
    assert "Traceback" not in result.stderr
    return result


def imported_by(statement):
    code = f"import sys; {statement}; print(chr(10).join(sorted(sys.modules)))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("statement", ["import harness", "import harness.cli.main", "import harness.runs.pipeline"])
def test_nothing_heavy_is_imported(statement):
    assert imported_by(statement).isdisjoint({"torch", "whisper", "moshi", "librosa", "pesq", "pystoi"})


def test_help_lists_every_command_without_importing_any():
    said = codec_harness("--help", check=0).stdout
    assert all(name in said for name in ("run", "score", "list", "doctor", "demo"))
    loaded = imported_by(
        "from click.testing import CliRunner; from harness.cli.main import cli; CliRunner().invoke(cli, ['-h'])"
    )
    assert {name for name in loaded if name.startswith("harness.cli.")} == {"harness.cli.main", "harness.cli.signals"}


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("codecs", "mini"),
        ("topologies", "reuse-after-reset"),
        ("topologies", "batched-N"),
        ("suites", "context"),
        ("wires", "acoustic-delay"),
        ("paths", "16k-as-24k"),
        ("metrics", "pesq_wb"),
        ("speech", "heart-01"),
    ],
)
def test_lists(what, wanted):
    assert wanted in codec_harness("list", what, check=0).stdout


def test_doctor_finds_everything_here():
    said = codec_harness("doctor", check=0).stdout
    assert "missing" not in said
    assert "Whisper tiny.en weights" in said


def test_a_run_whose_expectation_is_not_met_exits_with_1(tmp_path):
    (tmp_path / "wrong.toml").write_text(
        '[speech]\nutterances = ["heart-04"]\n[codecs.low]\nadapter = "opus"\n[scores]\nasr = false\npesq = false\n'
        '[[setups]]\ncodec = "low"\ntopology = "shared"\n'
        '[[setups]]\ncodec = "low"\ntopology = "cross-talk"\nat_least = "altered"\n'
    )
    result = codec_harness("run", "wrong.toml", cwd=tmp_path, check=1)
    assert "low/cross-talk" in result.stdout
    assert "NOT MET" in result.stdout
    assert "1 of 2 setups are not what they must be" in result.stdout
    assert "\x1b" not in result.stdout  # piped: no colours, no progress bar
    as_json = codec_harness("run", "wrong.toml", "--json", cwd=tmp_path, check=1)
    assert json.loads(as_json.stdout)["met"] is False


def test_score_of_a_pair(speech_folder):
    same = speech_folder / "heart-04.flac"
    result = codec_harness("score", same, same, "--json", check=0)
    measurements = json.loads(result.stdout)["measurements"]
    assert measurements["pesq_wb"]["value"] == pytest.approx(4.644, abs=0.001)
    assert measurements["delay_ms"]["value"] == 0
    assert "wer" not in measurements


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "none.toml"], "none.toml"),
        (["run", "--setup", "mini/shard"], "no setup 'mini/shard'; there are: mini/shared"),
        (["run", "--utterance", "nobody"], "no utterance matches 'nobody'"),
        (["run", "--jobs", "0"], "0 is not in the range"),
        (["score", "none.wav", "none.wav"], "none.wav: no such audio file"),
        (["list", "tunes"], "No such command 'tunes'"),
        (["bake"], "No such command 'bake'"),
        (["run", "bad.toml"], "bad.toml: setups.0.codec: missing"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, said, tmp_path: Path):
    (tmp_path / "bad.toml").write_text('[codecs.x]\nadapter = "pcm"\n[[setups]]\ntopology = "shared"\n')
    result = codec_harness(*arguments, cwd=tmp_path, check=2)
    assert said in result.stderr
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "out").write_text("a file is in the way")
    (tmp_path / "s.toml").write_text(
        '[speech]\nutterances = ["heart-04"]\n[codecs.x]\nadapter = "pcm"\n[scores]\nasr = false\n'
        '[[setups]]\ncodec = "x"\ntopology = "shared"\n'
    )
    result = codec_harness("run", "s.toml", "--out", "out", cwd=tmp_path, check=2)
    assert "Directory 'out' is a file" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_adapter_beside_the_suite_is_found_from_anywhere(tmp_path):
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "quiet_codec.py").write_text(
        "from harness.codecs.pcm import PcmCodec\nclass Quiet(PcmCodec):\n    pass\n"
    )
    (tmp_path / "suites" / "s.toml").write_text(
        '[speech]\nutterances = ["heart-04"]\n[codecs.x]\nadapter = "quiet_codec:Quiet"\n[scores]\nasr = false\n'
        'pesq = false\n[[setups]]\ncodec = "x"\ntopology = ["shared", "separate"]\n'
    )
    assert "All 2 setups are what they must be" in codec_harness("run", "suites/s.toml", cwd=tmp_path, check=0).stdout


@pytest.mark.parametrize(
    ("arguments", "whose"),
    [
        (["score", "a.wav", "b.wav", "--text"], "codec-harness score"),
        (["run", "--nope"], "codec-harness run"),
        (["nonsense"], "codec-harness"),
    ],
)
def test_an_error_of_usage_points_to_the_help_of_its_command(arguments, whose):
    said = codec_harness(*arguments, check=2).stderr
    assert said.startswith(f"{whose}: ")
    assert said.rstrip().endswith(f"(see {whose} --help)")
