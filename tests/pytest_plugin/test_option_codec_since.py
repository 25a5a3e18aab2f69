"""`--codec-since` judges what a change can reach, and skips the rest with the reason."""

import json

import pytest
from repository import begin

import harness

SKIPPED = "not run: nothing that it depends on changed since HEAD"


CODEC = """
from harness.codecs.pcm import PcmCodec, PcmInstance


class MyCodec(PcmCodec):
    def open(self):
        return MyInstance(self.info)


class MyInstance(PcmInstance):
    def decode(self, codes):
        return super().decode(codes) * 1.0
"""
SUITE = """
name = "mine"
[speech]
utterances = ["awb-01"]
[codecs.mine]
adapter = "my_codec:MyCodec"
[codecs.pcm]
adapter = "pcm"
[scores]
asr = false
pesq = false
[[setups]]
codec = ["mine", "pcm"]
topology = "shared"
"""


@pytest.fixture
def committed(project):
    """A project with a codec of its own and one of the harness, accepted and committed."""
    project.write(".gitignore", "reports\nshards\nmerged\n__pycache__\n.pytest_cache\n")
    project.write("mine.codec.toml", SUITE)
    project.write("my_codec.py", CODEC)
    project.run("--codec-update").assert_outcomes(passed=5)
    begin(project.path)
    return project


def test_all_is_skipped_where_nothing_changed_and_what_changed_is_judged(committed):
    before = {folder: (folder / "run.json").stat().st_mtime_ns for folder in committed.runs()}
    result = committed.run("--codec-since", "HEAD", "-rs")
    result.assert_outcomes(skipped=5)
    assert SKIPPED in result.stdout.str()
    assert {folder: (folder / "run.json").stat().st_mtime_ns for folder in committed.runs()} == before
    committed.write("my_codec.py", CODEC.replace("* 1.0", "* 0.5"))
    result = committed.run("--codec-since", "HEAD", "-rs")
    result.assert_outcomes(skipped=2, failed=2, passed=1)  # pcm; mine; the baseline as a whole
    (new,) = set(committed.runs()) - set(before)
    found = json.loads((new / "run.json").read_text())
    assert "Not run, since nothing that they depend on changed since HEAD: pcm/shared." in found["notes"]


def test_shards_of_what_a_change_reaches_are_merged_and_judged(committed):
    committed.write("my_codec.py", CODEC.replace("* 1.0", "* 0.5"))
    committed.run("--codec-since", "HEAD", "--codec-shard", "1/1", "--codec-out", "shards")
    (shard,) = (committed.path / "shards").iterdir()
    record, folder = harness.merge([shard], committed.path / "merged")
    note = "Not run, since nothing that they depend on changed since HEAD: pcm/shared."
    assert record.notes[0] == note
    for how in (["--codec-since", "HEAD"], ["-k", "mine/"]):
        committed.run("--codec-from", str(folder), *how)
        assert json.loads((folder / "run.json").read_text())["notes"][0] == note


def test_where_no_shard_was_left_since_nothing_changed_all_is_skipped(committed):
    assert committed.run("--codec-since", "HEAD", "--codec-shard", "1/1", "--codec-out", "shards").ret == 0
    assert not (committed.path / "shards").exists()
    result = committed.run("--codec-since", "HEAD", "--codec-from", "merged/*")
    result.assert_outcomes(skipped=5)
    assert result.ret == 0


def test_another_baseline_is_another_judgement(committed):
    baseline = committed.path / "baselines" / "mine.json"
    baseline.write_text(baseline.read_text() + "\n")
    committed.run("--codec-since", "HEAD").assert_outcomes(passed=5)


def test_what_a_suite_was_accepted_to_notice_is_judged_where_it_changed(committed):
    committed.write("baselines/mine.sensitivity.json", "{}")
    committed.run("--codec-since", "HEAD").assert_outcomes(skipped=5)
    result = committed.run("--codec-since", "HEAD", "--codec-sensitivity=0.01", "-k", "sensitivity")
    result.assert_outcomes(failed=1, deselected=5)


def test_a_commit_that_is_not_there_is_an_error_of_collection(committed):
    result = committed.run("--codec-since", "nowhere")
    result.assert_outcomes(errors=1)
    assert result.ret == 2
    assert "got 'nowhere'; wanted a commit, a tag or a branch" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
