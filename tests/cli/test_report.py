"""`codec-harness report` as a user types it: pages are made again from a record, beside others if asked."""

import shutil

import pytest
from typed import ran, suite, typed


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reported")
    path = suite(folder, "shared", "separate")
    return folder, ran(folder / "a", path), ran(folder / "b", path, "--fresh")


def test_the_page_is_made_again_by_folder_or_record_and_its_place_is_all_that_is_printed(runs):
    _, first, _ = runs
    for named in (first, first / "run.json"):
        (first / "index.html").unlink()
        found = typed("report", named)
        assert (found.code, found.out, found.err) == (0, f"{first / 'index.html'}\n", "")
        assert "app/separate" in (first / "index.html").read_text()


def test_a_single_file_holds_everything(runs):
    _, first, _ = runs
    found = typed("report", first, "--single-file")
    assert found.out == f"{first / 'report.html'}\n"
    assert 'src="page/' not in (first / "report.html").read_text()


def test_beside_another_run_and_a_baseline_it_is_said_what_changed(runs, tmp_path):
    _, first, second = runs
    assert typed("baseline", "accept", second, "--baselines", tmp_path).code == 0
    for other in (second, second / "run.json", tmp_path / "s.json"):
        assert typed("report", first, "--against", other).code == 0
        assert (first / "page" / "compare.json").is_file()


def test_a_name_with_markup_is_text(runs, tmp_path):
    odd = shutil.copytree(runs[1], tmp_path / "<img src=x>[red]")
    found = typed("report", odd)
    assert found.out == f"{odd / 'index.html'}\n"
    assert "<img src=x>" not in (odd / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere: no such run; wanted a folder under reports/"),
        (["{folder}"], "no run.json and no finished cells"),
        (["{run}", "--against", "{run}"], "that is the run itself; compare with another run"),
        (["{run}", "--against", "nowhere"], "nowhere: no such run or baseline"),
        (["{run}", "--against", "{suite}"], "not JSON"),
        (["{run}", "--utterance", "nope"], "no utterance of the run matches nope"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, runs):
    folder, first, _ = runs
    places = {"{folder}": folder, "{run}": first, "{suite}": folder / "s.codec.toml"}
    found = typed("report", *(places.get(one, one) for one in arguments))
    assert (found.code, found.out) == (2, "")
    assert said in found.err
