"""What a baseline has against a run is in its record, and can be taken out again."""

import pytest
from report.sample import build

from harness.record import Expectation, RunRecord, Verdict, load, save
from harness.runs.outcome import gated, ungated

LATE = ("delay changed by +20 ms", "STOI 0.7")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"))


def by_name(record):
    return {setup.name: setup for setup in record.setups}


def test_a_cell_that_fails_its_gate_makes_setup_and_run_fail(run):
    good = run.model_copy(update={"met": True, "headline": "All 7 setups are what they must be."})
    held = gated(good, "mine.json", [], {}, {("mini/shared", "slt-01"): LATE, ("mini/offline", "slt-01"): ()})
    setup = by_name(held)["mini/shared"]
    assert not held.met
    assert not setup.met
    assert setup.worst_utterance == "slt-01"
    assert setup.reasons[0] == "1 of 3 utterances fail, worst slt-01: delay changed by +20 ms"
    assert held.headline == f"1 of 7 setups fail their gates: mini/shared ({setup.reasons[0]})."
    assert by_name(held)["mini/offline"] == by_name(good)["mini/offline"]
    (cell,) = [cell for cell in held.cells if cell.gate]
    assert (cell.setup, cell.utterance) == ("mini/shared", "slt-01")
    assert cell.reasons[:2] == LATE


@pytest.mark.parametrize(
    ("whole", "over_all", "cells"),
    [
        ([], {}, {}),
        (["mine.json is stale"], {}, {}),
        ([], {"mini/shared": ["mean STOI changed by -0.1"]}, {}),
        ([], {"mini/cross-talk": ["x"]}, {("mini/cross-talk", "awb-01"): LATE, ("mini/shared", "low-01"): LATE}),
    ],
)
def test_it_can_be_taken_out_again_also_from_the_file(run, tmp_path, whole, over_all, cells):
    met = all(setup.met for setup in run.setups)
    plain = run.model_copy(update={"met": met})
    held = gated(plain, "mine.json", whole, over_all, cells)
    assert held.met == (met and not (whole or over_all or cells))
    save(tmp_path / "run.json", held)
    assert ungated(load(tmp_path / "run.json", RunRecord)) == plain
    assert ungated(plain) is plain


def test_nothing_against_it_changes_no_verdict(run):
    held = gated(run, "mine.json", [], {}, {})
    assert (held.met, held.headline, held.setups, held.cells) == (run.met, run.headline, run.setups, run.cells)
    assert held.gate is not None
    assert held.gate.baseline == "mine.json"


def test_the_headline_says_why_and_not_only_what_a_setup_must_be(run):
    bare = "must be identical, but is altered"
    altered = tuple(
        setup.model_copy(update={"expectation": Expectation(at_least=Verdict.IDENTICAL), "verdict": Verdict.ALTERED})
        for setup in run.setups
    )
    shaped = run.model_copy(update={"setups": altered})
    assert f"mini/shared ({bare})" in gated(shaped, "mine.json", [], {"mini/shared": [bare]}, {}).headline
    assert "mini/shared (why)" in gated(shaped, "mine.json", [], {"mini/shared": [bare, "why"]}, {}).headline
