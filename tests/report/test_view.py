"""What the page shows of cells, looked up by place."""

from pathlib import Path

import pytest
from small_run import cell, run, setup

from harness.record import RunRecord, Verdict
from harness.report.media import Media
from harness.report.view import ShownRun, View, _runs


def view(record: RunRecord, before: RunRecord | None = None) -> View:
    against = None if before is None else ShownRun(before, Path(), "before")
    return View(ShownRun(record, Path(), "now"), against, Media(Path(), single=True))


@pytest.mark.parametrize(
    ("frames", "runs"), [((), []), ((0,), [0, 1]), ((3, 4, 5), [3, 3]), ((0, 2, 3, 9), [0, 1, 2, 2, 9, 1])]
)
def test_frames_are_told_as_runs(frames: tuple[int, ...], runs: list[int]) -> None:
    assert _runs(frames) == runs


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("codec-harness run a.codec.toml --no-asr --jobs 2", "a.codec.toml --no-asr "),
        ("codec-harness run", ""),
        ("codec-harness run 'my suite.toml' other.toml", "'my suite.toml' "),
        ("run it's a.toml", "a.toml "),
    ],
)
def test_the_command_that_computes_a_cell_again_keeps_the_suite(command: str, kept: str) -> None:
    record = run(cell("mini/it's odd", "a b"))
    record = record.model_copy(update={"provenance": record.provenance.model_copy(update={"command": command})})
    told = view(record).reproduce(record.cells.get("mini/it's odd", "a b") or cell("", ""))
    assert told == f"codec-harness run {kept}--setup 'mini/it'\"'\"'s odd' --utterance 'a b'"


def test_a_cell_is_found_by_its_place_and_a_reference_has_none_itself() -> None:
    shown = view(run(cell("mini/shared", "a"), cell("mini/offline", "b"), cell("mini/offline", "a")))
    assert [shown.number("mini/shared", "a"), shown.number("mini/offline", "a"), shown.number("x", "a")] == [0, 2, None]
    reference = shown.reference(cell("mini/offline", "a"))
    assert reference is not None
    assert reference.setup == "mini/shared"
    assert shown.reference(cell("mini/offline", "b")) is None  # it was not run
    assert shown.reference(cell("mini/shared", "a")) is None
    assert shown.reference(cell("nobody", "a")) is None
    offline = next(one for one in shown.record.setups if one.name == "mini/offline")
    assert [one is not None for one in shown.strips(offline)] == [True, True]
    assert [one is not None for one in shown.strips(shown.record.setups[0])] == [True, False]


def test_all_verdicts_are_counted_also_those_that_there_are_none_of() -> None:
    counts = view(run(cell("mini/shared", "a"), cell("mini/shared", "b", Verdict.CORRUPT))).counts()
    assert set(counts) == {str(verdict) for verdict in Verdict}
    assert {name: count for name, count in counts.items() if count} == {"identical": 1, "corrupt": 1}


def test_a_plot_has_a_value_for_each_cell_and_what_it_was_before() -> None:
    now = run(cell("mini/shared", "a", pesq_wb=2.123456789), cell("mini/shared", "b", pesq_wb="silent"))
    assert [plot["name"] for plot in view(run(cell("mini/shared", "a"))).overview()["plots"]] == []
    before = run(cell("mini/shared", "b", pesq_wb=3.0), setups=(setup("mini/shared"),))
    (plot,) = view(now, before).overview()["plots"]
    assert (plot["name"], plot["values"], plot["before"]) == ("pesq_wb", [2.12346, None], [None, 3.0])
    (alone,) = view(now).overview()["plots"]
    assert alone["before"] is None
