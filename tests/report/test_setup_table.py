"""The setups of a run on terminals of 60, 80 and 120 columns: numbers and results are whole, columns are left out."""

import io
import itertools
import re

import pytest
from rich.console import Console
from small_run import cell, run
from small_run import setup as setup_of

from harness.record import Expectation, Measurement, RunRecord, Verdict, load
from harness.report.setup_table import legend, setup_table, wanted

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


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (Expectation(at_least=Verdict.IDENTICAL), "identical"),
        (Expectation(at_least=Verdict.ALTERED), "altered+"),
        (Expectation(at_most=Verdict.DEGRADED), "at best degraded"),
        (Expectation(), "anything"),
    ],
)
def test_what_a_setup_must_be_is_said_in_a_word_or_two(expectation, said):
    assert wanted(setup_of("mini/offline", expectation=expectation)) == said
    assert wanted(setup_of("mini/shared", expectation=expectation)) == "reference"


def test_the_first_frame_is_the_earliest_of_all_utterances_and_empty_columns_are_left_out():
    cells = [
        cell("mini/offline", name, first_diverging_frame=frame) for name, frame in (("a", None), ("b", 7), ("c", 3))
    ]
    header, row = shown(run(*cells, setups=(setup_of("mini/offline", masked=0, met=False),)), None)
    assert header.split() == ["setup", "must", "be", "verdict", "result", "first", "frame"]
    assert row.split() == ["mini/offline", "anything", "identical", "NOT", "MET", "3"]
    assert "first frame" not in shown(run(cell("mini/shared", "a")), None)[0]


def test_a_name_is_no_markup():
    assert "[bold]x[/]" in shown(run(cell("[bold]x[/]", "a")), None)[1]


def test_the_legend_is_of_the_words_that_there_are():
    assert legend(run(cell("mini/shared", "a"))) == ""
    corpus = {"wer": Measurement.of(0.1, "1")}
    assert legend(run(setups=(setup_of("mini/shared", corpus=corpus),))).startswith("WER: ")
