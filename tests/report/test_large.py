"""Runs of more cells than a page can open: some can be opened, and of all others there is the verdict."""

import json
import re

import pytest
from click.testing import CliRunner
from report.sample import build
from report.test_odd_runs import opened_seconds

from harness.cli.main import cli
from harness.errors import UsageInvalid
from harness.files import write_pieces
from harness.record import CELLS, Cells, RunRecord, load, save
from harness.record.source import line_of
from harness.report import render
from harness.report.machine_readable import TOLD, write_machine_readable
from harness.report.survey import LARGE, SHOWN, Choice, Survey

KINDS = ("shared", "cross-talk", "dirty-clone")
ODD = 0.01  # of the utterances: those in which setups that break do so, the others are as the reference


def large(folder, setups, utterances):
    """Write a run of *setups* x *utterances* cells that share a few sounds, without holding them; return its record."""
    record = build(folder, kinds=KINDS)
    broken = [record.setups[1 + n % 2] for n in range(setups - 1)]
    made = [record.setups[0], *(one.model_copy(update={"name": f"{one.name}-{n}"}) for n, one in enumerate(broken))]
    speech = [record.utterances[n % 3].model_copy(update={"id": f"utterance-{n:05}"}) for n in range(utterances)]
    every = round(1 / ODD)

    def lines():
        for number, setup in enumerate(made):
            for n, utterance in enumerate(speech):
                kind = broken[number - 1].name if number and n % every == number % every else record.setups[0].name
                cell = record.cells.get(kind, record.utterances[n % 3].id)
                assert cell is not None
                yield line_of(cell.model_copy(update={"setup": setup.name, "utterance": utterance.id}))

    write_pieces(folder / CELLS, lines())
    worst = {setup.name: speech[number % every].id if number else speech[0].id for number, setup in enumerate(made)}
    told = [setup.model_copy(update={"worst_utterance": worst[setup.name]}) for setup in made]
    update = {"setups": tuple(told), "utterances": tuple(speech), "cells": Cells.read(folder)}
    record = record.model_copy(update=update)
    save(folder / "run.json", record)
    return record


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that is a little too large for a page, and its page."""
    folder = tmp_path_factory.mktemp("large")
    record = large(folder, 4, 600)
    return record, folder, render(folder)


def test_what_tells_most_can_be_opened_and_the_rest_has_no_files(run):
    record, folder, index = run
    assert len(record.cells) > LARGE
    shown = Survey(record).shown(Choice())
    assert {setup.worst_utterance for setup in record.setups} <= {utterance.id for utterance in shown.utterances}
    failing = {cell.utterance for cell in record.cells if cell.setup != "mini/shared" and cell.verdict != "identical"}
    assert failing <= {utterance.id for utterance in shown.utterances}
    assert 0 < len(shown.cells) <= SHOWN
    assert len(list((folder / "page" / "cells").iterdir())) == len(shown.cells)
    assert "4 setups" in re.sub(r"\s+", " ", index.read_text())
    assert "600 utterances" in index.read_text()


def test_every_cell_has_its_verdict_on_a_page_that_is_turned(run, visit):
    _, _, index = run
    page = visit.open(index)
    assert page.locator("#every-matrix .tile").count() == 4 * 50
    assert page.inner_text("#every-shown") == "2400 cells; utterances 1 to 50 of 600"
    assert page.inner_text("#every-matrix .counts >> nth=0") == "600 I"
    assert page.inner_text("#every-matrix .counts >> nth=1") == "594 I, 6 C"
    assert page.is_disabled("#every-back")
    for _ in range(11):
        page.click("#every-on")
    assert page.inner_text("#every-shown") == "2400 cells; utterances 551 to 600 of 600"
    assert page.is_disabled("#every-on")
    page.click("#every-back")
    assert page.inner_text("#every-shown") == "2400 cells; utterances 501 to 550 of 600"


def test_all_cells_are_searched_by_utterance_setup_and_verdict(run, visit):
    record, _, index = run
    page = visit.open(index)
    page.fill("#every-search", "utterance-00599")
    assert page.inner_text("#every-shown") == "4 cells; utterances 1 to 1 of 1"
    page.fill("#every-search", "cross-talk")
    assert page.inner_text("#every-shown") == "1200 cells; utterances 1 to 50 of 600"
    page.check("#every-cells [name=letter][value=C]", force=True)
    assert page.inner_text("#every-shown").startswith("12 cells;")
    page.fill("#every-search", "nothing is called so")
    assert page.inner_text("#every-shown") == "0 cells; utterances 0 to 0 of 0"
    page.click("#every-cells [type=reset]")
    page.check("#every-unmet")
    unmet = [setup for setup in record.setups if not setup.met]
    assert page.inner_text("#every-shown") == f"{600 * len(unmet)} cells; utterances 1 to 50 of 600"


def test_a_cell_that_can_be_opened_is_a_link(run, visit):
    record, _, index = run
    page = visit.open(index)
    page.fill("#every-search", record.setups[1].worst_utterance)
    page.click(f'#every-matrix a.tile[aria-label^="corrupt: {record.setups[1].name}"]')
    page.wait_for_selector("#cell-body:not([hidden])")
    assert record.setups[1].worst_utterance in page.inner_text("#cell-title")


def test_others_are_opened_for_the_asking(tmp_path, visit):
    large(tmp_path, 3, 700)
    asked = CliRunner().invoke(cli, ["report", str(tmp_path), "--utterance", "utterance-0069*"])
    assert asked.exit_code == 0, asked.output
    page = visit.open(tmp_path / "index.html", "#cell=mini/shared/utterance-00699")
    page.wait_for_selector("#cell-body:not([hidden])")
    with pytest.raises(UsageInvalid, match="no utterance of the run matches nobody"):
        render(tmp_path, choice=Choice(("nobody",)))
    render(tmp_path, choice=Choice(everything=True))
    page = visit.open(tmp_path / "index.html")
    assert page.locator("#matrix a.tile").count() == 2100
    assert page.locator("#every-matrix").count() == 0


def test_a_build_server_is_told_of_the_worst_of_many(run):
    record, folder, _ = run
    setups = tuple(setup.model_copy(update={"met": False}) for setup in record.setups)
    write_machine_readable(folder, record.model_copy(update={"setups": setups}))
    told = (folder / "junit.xml").read_text()
    assert f"and {600 - TOLD} more utterances, which are no worse" in told
    assert told.count(": corrupt") == sum(cell.verdict == "corrupt" for cell in record.cells)


@pytest.mark.slow
def test_a_hundred_thousand_cells_open_in_two_seconds(tmp_path, visit):
    large(tmp_path, 20, 5000)
    index = render(tmp_path)
    size = sum(path.stat().st_size for path in [index, *(tmp_path / "page").rglob("*")] if path.is_file())
    assert size < 40e6
    page = visit.open(index)
    assert opened_seconds(page) < 2
    assert page.inner_text("#every-shown") == "100000 cells; utterances 1 to 50 of 5000"
    page.fill("#every-search", "utterance-04999")
    assert page.inner_text("#every-shown") == "20 cells; utterances 1 to 1 of 1"
    assert len(load(tmp_path / "run.json", RunRecord).cells) == 100_000
    assert json.loads((tmp_path / "run.json").read_text())["cells"]["count"] == 100_000
