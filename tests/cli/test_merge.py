"""`codec-harness merge` as a user types it: all shards of one run, each once, make the run of one machine."""

import json

import pytest
from typed import ran, suite, typed


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    path = suite(folder, "shared", "cross-talk", adapter="opus", utterances=("slt-04", "heart-04"))
    path.write_text(path.read_text() + 'at_least = "identical"\n')
    return [ran(folder / str(number), path, "--shard", f"{number}/2") for number in (1, 2)]


def test_the_verdict_that_no_shard_has_is_that_of_all(shards, tmp_path):
    found = typed("merge", *shards, "--out", tmp_path)
    assert found.code == 1  # cross-talk is not identical
    (folder,) = (path.parent for path in tmp_path.glob("*/run.json"))
    assert found.out.startswith(f"run: {folder}\n")
    assert "NOT MET" in found.out
    record = json.loads(typed("merge", *reversed(shards), "--out", tmp_path, "--json").out)
    assert (record["met"], len(record["cells"])) == (False, 4)


def test_one_that_is_missing_or_there_twice_is_named_and_nothing_is_made(shards, tmp_path):
    for given, said in ((shards[:1], "2/2"), ([*shards, shards[0]], "1/2"), ([shards[0].parent], "is no shard")):
        found = typed("merge", *given, "--out", tmp_path / "out")
        assert (found.code, found.out) == (2, "")
        assert said in found.err
    assert not (tmp_path / "out").exists()


def test_without_a_folder_it_is_usage():
    found = typed("merge")
    assert found.code == 2
    assert "Missing argument 'FOLDER...'" in found.err
