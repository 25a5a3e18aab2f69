"""Records as files: sealed, read back as they were, and refused in a line with how to mend it."""

import json
from pathlib import Path

import pytest
from small_run import cell, run

from harness.errors import RecordInvalid
from harness.record import SEAL, Cell, RunRecord, load, parsed, save, sealing, with_cells


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(tmp_path / "run.json", run(cell("mini/shared", "one"), cell("mini/shared", "zw\u00f6lf")))
    return tmp_path / "run.json"


def changed(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_seal_is_of_what_a_record_holds_and_not_of_its_layout(path: Path) -> None:
    record = load(path, RunRecord, sealed=True)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(content.items())), indent=7, ensure_ascii=True))
    assert load(path, RunRecord, sealed=True) == record
    changed(path, headline="better")
    for sealed in (True, False):
        with pytest.raises(RecordInvalid, match=r"run\.json: a RunRecord that is not as it was written: damaged"):
            load(path, RunRecord, sealed=sealed)


def test_without_a_seal_a_record_is_read_unless_one_is_wanted(path: Path) -> None:
    content = json.loads(path.read_text())
    del content[SEAL]
    path.write_text(json.dumps(content))
    assert load(path, RunRecord).headline == "fine"
    with pytest.raises(RecordInvalid, match="not as it was written"):
        load(path, RunRecord, sealed=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema_version": 99}', r"a RunRecord of schema 99, this codec-harness reads 2; upgrade codec-harness"),
        ('{"schema_version": 1}', r"a RunRecord of schema 1, this codec-harness reads 2; mend it"),
        ("[]", "not a RunRecord of schema 2"),
        ("3", "not a RunRecord of schema 2"),
        ("{}", r"not a RunRecord of schema 2: .*missing.*mend it"),
        ("{", r"a RunRecord that is not JSON .*mend it"),
        ('{"a": NaN}', "a RunRecord that cannot be used"),
        ('{"a": 1, "a": 2}', "a RunRecord that cannot be used.*occurs twice"),
    ],
)
def test_what_is_no_record_says_so_and_how_to_mend_it(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(RecordInvalid, match=rf"run\.json.*: {said}") as refused:
        parsed(text, tmp_path / "run.json", RunRecord, mend="mend it")
    assert "\n" not in str(refused.value)


def test_with_its_cells_a_record_is_one_object_of_json_also_if_it_has_none() -> None:
    for cells in ((), (cell("a/shared", "one"), cell("a/shared", "two"))):
        record = run(*cells)
        told = json.loads("".join(with_cells(record)))
        assert [Cell.model_validate(one) for one in told.pop("cells")] == list(cells)
        assert RunRecord.model_validate(told | {"cells": cells}) == record


def test_a_sealed_text_says_the_same_with_its_hash_first() -> None:
    content = {"b": [1.5, "\u00e9"], "a": {"c": None}}
    made = sealing(json.dumps(content, indent=1))
    read = json.loads(made)
    assert list(read) == [SEAL, "b", "a"]
    assert sealing(json.dumps(dict(reversed(content.items()))))[:80] == made[:80]
    assert {key: value for key, value in read.items() if key != SEAL} == content
