"""The run before a run is the one of its name that was made last before it, whatever became of its file since."""

import os

import pytest
from report.sample import build

from harness.files import file_name
from harness.record import RunRecord, load, save
from harness.report.earlier import run_before


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return build(tmp_path_factory.mktemp("run"), kinds=("shared", "cross-talk"))


def put(folder, record, created, *, written=0.0, **changes):
    """Save *record* into *folder* as one that was made at *created*, in a file that was *written* then."""
    folder.mkdir()
    provenance = record.provenance.model_copy(update={"created": created})
    made = record.model_copy(update={"provenance": provenance, **changes})
    save(folder / "run.json", made)
    os.utime(folder / "run.json", (written, written))
    return made


@pytest.mark.parametrize("written", [(1, 2, 3), (3, 2, 1), (2, 2, 2)])
def test_it_is_the_one_that_was_made_last_before_in_whatever_order_files_were_copied(tmp_path, record, written):
    names = ("sample-9", "sample-1", "sample-5")
    for name, created, when in zip(names, ("2025-01-01", "2025-06-01", "2026-06-01"), written, strict=True):
        put(tmp_path / name, record, created, written=when)
    now = put(tmp_path / "sample-3", record, "2026-01-01")
    found = run_before(tmp_path / "sample-3", now)
    assert found is not None
    assert found.folder == tmp_path / "sample-1"
    assert found.record.provenance.created == "2025-06-01"
    assert "2025-06-01" in found.label
    first = load(tmp_path / "sample-9" / "run.json", RunRecord)
    assert run_before(tmp_path / "sample-9", first) is None


def test_what_is_another_suite_or_cannot_be_read_is_passed_over(tmp_path, record):
    put(tmp_path / "sample-1", record, "2025-01-01")
    put(tmp_path / "sample-other-1", record, "2025-12-01", name="sample-other")
    put(tmp_path / "sample-twin", record, "2025-12-02", name="sample-twin")
    for name, content in (("damaged", "{"), ("older", '{"schema_version": 1}'), ("binary", "\0\N{SNOWMAN}")):
        (tmp_path / f"sample-{name}").mkdir()
        (tmp_path / f"sample-{name}" / "run.json").write_text(content)
    for name, target in (("nowhere", "none"), ("circle", "run.json")):
        (tmp_path / f"sample-{name}").mkdir()
        (tmp_path / f"sample-{name}" / "run.json").symlink_to(target)
    (tmp_path / "sample-folder" / "run.json").mkdir(parents=True)
    (tmp_path / "sample-file").write_text("no folder")
    now = put(tmp_path / "sample-now", record, "2026-01-01")
    found = run_before(tmp_path / "sample-now", now)
    assert found is not None
    assert found.folder == tmp_path / "sample-1"


@pytest.mark.parametrize("name", ["a[1]*?", "../up", "", "n" * 300])
def test_a_suite_of_any_name_finds_its_own(tmp_path, record, name):
    put(tmp_path / f"{file_name(name)}-1", record, "2025-01-01", name=name)
    now = put(tmp_path / f"{file_name(name)}-2", record, "2026-01-01", name=name)
    found = run_before(tmp_path / f"{file_name(name)}-2", now)
    assert found is not None
    assert found.folder.name.endswith("-1")


def test_it_is_narrowed_to_what_this_run_has_and_the_run_itself_is_not_before_itself(tmp_path, record):
    put(tmp_path / "sample-1", record, "2025-01-01")
    part = {"setups": record.setups[:1], "cells": tuple(c for c in record.cells if c.setup == record.setups[0].name)}
    now = put(tmp_path / "sample-2", record, "2026-01-01", **part)
    (tmp_path / "link").symlink_to(tmp_path / "sample-2")
    for folder in (tmp_path / "sample-2", tmp_path / "link"):
        found = run_before(folder, now)
        assert found is not None
        assert found.folder == tmp_path / "sample-1"
        assert [setup.name for setup in found.record.setups] == [record.setups[0].name]
        assert {cell.setup for cell in found.record.cells} == {record.setups[0].name}
