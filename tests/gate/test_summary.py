"""A guarded suite in sum: a line for each setup, annotations and Markdown."""

import pytest
from gate.accepted_runs import accepted_run, guarded, replaced

from harness.gate.summary import MOST_ANNOTATIONS, annotations, markdown, summary
from harness.record import Expectation, Measurement, Verdict

PLACE = ("mini/dirty-clone", "slt-01")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return *accepted_run(folder), folder


def fell(record, name, to, place=PLACE):
    cell = record.cells.get(*place)
    measured = cell.measurements | {name: Measurement.of(to, "1")}
    return replaced(record, place, pcm_sha256="other", measurements=measured)


def told(found, setup="mini/dirty-clone", **how):
    (line,) = [line for line in summary(found, 1000, **how) if line.startswith(f"{setup} ")]
    return line.removeprefix(setup).strip()


def test_what_is_as_accepted_is_counted_and_what_is_not_is_told_by_what_comes_nearest_its_gate(run):
    record, baseline, folder = run
    assert told(guarded(record, baseline, folder)) == "ok         3 of 3 bit for bit as accepted"
    now = fell(fell(record, "stoi", 0.905), "gain_db", 0.2, ("mini/dirty-clone", "awb-01"))
    assert told(guarded(now, baseline, folder)) == (
        "ok         1 of 3 bit for bit as accepted, nearest its gate: slt-01 stoi 0.905 (>= 0.895)"
    )


def test_a_setup_that_failed_says_of_how_many_and_why_the_worst_did(run):
    record, baseline, folder = run
    now = fell(fell(record, "stoi", 0.85), "stoi", 0.6, ("mini/dirty-clone", "low-01"))
    line = told(guarded(now, baseline, folder))
    assert line.startswith("FAILED     2 of 3 utterances, worst low-01: ")


def test_the_brief_form_has_what_failed_and_counts_the_rest(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder, report="a page")
    lines = summary(found, 1000, brief=True)
    assert lines[0].startswith("mini/cross-talk   FAILED ")
    assert lines[1:] == ["2 of 3 setups ok", "report: a page"]


def test_a_read_back_run_says_that_nothing_was_run_and_another_machine_that_no_bits_were_asked(run):
    record, baseline, folder = run
    assert any(line.startswith("this is the accepted run itself") for line in summary(guarded(*run), 1000))
    other = baseline.model_copy(update={"machine": baseline.machine | {"architecture": "arm64"}, "created": "2025"})
    lines = summary(guarded(record, other, folder), 1000)
    assert "another class of machine, so bits were not demanded: architecture arm64 -> x86_64" in lines
    assert not any("accepted run itself" in line for line in lines)


def test_an_expected_failure_that_fails_as_it_must_is_ok(run):
    record, baseline, folder = run
    control = record.setups[2].model_copy(update={"expectation": Expectation(at_most=Verdict.DEGRADED), "met": True})
    found = guarded(record.model_copy(update={"setups": (*record.setups[:2], control)}), baseline, folder)
    assert told(found, "mini/cross-talk") == "ok         expected failure, corrupt as it must be"


def test_accepting_says_what_changed_and_judges_nothing(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder, accepted=["added mini/shared/slt-01"])
    assert told(found, "mini/cross-talk") == "accepted   corrupt"
    at = summary(found, 20).index(f"accepted into {found.path}: 1 change")  # a path is never broken
    assert summary(found, 20)[at + 1] == "  added mini/shared/slt-01"
    assert annotations(found) == []


def test_where_nothing_can_be_compared_that_comes_first_and_no_setup_is_judged(run):
    record, _, folder = run
    found = guarded(record, None, folder)
    lines = summary(found, 1000)
    assert lines[0] == found.problem
    assert lines[1] == "mini/shared       NOT JUDGED identical"
    assert "\n**nothing was accepted yet " in markdown(found)


def test_a_long_line_goes_on_indented_and_breaks_no_name(run):
    record, baseline, folder = run
    lines = summary(guarded(fell(record, "stoi", 0.5), baseline, folder), 10)  # taken as 40
    assert max(map(len, lines[:-1])) <= 40
    assert any(line.startswith("    ") for line in lines)


def test_annotations_are_as_many_as_github_shows_and_keep_their_form(run):
    record, baseline, folder = run
    assert [line.partition("::must")[0] for line in annotations(guarded(record, baseline, folder))] == [
        "::error title=codec mini/cross-talk"
    ]
    bad = record.setups[2].model_copy(update={"name": "a:b,c%"})
    (line,) = annotations(guarded(record.model_copy(update={"setups": (bad,), "cells": ()}), None, folder))
    assert line.startswith("::error title=codec a%3Ab%2Cc%25::nothing was accepted yet")
    many = tuple(bad.model_copy(update={"name": f"s{number}"}) for number in range(MOST_ANNOTATIONS + 1))
    for count, last in ((MOST_ANNOTATIONS, "s9::"), (MOST_ANNOTATIONS + 1, "title=codec::2 more setups failed, see")):
        found = annotations(guarded(record.model_copy(update={"setups": many[:count], "cells": ()}), None, folder))
        assert len(found) == MOST_ANNOTATIONS
        assert last in found[-1]


def test_the_table_for_github_has_a_row_for_each_setup(run):
    record, baseline, folder = run
    rows = [line for line in markdown(guarded(record, baseline, folder)).splitlines() if line.startswith("| mini")]
    assert len(rows) == 3
    assert rows[1] == "| mini/dirty-clone | altered | ok: 3 of 3 bit for bit as accepted |"
