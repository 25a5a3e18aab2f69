"""The journal of a run: cells as they are finished, then in the order of the record."""

import pytest
from record.test_cells import PLACES, cell

from harness.errors import NotWritable, RecordInvalid
from harness.record import CELLS, JOURNAL, Cells, Journal, so_far


def test_finished_cells_are_there_at_once_and_go_where_they_belong(tmp_path):
    journal = Journal(tmp_path)
    journal.add([cell(*place) for place in reversed(PLACES[2:])])
    cells, damaged = so_far(tmp_path)
    assert [(one.setup, one.utterance) for one in cells] == list(reversed(PLACES[2:]))
    assert damaged == []
    journal.add([cell(*place) for place in PLACES[:2]])
    assert journal.count == 4
    finished = journal.finish(PLACES)
    assert list(finished.places) == PLACES
    assert list(Cells.read(tmp_path)) == list(finished)
    assert not (tmp_path / JOURNAL).exists()


def test_a_torn_line_is_told_and_the_others_are_kept(tmp_path):
    Journal(tmp_path).add([cell(*place) for place in PLACES])
    path = tmp_path / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b'{"setup":"a","utterance":"two"}\n', *lines[2:], lines[3][:50]]))
    cells, damaged = so_far(tmp_path)
    assert list(cells.places) == [PLACES[0], *PLACES[2:]]
    assert damaged == [2, 5]


def test_another_run_in_the_folder_has_a_journal_of_its_own(tmp_path):
    first = Journal(tmp_path)
    first.add([cell("a", "one")])
    second = Journal(tmp_path)
    second.add([cell("b", "one"), cell("b", "two")])
    assert list(first.finish([("a", "one")]).places) == [("a", "one")]
    assert list(second.finish([("b", "one"), ("b", "two")]).places) == [("b", "one"), ("b", "two")]
    assert not (tmp_path / JOURNAL).exists()


def test_where_nothing_can_be_written_that_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="cannot be written"):
        Journal(tmp_path / "file")
    with pytest.raises(RecordInvalid, match="no such file"):
        so_far(tmp_path)
    assert not (tmp_path / CELLS).exists()
