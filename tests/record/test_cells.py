"""The cells of a record: in order, by place, in a file of lines, with what is told of them afterwards."""

import json

import pytest

from harness.errors import RecordInvalid
from harness.record import CELLS, Cell, Cells, Measurement, Verdict

PLACES = [("a", "one"), ("a", "two"), ("b/x", "one"), ("b/x", "two")]


def cell(setup: str, utterance: str, **more: object) -> Cell:
    """Return a cell that says where it is."""
    return Cell(
        setup=setup,
        utterance=utterance,
        key=f"{setup}:{utterance}",
        verdict=Verdict.ALTERED,
        reasons=("it differs",),
        masked=False,
        first_diverging_frame=None,
        measurements={"stoi": Measurement.of(0.5, "1"), "pesq_wb": Measurement.missing('the "output" is silent')},
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def held() -> Cells:
    """Four cells, held."""
    return Cells.of([cell(*place) for place in PLACES])


@pytest.fixture
def stored(held, tmp_path) -> Cells:
    """The same, in a file."""
    held.save(tmp_path)
    return Cells.read(tmp_path, held.file)


def test_what_is_read_is_what_was_written(held, stored):
    assert list(stored) == list(held)
    assert stored == held
    assert list(stored.places) == PLACES
    assert stored[1] == stored[-3] == held[1]
    assert list(stored[1:3]) == list(held)[1:3]
    with pytest.raises(IndexError):
        stored[4]


def test_a_line_has_no_more_than_it_needs_and_its_place_first(held, tmp_path):
    held.save(tmp_path)
    lines = (tmp_path / CELLS).read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith('{"setup":"a","utterance":"one",')
    assert json.loads(lines[0])["measurements"]["stoi"] == {"value": 0.5, "unit": "1"}


def test_cells_are_found_by_place_and_by_setup(stored):
    assert stored.get("b/x", "two").key == "b/x:two"
    assert stored.get("b/x", "three") is None
    assert stored.get("c", "one") is None
    assert stored.get("a", None) is None
    assert stored.has("a", "one")
    assert not stored.has("a", "three")
    assert [each.utterance for each in stored.of_setup("a")] == ["one", "two"]
    assert (stored.count_of("a"), stored.count_of("c")) == (2, 0)


def test_some_of_the_cells(stored, tmp_path):
    some = stored.only({"b/x", "c"}, {"two"})
    assert [each.key for each in some] == ["b/x:two"]
    assert some.get("a", "two") is None
    some.save(tmp_path / "less")
    assert [each.key for each in Cells.read(tmp_path / "less")] == ["b/x:two"]


@pytest.mark.parametrize("of", ["held", "stored"])
def test_what_is_told_later_is_beside_the_lines(of, request, tmp_path):
    cells = request.getfixturevalue(of)
    told = cells.explained({PLACES[1]: "it begins in frame 3"}).gated({PLACES[1]: ["too late"], PLACES[2]: []})
    assert told.get(*PLACES[1]).localisation == "it begins in frame 3"
    assert told[1].reasons == ("too late", "it differs")
    assert told[1].gate == ("too late",)
    assert told[2] == cells[2]
    assert told != cells
    assert told.explanations == {PLACES[1]: "it begins in frame 3"}
    assert told.sha256 == cells.sha256
    told.save(tmp_path / "other")
    assert Cells.read(tmp_path / "other", told.file) == told
    assert told.gated({}) == cells.explained({PLACES[1]: "it begins in frame 3"})
    assert told.gated({PLACES[0]: ["other"]})[1].gate == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("altered", "corrupt", 1),
        lambda text: text[:-10],
        lambda text: text + text.splitlines()[0] + "\n",
        lambda text: "".join(text.splitlines(keepends=True)[:-1]),
        lambda text: "no cell\n" + text,
        lambda text: text[:0],
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(held, tmp_path, spoil):
    held.save(tmp_path)
    text = (tmp_path / CELLS).read_text()
    (tmp_path / CELLS).write_text(spoil(text))
    with pytest.raises(RecordInvalid, match=r"cells\.jsonl.* not as they were written: damaged, or edited; run again"):
        Cells.read(tmp_path, held.file)


def test_a_file_that_is_gone_or_none_is_refused(held, tmp_path):
    with pytest.raises(RecordInvalid, match="no such file"):
        Cells.read(tmp_path, held.file)
    (tmp_path / CELLS).mkdir()
    with pytest.raises(RecordInvalid, match="it is a folder"):
        Cells.read(tmp_path, held.file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"setup":"a","utterance":"one","key":1}', "key: Input should be a valid string"),
        ('{"setup":"a","utterance":"one","forgotten":1}', "missing"),
        ('{"setup":"a","utterance":"one","key":"\\u0000"}', "NUL character"),
        ('{"setup":"a","utterance":"one",', "not JSON|Invalid JSON"),
        ('{"setup":"a","utterance":"one","key":' + "[" * 5000 + "]" * 5000 + "}", "recursion|JSON"),
    ],
)
def test_a_line_that_is_no_cell_is_one_line_when_it_is_read(tmp_path, text, said):
    (tmp_path / CELLS).write_text(text + "\n")
    cells = Cells.read(tmp_path)
    with pytest.raises(RecordInvalid, match=said) as error:
        list(cells)
    assert len(str(error.value).splitlines()) == 1
    assert "cells.jsonl" in str(error.value)


def test_cells_stay_those_that_were_read_when_another_file_takes_their_place(stored, tmp_path):
    Cells.of([cell("other", "one")]).save(tmp_path)
    assert [each.setup for each in stored] == ["a", "a", "b/x", "b/x"]
    stored.save(tmp_path)
    assert Cells.read(tmp_path) == stored
