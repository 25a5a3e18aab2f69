"""Runs that are cut off, damaged, old, empty or huge still give a page that says so."""

import json
import shutil
import subprocess
import sys
import time

import pytest
from report.sample import build

from harness.errors import HarnessError, NotWritable, RecordInvalid
from harness.record import JOURNAL, Journal, RunRecord, load, save
from harness.report import render, templating


def test_a_run_killed_before_its_record_shows_its_finished_cells(visit, tmp_path):
    record = build(tmp_path, kinds=("shared", "cross-talk"))
    Journal(tmp_path).add(record.cells[:4])
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('{"setup":"mi')
    (tmp_path / "run.json").unlink()
    page = visit.open(render(tmp_path), "")
    assert "was cut off" in page.inner_text("#overview .notice >> nth=0")
    assert f"Line 5 of {JOURNAL} is damaged" in page.inner_text("#overview")
    assert "2 cells were not run" in page.inner_text(".facts")
    assert page.locator("#matrix a.tile").count() == 4
    page.click("#matrix a.tile >> nth=3")
    page.wait_for_selector("#cell-body:not([hidden])")


def test_a_record_of_another_schema_is_one_clear_error(tmp_path):
    build(tmp_path, kinds=("shared", "cross-talk"))
    raw = json.loads((tmp_path / "run.json").read_text())
    del raw["content_sha256"]
    (tmp_path / "run.json").write_text(json.dumps(raw | {"schema_version": 1}))
    with pytest.raises(RecordInvalid, match="a RunRecord of schema 1, this codec-harness reads 2; run again"):
        render(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 99}', '{"schema_version": 0}'])
def test_a_record_that_says_nothing_is_one_clear_error(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecordInvalid, match=r"run\.json"):
        render(tmp_path)


def test_an_empty_folder_is_one_clear_error(tmp_path):
    with pytest.raises(RecordInvalid, match=r"no run\.json and no finished cells"):
        render(tmp_path)


def test_comparing_a_run_with_itself_is_refused(tmp_path):
    build(tmp_path, kinds=("shared",))
    with pytest.raises(RecordInvalid, match="the run itself"):
        render(tmp_path, against=tmp_path / "run.json")


def test_missing_and_damaged_audio_is_told_and_the_rest_still_plays(visit, tmp_path):
    record = build(tmp_path, kinds=("shared", "cross-talk"))
    (tmp_path / record.cells[3].audio).unlink()
    (tmp_path / record.cells[4].audio).write_bytes(b"not audio")
    page = visit.open(render(tmp_path), "#cell=mini/cross-talk/slt-01")
    page.wait_for_selector("#cell-body:not([hidden])")
    assert "no such audio file" in page.inner_text("#lanes")
    assert page.is_disabled("#sources input[value=decoded]")
    assert page.is_enabled("#play")
    page = visit.open(tmp_path / "index.html")
    assert "not readable as audio" in page.inner_text("#overview")


def test_one_utterance_and_one_setup(visit, tmp_path):
    record = build(tmp_path, kinds=("shared",))
    small = {"cells": record.cells[:1], "utterances": record.utterances[:1]}
    save(tmp_path / "run.json", record.model_copy(update=small))
    page = visit.open(render(tmp_path))
    assert page.inner_text(".outcome") == "As expected"
    page.click("#matrix a.tile")
    page.wait_for_selector("#cell-body:not([hidden])")
    assert not page.is_visible("#cell-next")


def test_no_utterances_at_all(visit, tmp_path):
    record = build(tmp_path, kinds=("shared",))
    save(tmp_path / "run.json", record.model_copy(update={"cells": (), "utterances": (), "setups": ()}))
    page = visit.open(render(tmp_path))
    assert "no setups or no utterances" in page.inner_text("#overview")


def test_a_page_without_its_folder_says_what_is_missing(browser, tmp_path):
    build(tmp_path / "run", kinds=("shared",))
    alone = shutil.copy(render(tmp_path / "run"), tmp_path / "alone.html")
    page = browser.new_page()
    page.goto(f"file://{alone}#cell=mini/shared/slt-01")
    page.wait_for_selector("#cell-loading:has-text('is missing')")
    assert 'keep the folder "page" beside this file' in page.inner_text("#cell-loading")
    page.close()


def large(folder, setups, utterances):
    """Write a run of *setups* x *utterances* cells that share a few sounds."""
    record = build(folder, kinds=("shared", "cross-talk", "dirty-clone"))
    pattern = {(cell.setup, cell.utterance): cell for cell in record.cells}
    names = [record.setups[0], *(record.setups[1 + n % 2] for n in range(setups - 1))]
    made_setups = [
        setup.model_copy(update={"name": setup.name if n == 0 else f"{setup.name}-{n}"})
        for n, setup in enumerate(names)
    ]
    speech = [record.utterances[n % 3].model_copy(update={"id": f"utterance-{n:02}"}) for n in range(utterances)]
    cells = [
        pattern[names[s].name, record.utterances[u % 3].id].model_copy(
            update={"setup": made.name, "utterance": speech[u].id, "key": f"{s}-{u}"}
        )
        for s, made in enumerate(made_setups)
        for u in range(utterances)
    ]
    update = {"setups": tuple(made_setups), "utterances": tuple(speech), "cells": tuple(cells)}
    save(folder / "run.json", record.model_copy(update=update))


def opened_seconds(page):
    timing = "performance.getEntriesByType('navigation')[0]"
    return page.evaluate(f"{timing}.loadEventEnd - {timing}.startTime") / 1000


def test_a_thousand_cells_open_in_two_seconds_and_stay_small(visit, tmp_path):
    large(tmp_path, 20, 50)
    index = render(tmp_path)
    size = sum(path.stat().st_size for path in [index, *(tmp_path / "page").rglob("*")] if path.is_file())
    assert size < 30e6
    page = visit.open(index)
    assert page.locator("#matrix a.tile").count() == 1000
    assert any(opened_seconds(visit.open(index)) < 2 for _ in range(5))  # a busy machine is slower now and then


@pytest.mark.slow
def test_as_many_cells_as_a_page_opens(visit, tmp_path):
    large(tmp_path, 40, 50)
    began = time.monotonic()
    index = render(tmp_path)
    assert time.monotonic() - began < 60
    page = visit.open(index)
    assert page.locator("#matrix a.tile").count() == 2000
    assert opened_seconds(page) < 6
    page.fill("#search", "cross-talk-7")
    assert "of 2000 cells" in page.inner_text("#shown")
    assert len(load(tmp_path / "run.json", RunRecord).cells) == 2000


@pytest.mark.parametrize("name", ["jinja2", "PIL"])
def test_a_missing_library_is_one_clear_error(tmp_path, monkeypatch, name):
    build(tmp_path, kinds=("shared",))
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(templating, "find_spec", lambda wanted: None if wanted == name else True)
    with pytest.raises(HarnessError, match=rf"needs {name}.*codec-harness\[report\]"):
        render(tmp_path)


def test_an_unwritable_folder_is_one_clear_error(tmp_path):
    build(tmp_path, kinds=("shared",))
    (tmp_path / "page").write_text("in the way")
    with pytest.raises(NotWritable, match="cannot be written"):
        render(tmp_path)


def test_importing_the_report_imports_no_heavy_library():
    script = "import sys, harness.report; print([m for m in ('jinja2', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
