"""`codec-harness history` as a user types it: releases are told apart, each counts once, and JSON says the same."""

import json
import shutil

import pytest
from typed import ran, suite, typed


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases")
    path = suite(folder)
    first = ran(folder / "a", path)
    second = ran(folder / "b", path, "--fresh")
    assert typed("baseline", "accept", first, "--baselines", folder / "one").code == 0
    assert typed("baseline", "accept", second, "--baselines", folder / "two").code == 0
    return folder, first, second


def test_releases_of_one_name_are_told_by_their_places(runs):
    """Baselines are called after their suite in every folder: a step "at s" said nothing."""
    folder, first, second = runs
    files = folder / "one" / "s.json", folder / "two" / "s.json"
    for places in ((first, second), files):
        found = typed("history", *places, "--json")
        assert found.code == 0
        assert [one["name"] for one in json.loads(found.out)["releases"]] == list(map(str, places))


def test_a_release_that_is_given_again_counts_once_and_is_told(runs, tmp_path):
    _, first, second = runs
    copy = shutil.copytree(first, tmp_path / "copy")
    found = typed("history", first, copy, second, first)
    assert f"note: {copy} is left out: it is {first} again" in found.out
    assert f"note: {first} is given again, and counts once" in found.out
    assert "2 comparable releases are too few to tell a slide" in found.out
    assert f"2 releases ({first} to {second})" in found.out


def test_a_run_may_be_named_by_its_record(runs):
    _, first, second = runs
    assert typed("history", first / "run.json", second / "run.json").out == typed("history", first, second).out
    assert "1 release (" in typed("history", first / "run.json").out


def test_a_shard_is_no_release(runs, tmp_path):
    folder, first, _ = runs
    shard = ran(tmp_path, folder / "s.codec.toml", "--shard", "1/1")
    found = typed("history", first, shard)
    assert found.code == 2
    assert "is shard 1/1 of a run" in found.err


def test_a_page_of_releases_with_markup_in_their_names_shows_it_as_text(runs, tmp_path):
    _, first, second = runs
    odd = shutil.copytree(first, tmp_path / "<b>[red]x")
    found = typed("history", odd, second, "--html", tmp_path / "page.html")
    assert found.code == 0
    assert "<b>[red]x" in found.out
    assert "<b>" not in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "elsewhere"], "nowhere: there is nothing; wanted a baseline file or the folder of a run"),
        (["."], "run.json: cannot be read"),
        (["nowhere", "--alpha", "0"], "0.0 is not in the range"),
        ([], "Missing argument 'PLACES...'"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = typed("history", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
