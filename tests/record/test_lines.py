"""Cells as lines of a file: found by their place, read one at a time, and refused where a line is none."""

import hashlib

import pytest

from harness.errors import RecordInvalid
from harness.record import Cell
from harness.record import lines as lines_module
from harness.record.lines import Lines, cell_of
from harness.record.source import line_of


def cell(setup, utterance, **more):
    content = {"key": "k", "verdict": "altered", "reasons": (), "masked": False, "first_diverging_frame": None}
    return Cell.model_validate({"setup": setup, "utterance": utterance, "measurements": {}} | content | more)


CELLS = [cell("a", "one"), cell('b "x" \\', "zwei\u00e9"), cell("a", "two")]


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "cells.jsonl"
    place.write_bytes(b"".join(map(line_of, CELLS)))
    return place


def test_each_cell_is_found_by_its_place_however_it_is_written(path):
    found = Lines.read(path)
    assert len(found) == 3
    assert [found[number] for number in range(3)] == CELLS
    assert found.index == {"a": {"one": 0, "two": 2}, 'b "x" \\': {"zwei\u00e9": 1}}
    assert found.line(1) == line_of(CELLS[1])
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_lines_are_no_cells(path):
    path.write_bytes(b"")
    found = Lines.read(path)
    assert (len(found), found.index) == (0, {})


def test_what_is_said_of_a_file_must_be_so(path):
    known = Lines.read(path).sha256
    assert len(Lines.read(path, (3, known))) == 3
    for said in ((2, known), (3, "0" * 64)):
        with pytest.raises(RecordInvalid, match=r"cells\.jsonl: cells that are not as they were written"):
            Lines.read(path, said)


@pytest.mark.parametrize(
    ("spoil", "number", "left"),
    [
        (lambda text: text[:-1], 3, 2),  # torn: no newline
        (lambda text: b"\n" + text, 1, 3),
        (lambda text: text.replace(b'{"setup":"a","utterance":"two"', b'{"utterance":"two","setup":"a"'), 3, 2),
        (lambda text: text.replace(b'"utterance":"one"', b'"utterance":"\\q"'), 1, 2),
    ],
)
def test_a_line_that_is_torn_or_has_no_place_is_told_with_its_number(path, spoil, number, left):
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RecordInvalid, match=rf"cells\.jsonl:{number}: cells that are not as they were written"):
        Lines.read(path)
    found, broken = Lines.sound(path)
    assert (broken, len(found)) == ([number], left)


def test_only_looking_at_each_line_finds_one_whose_rest_is_no_cell(path):
    path.write_bytes(path.read_bytes().replace(b'"altered"', b'"unheard-of"', 1))
    assert len(Lines.read(path)) == 3
    found, broken = Lines.sound(path)
    assert broken == [1]
    assert [found[number].utterance for number in range(len(found))] == ["zwei\u00e9", "two"]


def test_a_line_that_is_too_long_is_none(path, monkeypatch):
    longest = max(len(line_of(each)) for each in CELLS)
    monkeypatch.setattr(lines_module, "LARGEST_LINE", longest)
    assert Lines.sound(path)[1] == []
    monkeypatch.setattr(lines_module, "LARGEST_LINE", longest - 1)
    assert Lines.sound(path)[1]


def test_it_knows_the_file_that_it_is_of_from_another_in_its_place(path, tmp_path):
    found = Lines.read(path)
    assert found.is_of(path)
    other = tmp_path / "other.jsonl"
    other.write_bytes(b"")
    assert not found.is_of(other)
    other.replace(path)
    assert not found.is_of(path)
    assert found[0] == CELLS[0]  # of the file that was read
    assert not found.is_of(tmp_path / "none")


def test_what_is_no_cell_is_told_in_a_line(path):
    with pytest.raises(RecordInvalid, match=r"cells\.jsonl: a line that is no cell: .*; run again") as refused:
        cell_of(line_of(CELLS[0]).replace(b'"altered"', b"1"), path)
    assert "\n" not in str(refused.value)
    with pytest.raises(RecordInvalid, match="NUL"):
        cell_of(line_of(CELLS[0]).replace(b'"k"', b'"\\u0000"'), path)
