"""A run is read as it lies there: whole, or the cells that it had finished."""

from pathlib import Path

import pytest
from small_run import cell, run

from harness.errors import RecordInvalid
from harness.record import JOURNAL, Verdict, save
from harness.record.journal import Journal
from harness.report.reading import read


def test_a_whole_run_is_read_without_a_notice(tmp_path: Path) -> None:
    save(tmp_path / "run.json", run(cell("mini/shared", "a")))
    assert read(tmp_path).notices == ()
    assert read(tmp_path).record.complete


def test_a_run_that_was_cut_off_shows_what_it_had_finished(tmp_path: Path) -> None:
    Journal(tmp_path).add(
        [
            cell("mini/shared", "a", masked=True),
            cell("mini/shared", "b", Verdict.DEGRADED, reasons=("why",)),
            cell("mini/offline", "a", Verdict.UNDEFINED),
        ]
    )
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b"{half a li")
    found = read(tmp_path)
    assert found.notices[0].startswith("This run was cut off before it wrote its record.")
    assert found.notices[1:] == (f"Line 4 of {JOURNAL} is damaged and left out.",)
    record = found.record
    assert (record.complete, record.met, record.headline) == (False, False, "The run was cut off after 3 cells.")
    assert [one.id for one in record.utterances] == ["a", "b"]
    shared, offline = record.setups
    assert (shared.verdict, shared.worst_utterance, shared.reasons) == (Verdict.DEGRADED, "b", ("why",))
    assert (shared.masked, shared.met) == (1, True)
    assert not offline.met


def test_a_folder_with_nothing_to_show_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordInvalid, match=r"no run\.json and no finished cells; wanted a folder that `run`"):
        read(tmp_path)
    (tmp_path / JOURNAL).write_bytes(b"")
    with pytest.raises(RecordInvalid, match=r"no run\.json and no finished cell; run it again"):
        read(tmp_path)
