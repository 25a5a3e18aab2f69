"""The record of a run: its cells beside it, what it may be made with, and nothing of the machine."""

import json

import pytest
from pydantic import ValidationError
from report.sample import codec_record, provenance, setup_record
from report.sample import measurements as measured

from harness.errors import RecordInvalid
from harness.record import SCHEMA, Cell, Cells, CodecRecord, RunRecord, SetupGate, Verdict, load, save


def cell(utterance):
    return Cell(
        setup="mini/shared", utterance=utterance, key="k", verdict=Verdict.IDENTICAL, reasons=(), masked=False,
        first_diverging_frame=None, measurements=measured(Verdict.IDENTICAL, 0),
    )  # fmt: skip


def content(**changes):
    cells = [cell("one"), cell("two")]
    return {
        "name": "sample", "key": "f" * 64, "complete": True, "met": True, "headline": "fine", "notes": (),
        "seconds": 1.0, "provenance": provenance(), "suite": {}, "codecs": (codec_record("mini"),), "utterances": (),
        "setups": (setup_record("mini/shared", "mini", "shared", cells),), "cells": cells,
    } | changes  # fmt: skip


def test_cells_may_be_given_as_any_sequence_and_are_found_by_place():
    for given in ([cell("one")], (cell("one"),), Cells.of([cell("one")])):
        record = RunRecord.model_validate(content(cells=given))
        assert isinstance(record.cells, Cells)
        assert record.cells.get("mini/shared", "one") == cell("one")


@pytest.mark.parametrize("given", [[{"setup": "a"}], "cells", None, {"count": 1, "sha256": "0"}])
def test_what_is_no_cells_is_refused_with_what_is_wanted(given):
    with pytest.raises(ValidationError, match=r"wanted count and sha256 of cells\.jsonl"):
        RunRecord.model_validate(content(cells=given))


def test_in_its_file_a_record_says_how_many_cells_there_are_and_has_them_beside_it(tmp_path):
    record = RunRecord.model_validate(content())
    save(tmp_path / "run.json", record)
    said = json.loads((tmp_path / "run.json").read_text())["cells"]
    assert said == {"count": 2, "sha256": record.cells.sha256, "told": []}
    back = load(tmp_path / "run.json", RunRecord, sealed=True)
    assert back == record
    assert back.content_sha256 is None  # of the file, and no part of what was found
    (tmp_path / "cells.jsonl").unlink()
    with pytest.raises(RecordInvalid, match=r"cells\.jsonl"):
        load(tmp_path / "run.json", RunRecord)


def test_what_its_file_says_of_the_cells_is_checked_key_by_key(tmp_path):
    save(tmp_path / "run.json", RunRecord.model_validate(content()))
    kept = json.loads((tmp_path / "run.json").read_text())
    del kept["content_sha256"], kept["cells"]["sha256"]
    (tmp_path / "run.json").write_text(json.dumps(kept))
    with pytest.raises(RecordInvalid, match="not a RunRecord of schema 2: cells: sha256: missing"):
        load(tmp_path / "run.json", RunRecord)


def test_a_copy_takes_any_sequence_of_cells_too():
    record = RunRecord.model_validate(content())
    fewer = record.model_copy(update={"cells": [cell("two")]})
    assert isinstance(fewer.cells, Cells)
    assert list(fewer.cells.places) == [("mini/shared", "two")]
    assert record.model_copy(update={"name": "other"}).cells is record.cells
    assert record.model_copy() == record


def test_an_older_schema_is_refused():
    assert RunRecord.model_validate(content()).schema_version == SCHEMA
    with pytest.raises(ValidationError, match="schema_version"):
        RunRecord.model_validate(content(schema_version=SCHEMA - 1))


def test_no_place_of_the_machine_and_no_secret_is_kept():
    codec = codec_record("mini").model_dump() | {
        "options": {"weights": "/home/me/a.bin", "environment": {"TOKEN": "hidden"}},
        "description": "made of /home/me/a.bin",
    }
    kept = CodecRecord.model_validate(codec).model_dump_json()
    assert "/home" not in kept
    assert "hidden" not in kept
    assert ".../a.bin" in kept
    gate = SetupGate(failures=("/home/me/run/a.flac differs",), met=True, worst_utterance=None)
    assert gate.failures == (".../a.flac differs",)
