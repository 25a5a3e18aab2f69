"""A run on terminals of 60, 80 and 120 columns, and piped: numbers and results are whole, columns are left out."""

import io

import pytest
from rich.console import Console

from harness.record import RunRecord, Verdict, load
from harness.report.alike import by_output
from harness.report.terminal import console, show

ALWAYS = ("setup", "verdict", "result")


@pytest.fixture
def record(index) -> RunRecord:
    return load(index.parent / "run.json", RunRecord)


def told(record: RunRecord, capsys: pytest.CaptureFixture[str]) -> str:
    show(record, console())
    return capsys.readouterr().out


def unmet(record: RunRecord, *, alike: bool, **of_the_second: object) -> RunRecord:
    """
    Return *record* with two setups that are not what they must be, of which the same came out if *alike*.

    of_the_second : what is another in the cells of the second
    """
    one, other = (setup.name for setup in record.setups[:2])
    setups = tuple(
        setup.model_copy(update={"met": False, "verdict": Verdict.CORRUPT, "reasons": ("8 of 9 words are wrong",)})
        for setup in record.setups[:2]
    )
    same = {"codes_sha256": "of both", "first_diverging_frame": 4}
    cells = tuple(
        cell.model_copy(
            update=same
            | {"pcm_sha256": cell.utterance if alike else f"{cell.setup} {cell.utterance}"}
            | (of_the_second if cell.setup == other else {})
        )
        for cell in record.cells
        if cell.setup in (one, other)
    )
    return record.model_copy(update={"setups": setups, "cells": cells})


def test_one_fault_in_several_setups_is_told_once(record, capsys):
    found = unmet(record, alike=True)
    said = told(found, capsys)
    assert said.count("8 of 9 words are wrong") == 1
    assert f"the same output as {found.setups[0].name}" in said


def test_other_output_is_told_on_its_own(record, capsys):
    said = told(unmet(record, alike=False), capsys)
    assert said.count("8 of 9 words are wrong") == 2
    assert "the same output as" not in said


@pytest.mark.parametrize("difference", [{"codes_sha256": "another"}, {"first_diverging_frame": 150}])
def test_the_same_pcm_of_other_codes_is_told_on_its_own(difference, record, capsys):
    found = unmet(record, alike=True, **difference)
    texts = {(setup.name, found.cells[0].utterance): f"why of {setup.name}" for setup in found.setups}
    said = told(found.model_copy(update={"cells": found.cells.explained(texts)}), capsys)
    assert all(text in said for text in texts.values())
    assert "the same output as" not in said
    assert [len(group) for group in by_output(found.setups, found)] == [1, 1]


def test_a_terminal_says_what_the_columns_of_words_are_and_a_pipe_does_not(record, capsys):
    file = io.StringIO()
    show(record, Console(file=file, width=200, force_terminal=True, no_color=True))
    assert "WER: word errors per word said" in file.getvalue()
    assert "WER: word" not in told(record, capsys)


def test_a_piped_run_is_plain_and_unwrapped(record, capsys):
    long = "word " * 100
    said = told(record.model_copy(update={"notes": (long.strip(),)}), capsys)
    assert long.strip() in said
    assert "\x1b" not in said
