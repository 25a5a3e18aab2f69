"""`codec-harness explain` as a user types it: what it says, and of which utterance."""

import json

import pytest
from typed import ran, suite, typed


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    path = suite(folder, "shared", "separate", "cross-talk", adapter="opus", utterances=("slt-04", "heart-04"))
    return path, ran(folder / "reports", path)


def test_where_nothing_is_wrong_that_is_said(finished):
    _, folder = finished
    found = typed("explain", folder)
    assert (found.code, found.out) == (0, "")
    assert "every setup is what it must be; name a CELL" in found.err


def test_what_was_not_named_is_told_which_utterance_it_is_of(finished):
    path, folder = finished
    for place in (path, folder):
        assert typed("explain", place, "app/separate").out.startswith(
            "On slt-04: app/separate and app/shared are equal"
        )
    told = json.loads(typed("explain", folder, "app/separate", "--utterance", "heart-04", "--json").out)
    assert (told["cell"], told["utterance"], told["side"]) == ("app/separate", "heart-04", None)


def test_a_cell_and_another_utterance_contradict_each_other(finished):
    """The words were of heart-04, and stood under the name of slt-04."""
    _, folder = finished
    found = typed("explain", folder, "app/cross-talk/slt-04", "--utterance", "heart-04", "--json")
    assert (found.code, found.out) == (2, "")
    assert "--utterance: got heart-04, and the cell app/cross-talk/slt-04" in found.err
    same = typed("explain", folder, "app/cross-talk/slt-04", "--utterance", "slt-04")
    assert same.code == 0
    assert same.out.startswith("app/cross-talk diverges from app/shared in frame 0")


def test_a_shard_has_no_verdict_so_nothing_of_it_is_said_to_be_right(finished, tmp_path):
    path, _ = finished
    shard = ran(tmp_path, path, "--shard", "1/2")
    found = typed("explain", shard)
    assert found.code == 2
    assert "is shard 1/2 of a run; merge all" in found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["app/nope"], "no cell 'app/nope'; wanted SETUP or SETUP/UTTERANCE"),
        (["app/shared/nobody"], "no utterance 'nobody'; there are: slt-04, heart-04"),
        (["app/shared", "--against", "nope"], "no setup 'nope'"),
        (["app/shared", "--store", "--against", "app/separate"], "give a run, no --against"),
        (["app/shared", "--limit", "0"], "0.0 is not in the range"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, finished):
    found = typed("explain", finished[1], *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_what_is_wrong_is_explained_on_the_utterance_that_is_named(finished, tmp_path):
    path = suite(tmp_path, "shared", "cross-talk", adapter="opus", utterances=("slt-04", "heart-04"))
    path.write_text(path.read_text() + 'at_least = "identical"\n')
    folder = ran(tmp_path / "reports", path)
    assert folder.name != finished[1].name
    for name in ("heart-04", "slt-04"):
        told = json.loads(typed("explain", folder, "--utterance", name, "--json").out)
        assert (told["side"], told["utterance"]) == ("decoder", name)
