"""A baseline in the form of an earlier run: what a report says has changed since it was accepted."""

import pytest
from gate.accepted_runs import accepted_run
from gate.accepted_runs import replaced as replaced_at
from report.sample import measurements

from harness.gate.as_record import as_record
from harness.record import Measurement, Verdict
from harness.report.compare import changes
from harness.report.facts import named
from harness.report.figures import columns, figures, tallies


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    return accepted_run(tmp_path_factory.mktemp("run"))


PLACE = ("mini/dirty-clone", "slt-01")


def replaced(record, **update):
    return replaced_at(record, PLACE, **update)


def test_the_accepted_run_itself_shows_no_change(accepted):
    record, baseline = accepted
    assert changes(record, as_record(baseline, record)) == []


def test_a_worse_verdict_is_told_with_the_accepted_one(accepted):
    record, baseline = accepted
    now = replaced(record, verdict=Verdict.CORRUPT, pcm_sha256="other")
    (change,) = changes(now, as_record(baseline, now))
    assert change.before is not None
    assert change.now is not None
    assert (change.kind, change.before.verdict, change.now.verdict) == ("worse", Verdict.ALTERED, Verdict.CORRUPT)


def test_speech_that_is_another_than_was_accepted_is_told(accepted):
    record, baseline = accepted
    other = baseline.model_copy(update={"speech": baseline.speech | {PLACE[1]: "f" * 16}})
    found = changes(record, as_record(other, record))
    assert {(change.utterance, change.kind) for change in found} == {(PLACE[1], "other speech")}


def test_a_better_verdict_is_told_by_its_measurements_only(accepted):
    record, baseline = accepted  # the accepted verdict is that of the worst cell, and may never have been this one's
    now = replaced(record, verdict=Verdict.EQUIVALENT, pcm_sha256="other")
    (change,) = changes(now, as_record(baseline, now))
    assert change.kind == "other bits"


@pytest.mark.parametrize(
    ("value", "kind"), [(0.80, "worse"), (0.91, "other bits"), (0.93, "other bits"), (0.99, "better")]
)
def test_what_is_inside_the_accepted_range_is_no_change(accepted, value, kind):
    record, baseline = accepted
    setup = baseline.setups[PLACE[0]]
    cell = setup.utterances[PLACE[1]]
    cell = cell.model_copy(update={"measured": cell.measured | {"stoi": (0.90, 0.95)}})
    setups = baseline.setups | {PLACE[0]: setup.model_copy(update={"utterances": setup.utterances | {PLACE[1]: cell}})}
    numbers = measurements(Verdict.ALTERED, 0) | {"stoi": Measurement.of(value, "1")}
    now = replaced(record, measurements=numbers, pcm_sha256="other")
    (change,) = changes(now, as_record(baseline.model_copy(update={"setups": setups}), now))
    assert change.kind == kind


def test_cells_that_the_baseline_lacks_or_had_are_told(accepted):
    record, baseline = accepted
    fewer = record.model_copy(update={"cells": record.cells[1:]})
    assert [change.kind for change in changes(fewer, as_record(baseline, fewer))] == ["disappeared"]
    setups = {name: setup for name, setup in baseline.setups.items() if name != "mini/cross-talk"}
    less = baseline.model_copy(update={"setups": setups})
    assert [change.kind for change in changes(record, as_record(less, record))] == ["appeared"] * 3


def test_figures_of_a_setup_are_not_todays(accepted):
    record, baseline = accepted
    numbers = measurements(Verdict.ALTERED, 0) | {"stoi": Measurement.of(0.1, "1")}
    now = replaced(record, measurements=numbers, pcm_sha256="other")
    before = as_record(baseline, now)
    tally = tallies(before)
    (stoi,) = [one for one in figures(before, tally, columns([(before, tally)]))[PLACE[0]] if one.name == "stoi"]
    assert stoi.value is not None
    assert stoi.value > 0.9  # as accepted, though today's worst is 0.1
    assert named(before) == f"the baseline run {'f' * 8} {baseline.created[:16].replace('T', ' ')}"
