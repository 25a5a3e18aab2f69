"""`--codec-shard` runs and judges a part of the cells; `--codec-from` judges the merged run and computes nothing."""

import json
import shutil

import pytest

from harness.record import SEAL, sealing
from harness.runs.merging import merge


@pytest.fixture
def merged(accepted):
    """The merged run of a project whose two shards were tested."""
    accepted.run("--codec-shard", "1/2", "--codec-out", "shards").assert_outcomes(passed=3)
    accepted.run("--codec-shard", "2/2", "--codec-out", "shards").assert_outcomes(passed=3)
    return merge(sorted((accepted.path / "shards").iterdir()), accepted.path / "merged").folder


def test_a_merged_run_is_judged_as_the_suite_is_and_nothing_is_computed(accepted, merged):
    accepted.write("my_codec.py", "raise RuntimeError('nobody may load this')")
    before = accepted.runs()
    accepted.run("--codec-from", str(merged)).assert_outcomes(passed=10)
    record = json.loads((merged / "run.json").read_text())
    assert record["gate"]["failures"] == []
    assert (merged / "index.html").is_file()
    assert accepted.runs() == before


def test_of_a_merged_run_no_more_is_accepted_than_was_asked_for(accepted, merged):
    baseline = accepted.path / "baselines" / "mine.json"
    before = json.loads(baseline.read_text())
    del before[SEAL]
    for setup in before["setups"].values():
        for cell in setup["utterances"].values():
            cell["pcm"] = "0" * 16
    baseline.write_text(sealing(json.dumps(before)))
    result = accepted.run("--codec-from", str(merged), "--codec-update", "-k", "mine/shared and rms")
    result.assert_outcomes(passed=1, deselected=9)
    after = json.loads(baseline.read_text())
    changed = [
        (name, utterance)
        for name, setup in after["setups"].items()
        for utterance, cell in setup["utterances"].items()
        if cell["pcm"] != "0" * 16
    ]
    assert changed == [("mine/shared", "rms-04")]
    assert "cloned-decoder" not in result.stdout.str()
    record = json.loads((merged / "run.json").read_text())
    assert len(record["setups"]) == 3


def test_what_shows_only_over_all_shards_fails_of_the_merged_run(accepted, merged):
    baseline = accepted.path / "baselines/mine.json"
    content = json.loads(baseline.read_text())
    del content[SEAL]
    content["setups"]["mine/gone"] = content["setups"]["mine/shared"]
    baseline.write_text(sealing(json.dumps(content)))
    result = accepted.run("--codec-from", str(merged))
    assert result.parseoutcomes()["failed"] >= 1
    assert "missing from the suite: mine/gone" in result.stdout.str()
    assert not json.loads((merged / "run.json").read_text())["met"]


def test_a_shard_is_told_of_its_own_cells_alone(accepted):
    code = (accepted.path / "my_codec.py").read_text()
    accepted.write("my_codec.py", code.replace("decode(codes)\n", "decode(codes) * 0.5\n"))
    result = accepted.run("--codec-shard", "2/2")
    result.assert_outcomes(failed=2, passed=1)  # the control is bad either way


def test_a_run_of_another_suite_is_refused(accepted, merged):
    suite = accepted.path / "mine.codec.toml"
    text = suite.read_text()
    suite.write_text(text.replace("bitrate = 9000", "bitrate = 9600"))
    result = accepted.run("--codec-from", str(merged))
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 9}
    assert "codecs.mine is not what it was in the run" in result.stdout.str()
    suite.write_text(text + '[[setups]]\ncodec = "mine"\ntopology = "takeover"\n')
    result = accepted.run("--codec-from", str(merged))
    assert "the run of 'mine' lacks the setup mine/takeover; run the suite again" in result.stdout.str()
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 12}


def test_a_shard_is_no_run_to_judge_or_to_accept(accepted, merged):
    shard = sorted((accepted.path / "shards").iterdir())[0]
    result = accepted.run("--codec-from", str(shard))
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 9}
    assert "is shard 1/2 of a run; merge all" in result.stdout.str() or "is shard 2/2" in result.stdout.str()
    shutil.rmtree(merged)
    assert "run.json" in accepted.run("--codec-from", str(merged)).stdout.str()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--codec-shard", "3/2"), "wanted NUMBER/OF such as 2/5"),
        (("--codec-shard", "1/3"), "got 3 shards, wanted at most 2"),
        (("--codec-shard", "1/2", "--codec-update"), "a shard is merged first"),
        (("--codec-shard", "1/2", "--codec-from", "x"), "a shard is merged first"),
        (("--codec-from", "x", "--codec-fresh"), "a finished run is judged as it is"),
    ],
)
def test_what_makes_no_sense_is_one_line(project, arguments, said):
    result = project.run(*arguments)
    assert said in result.stdout.str() + result.stderr.str()
    assert "Traceback" not in result.stdout.str()
    assert result.ret in (2, 4)
