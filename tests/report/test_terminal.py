"""A run on terminals of 60, 80 and 120 columns, and piped: numbers and results are whole, columns are left out."""

import io
import itertools
import re

import pytest
from rich.console import Console

from harness.record import Measurement, RunRecord, Verdict, load
from harness.report.alike import by_output
from harness.report.progress import PlainLines
from harness.report.setup_table import setup_table
from harness.report.terminal import console, show

ALWAYS = ("setup", "verdict", "result")


@pytest.fixture
def record(index) -> RunRecord:
    return load(index.parent / "run.json", RunRecord)


def shown(record: RunRecord, width: int | None) -> list[str]:
    file = io.StringIO()
    out = Console(file=file, width=width or 1000, force_terminal=width is not None, no_color=True)
    out.print(setup_table(record, width))
    return re.sub(r"\x1b\[\d+m", "", file.getvalue()).splitlines()


def has_pesq(setup) -> bool:
    return "pesq_wb" in setup.corpus and setup.corpus["pesq_wb"].value is not None


def numbers(record: RunRecord) -> dict[str, str]:
    return {setup.name: f"{setup.corpus['pesq_wb'].value:.2f}" for setup in record.setups if has_pesq(setup)}


@pytest.mark.parametrize("width", [60, 80, 120, None])
def test_no_number_and_no_result_is_cut(record, width):
    lines = shown(record, width)
    assert all(len(line.rstrip()) <= (width or 1000) for line in lines)
    assert not any("\N{HORIZONTAL ELLIPSIS}" in line for line in lines)
    assert all(head in lines[0] for head in ALWAYS)
    text = "\n".join(lines)
    for setup in record.setups:
        assert str(setup.verdict) in text
    assert text.count("NOT MET") == sum(not setup.met for setup in record.setups)
    for value in numbers(record).values() if "PESQ-WB" in lines[0] else ():
        assert value in text


def test_wider_terminals_show_more_and_never_something_else(record):
    heads = [set(shown(record, width)[0].split()) for width in (60, 80, 120, None)]
    assert heads == sorted(heads, key=len)
    assert all(narrow <= wide for narrow, wide in itertools.pairwise(heads))
    assert {"masked", "WER", "PESQ-WB"} <= heads[-1]


def test_a_long_name_is_folded_and_whole(record):
    long = "a-codec-with-a-name/and-a-topology-that-is-long/and-a-wire"
    setups = (record.setups[0].model_copy(update={"name": long}), *record.setups[1:])
    lines = shown(record.model_copy(update={"setups": setups}), 60)
    assert long in "".join(line.split("  ")[0].strip() for line in lines)


def test_excess_is_in_points_and_what_was_heard_in_percent(record):
    corpus = {"wer": Measurement.of(0.081, "1"), "wer_excess": Measurement.of(0.013, "1")}
    setup = record.setups[0].model_copy(update={"corpus": corpus})
    line = shown(record.model_copy(update={"setups": (setup,)}), None)[1]
    assert "8.1%" in line
    assert "1.3 pp" in line


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


def test_plain_lines_say_what_is_done_of_how_many_and_the_time_left():
    now = [0.0]
    lines = PlainLines("mine: cells", lambda: now[0])
    now[0] = 10.0
    assert lines.line() == "mine: cells: getting ready, 10 s so far"
    lines.report(4, 20)  # read back, at once
    now[0] = 18.0
    assert lines.line() == "mine: cells: 4 of 20, 18 s so far"
    lines.report(8, 20)
    assert lines.line() == "mine: cells: 8 of 20, 18 s so far, about 24 s left"
    lines.report(20, 20)
    now[0] = 250.0
    assert lines.line() == "mine: cells: 20 of 20, 4 min 10 s so far, finishing"
