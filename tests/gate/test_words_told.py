"""A failure tells the words that are newly wrong, not those that the accepted run reads in the same way."""

import pytest

from harness.gate.accept import _misread
from harness.gate.text import wrong_words
from harness.record import Cell, Transcript, Verdict, WordChange


def cell(*wrong):
    changes = tuple(
        WordChange(
            kind="substituted" if heard and said else "deleted" if said else "inserted",
            reference=said, heard=heard, start=1.0,
        )
        for said, heard in wrong
    )  # fmt: skip
    right = WordChange(kind="equal", reference="sea", heard="sea")
    return Cell(
        setup="s", utterance="u", key="k", verdict=Verdict.DEGRADED, reasons=(), masked=False,
        first_diverging_frame=None, measurements={},
        transcript=Transcript(
            text="", hits=1, substitutions=len(wrong), deletions=0, insertions=0, changes=(right, *changes)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "now", "told"),
    [
        ([], [("minis", "menace")], "minis -> menace"),
        ([("minis", "menace")], [("minis", "menace")], ""),
        ([("minis", "menace")], [("minis", "menace"), ("gull", "")], "gull -> (lost)"),
        ([("minis", "menace")], [("minis", "minus")], "minis -> minus"),
        ([("the", "a")], [("the", "a"), ("the", "a")], "the -> a"),
        ([("", "um"), ("gull", "")], [("", "um")], ""),
    ],
)
def test_only_what_is_new_is_told(accepted, now, told):
    said = wrong_words(cell(*now), _misread([cell(*accepted)]))
    assert said == ([f"  words: {told} at 1.0 s"] if told else [])


def test_of_several_accepted_runs_each_counts():
    kept = _misread([cell(("the", "a"), ("gull", "")), cell(("the", "a"), ("the", "a"))])
    assert kept == ["gull -> (lost)", "the -> a", "the -> a"]


def test_without_a_baseline_all_are_told():
    assert wrong_words(cell(("gull", ""), ("sea", "see"))) == ["  words: gull -> (lost) at 1.0 s; sea -> see at 1.0 s"]
