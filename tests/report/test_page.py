"""`index.html` of a run: where it is written, what is compared, and what cannot be shown is said."""

import json

import pytest
from report.sample import build

from harness.errors import RecordInvalid, UsageInvalid
from harness.report.page import render
from harness.report.survey import Choice


@pytest.fixture
def run(tmp_path):
    build(tmp_path / "run", kinds=("shared", "cross-talk"))
    return tmp_path / "run"


def test_a_folder_has_a_page_with_a_script_a_cell_and_a_single_file_has_all_inside(run):
    path = render(run)
    assert path == run / "index.html"
    cells = sorted((run / "page" / "cells").glob("*.js"))
    assert len(cells) == len(json.loads((run / "run.json").read_text())["utterances"]) * 2
    assert all(cell.read_text().startswith(f"report.receive({cell.stem},") for cell in cells)
    single = render(run, single_file=True)
    assert single == run / "report.html"
    assert single.stat().st_size > path.stat().st_size
    assert "http://" not in single.read_text().replace("http://www.w3.org", "")


def test_the_script_of_a_page_has_a_nonce_of_its_own_each_time(run):
    assert render(run).read_text() != render(run).read_text()


def test_a_comparison_is_written_beside_the_page_and_one_with_itself_is_refused(run, tmp_path):
    build(tmp_path / "other", kinds=("shared",))
    render(run, against=tmp_path / "other")
    assert (run / "page" / "compare.csv").is_file()
    assert json.loads((run / "page" / "compare.json").read_text())
    for same in (run, run / "run.json", run / ".." / "run"):
        with pytest.raises(RecordInvalid, match="that is the run itself"):
            render(run, against=same)


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_where_there_is_no_run_nothing_is_written(place, tmp_path):
    with pytest.raises(RecordInvalid):
        render(tmp_path / place)
    assert list(tmp_path.iterdir()) == []


def test_an_utterance_that_the_run_lacks_is_named(run):
    with pytest.raises(UsageInvalid, match="no utterance of the run matches nobody"):
        render(run, choice=Choice(("nobody",)))
