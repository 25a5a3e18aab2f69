"""What the cells of a setup come to: a mean of what has one, else what is furthest from nothing."""

from typing import Any

import pytest
from small_run import cell, run, setup

from harness.record import Measurement, Verdict
from harness.report.figures import Tally, columns, figures, tallies


def tally(*measured: dict[str, Any]) -> Tally:
    found = Tally()
    for number, one in enumerate(measured):
        found.add(cell("mini/shared", str(number), **one))
    return found


def test_a_mean_leaves_out_what_has_no_value_and_is_missing_only_if_all_are() -> None:
    found = tally({"pesq_wb": 2.0}, {"pesq_wb": "silent"}, {"pesq_wb": 3.0}, {}).figure("pesq_wb")
    assert found is not None
    assert (found.value, found.undefined) == (2.5, None)
    none = tally({"pesq_wb": "silent"}, {"pesq_wb": "short"}).figure("pesq_wb")
    assert none is not None
    assert (none.value, none.undefined) == (None, "silent")
    assert tally({}).figure("pesq_wb") is None


@pytest.mark.parametrize(
    ("delays", "furthest"), [((1.0, -3.0, 2.0), -3.0), (("lost", 0.0), 0.0), ((2.0, -2.0), 2.0), (("lost",), None)]
)
def test_of_what_has_no_mean_the_furthest_from_nothing_is_told(
    delays: tuple[float | str, ...], furthest: float | None
) -> None:
    found = tally(*({"delay_ms": delay} for delay in delays)).figure("delay_ms")
    assert found is not None
    assert found.value == furthest


def test_totals_of_words_are_not_made_of_cells() -> None:
    assert tally({"wer": 0.5}).figure("wer") is None


def test_a_column_is_there_if_any_run_has_a_value_for_it_and_a_dash_stands_where_there_is_none() -> None:
    one = run(cell("mini/shared", "a", pesq_wb=2.25), cell("mini/offline", "a"))
    other = run(cell("mini/shared", "a", delay_ms="nothing was found", wer=0.5))
    timed = run(setups=(setup("mini/shared", timing={"encode_rtf": Measurement.of(0.5, "1")}),))
    records = [(record, tallies(record)) for record in (one, other, timed)]
    wanted = columns(records)
    assert [column.name for column in wanted] == ["pesq_wb", "delay_ms", "encode_rtf"]
    assert "the largest over all utterances" in next(column.about for column in wanted if column.name == "delay_ms")
    shown = figures(one, tallies(one), wanted)
    assert [figure.text for figure in shown["mini/shared"]] == ["2.25", "\N{EN DASH}", "\N{EN DASH}"]
    assert [figure.value for figure in shown["mini/offline"]] == [None, None, None]
    assert figures(other, tallies(other), wanted)["mini/shared"][1].why == "nothing was found"
    assert [figure.value for figure in figures(timed, tallies(timed), wanted)["mini/shared"]] == [None, None, 0.5]


def test_verdicts_are_counted_and_what_the_run_says_of_a_setup_comes_first() -> None:
    corpus = {"pesq_wb": Measurement.of(4.0, "")}
    record = run(
        cell("mini/shared", "a", pesq_wb=1.0), cell("mini/shared", "b", Verdict.CORRUPT),
        setups=(setup("mini/shared", corpus=corpus),),
    )  # fmt: skip
    found = tallies(record)
    assert dict(found["mini/shared"].verdicts) == {Verdict.IDENTICAL: 1, Verdict.CORRUPT: 1}
    ((figure,),) = figures(record, found, columns([(record, found)])[:1]).values()
    assert (figure.name, figure.value) == ("pesq_wb", 4.0)
