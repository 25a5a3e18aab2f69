"""Cells by number, and a part of them under numbers of its own."""

import pytest
from small_run import cell

from harness.record.source import Held, PartOfSource, line_of

CELLS = [cell("a/shared", "one"), cell("b/shared", "one"), cell("a/shared", "two"), cell("b/shared", "two")]


def test_held_cells_are_found_by_setup_and_utterance() -> None:
    held = Held(iter(CELLS))
    assert len(held) == 4
    assert held.index == {"a/shared": {"one": 0, "two": 2}, "b/shared": {"one": 1, "two": 3}}
    assert [held[number] for number in range(4)] == CELLS
    assert list(held.lines()) == [line_of(one) for one in CELLS]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in held.lines())
    assert (len(Held(())), list(Held(()).lines())) == (0, [])


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        ({}, []),
        ({"b/shared": {"two": 3, "one": 1}}, [CELLS[3], CELLS[1]]),
        ({"b/shared": {"two": 3}, "a/shared": {"one": 0, "two": 2}}, [CELLS[3], CELLS[0], CELLS[2]]),
    ],
)
def test_a_part_has_numbers_of_its_own_in_its_own_order(index, wanted) -> None:
    part = PartOfSource(Held(CELLS), index)
    assert [part[number] for number in range(len(part))] == wanted
    assert list(part.lines()) == [line_of(one) for one in wanted]
    for setup, spoken in part.index.items():
        for utterance, number in spoken.items():
            assert (part[number].setup, part[number].utterance) == (setup, utterance)
    again = PartOfSource(part, {setup: spoken for setup, spoken in part.index.items() if setup.startswith("a")})
    assert [again[number] for number in range(len(again))] == [one for one in wanted if one.setup == "a/shared"]


def test_a_line_leaves_out_what_is_as_usual_and_reads_back() -> None:
    assert b"transcript" not in line_of(CELLS[0])
    assert type(CELLS[0]).model_validate_json(line_of(CELLS[0])) == CELLS[0]
