"""`codec-harness run` as a user types it: what is read back from earlier runs, what is printed, and what is refused."""

import json

import pytest
import stored
from click.testing import CliRunner
from typed import suite, typed

from harness.cli.main import cli

SUITE = """
[speech]
utterances = ["heart-04"]
[codecs.mine]
adapter = "changing:MyCodec"
[scores]
asr = false
pesq = false
[[setups]]
codec = "mine"
"""
# Its output depends on a file that neither its fingerprint nor its code tells of.
CODEC = """
from pathlib import Path
from planted.faults import Sound, SoundInstance

class MyCodec(Sound):
    def wrap(self, instance):
        class Scaled(SoundInstance):
            def decode(self, codes):
                return self.inner.decode(codes) * float(Path("ga" + "in").read_text())  # named beside, it would be seen
        return Scaled(self, instance)
"""


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Run the suite with these options; return gain and STOI."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "changing.py").write_text(CODEC)
    (tmp_path / "mine.toml").write_text(SUITE)
    (tmp_path / "gain").write_text("1.0")

    def run(*options):
        said = CliRunner().invoke(cli, ["run", "mine.toml", "--json", "--no-explain", "--jobs", "1", *options])
        assert said.exit_code == 0, said.output
        (cell,) = json.loads(said.stdout)["cells"]
        return round(cell["measurements"]["gain_db"]["value"]), cell["measurements"]["stoi"]["value"]

    return run


def test_nothing_fresh_and_rescored(measured, tmp_path):
    gain, true = measured()
    (tmp_path / "gain").write_text("0.8")  # within what plain use may be off
    assert measured() == (gain, true)  # nothing that a key can see has changed
    assert measured("--fresh")[0] == gain - 2

    stored.change("signal:", {"measurements": {"stoi": {"value": 0.5, "unit": "1"}}})
    assert measured("--fresh")[1] == 0.5  # equal audio was scored before
    assert measured("--rescore")[1] == pytest.approx(true)
    assert measured("--fresh")[1] == pytest.approx(true)


def test_a_suite_that_lies_here_and_is_not_named_is_told_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quick = ["--setup", "pcm/shared", "--utterance", "heart-04", "--no-asr", "--no-explain", "--jobs", "1", "--json"]
    assert "no suite is named" not in CliRunner().invoke(cli, ["run", *quick]).stderr
    (tmp_path / "my.codec.toml").write_text(SUITE)
    said = CliRunner().invoke(cli, ["run", *quick])
    assert said.exit_code == 0
    assert "no suite is named, so the embedded one is run, not my.codec.toml" in said.stderr
    assert "codec-harness run my.codec.toml" in said.stderr


def test_of_a_shard_json_is_the_record_too(tmp_path, monkeypatch):
    """Two lines of words stood where a script reads JSON."""
    monkeypatch.chdir(tmp_path)
    path = suite(tmp_path, utterances=("slt-04", "heart-04"))
    found = typed("run", path, "--shard", "1/2", "--json", "--jobs", 1)
    assert found.code == 0
    assert len(json.loads(found.out)["cells"]) == 1
    assert "shard 1/2 of s: 1 cells in reports/s-" in found.err
    plain = typed("run", path, "--shard", "1/2", "--jobs", 1)
    assert plain.out.startswith("shard 1/2 of s: 1 cells in reports/s-")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--setup", ""], "no setup ''; there are: app/shared"),
        (["--utterance", ""], "no utterance matches ''"),
        (["--shard", "3/2"], "shard: got '3/2', wanted NUMBER/OF"),
        (["--shard", "1/2"], "got 2 shards, wanted at most 1"),
        (["--executor", "nope"], "executor: got 'nope', wanted one of local"),
        (["--store", "nope://x"], "store: got 'nope://x', wanted a URL"),
        (["--limit", "nan"], "not a finite number"),
        (["--since", "HEAD"], "not a git repository"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_no_run(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = typed("run", suite(tmp_path), *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (tmp_path / "reports").exists()


def test_a_secret_of_the_environment_is_neither_printed_nor_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_API_TOKEN", "hunter2-hunter2")
    found = typed("run", suite(tmp_path), "--json", "--jobs", 1)
    assert found.code == 0
    assert "hunter2" not in found.out + found.err
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
