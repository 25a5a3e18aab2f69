"""`codec-harness baseline` as a user types it: what is accepted, what it rests on, and what is held against it."""

import shutil

import pytest
from typed import ran, suite, typed


@pytest.fixture
def plain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return suite(tmp_path)


def test_runs_that_are_apart_calibrate_each_other_and_a_third_is_held_against_them(plain, tmp_path):
    first, second = ran(tmp_path / "a", plain), ran(tmp_path / "b", plain, "--fresh")
    accepted = typed("baseline", "accept", first, second)
    assert accepted.out.splitlines() == ["the first baseline of s: 1 cells", "accepted into baselines/s.json"]
    assert accepted.err == ""
    shown = typed("baseline", "show", "baselines/s.json").out
    assert "app/shared" in shown
    assert "1 of 1 exact over up to 2 runs" in shown
    assert ", no commit" in shown  # this folder is in no repository
    held = typed("baseline", "diff", first)
    assert held.code == 0
    assert "1 of 1 bit for bit as accepted" in held.out
    assert "report:" not in held.out  # none was made of it
    refused = typed("baseline", "diff", second)
    assert refused.code == 2
    assert "refused: baselines/s.json was accepted from this very run" in refused.err


@pytest.mark.parametrize("again", ["given twice", "copied", "read back"])
def test_a_codec_that_ran_once_calibrates_nothing(again, plain, tmp_path):
    first = ran(tmp_path / "a", plain)
    if again == "copied":
        second = shutil.copytree(first, tmp_path / "copy")
    else:
        second = ran(tmp_path / "b", plain) if again == "read back" else first
    accepted = typed("baseline", "accept", first, second)
    assert accepted.code == 0
    assert "1 of 2 cells were read back, or given before: no codec ran for them" in accepted.err
    assert "not calibrated" in typed("baseline", "show", "baselines/s.json").out


def test_a_run_that_is_no_longer_what_was_accepted_exits_with_1(plain, tmp_path):
    assert typed("baseline", "accept", ran(tmp_path / "a", plain)).code == 0
    plain.write_text(plain.read_text().replace('adapter = "pcm"', 'adapter = "opus"'))
    held = typed("baseline", "diff", ran(tmp_path / "b", plain))
    assert held.code == 1
    assert "FAILED" in held.out


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "none.json"], "none.json: no such baseline; accept a run first"),
        (["show", "s.codec.toml"], "not JSON"),
        (["show", "."], "it is a folder"),
        (["accept", "nowhere"], "cannot be read"),
        (["diff", "nowhere"], "cannot be read"),
        (["accept"], "Missing argument 'RUNS...'"),
    ],
)
def test_bad_input_is_said_and_ends_with_2(arguments, said):
    done = typed("baseline", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_runs_of_several_suites_and_shards_are_refused(plain, tmp_path):
    other = suite(tmp_path, name="other")
    both = ran(tmp_path / "a", plain), ran(tmp_path / "b", other)
    assert "runs of several suites (other, s)" in typed("baseline", "accept", *both).err
    shard = ran(tmp_path / "c", plain, "--shard", "1/1")
    refused = typed("baseline", "accept", shard)
    assert refused.code == 2
    assert "is shard 1/1 of a run; merge all" in refused.err
    assert not (tmp_path / "baselines").exists()
