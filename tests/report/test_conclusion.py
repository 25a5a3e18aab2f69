"""What a run says of cloned decoders is read off its record, and of what it did not try nothing is said."""

import pytest
from report.sample import build

from harness.record import Cells, Expectation, Verdict
from harness.report.conclusion import conclusions
from harness.runs.outcome import gated
from harness.verdict import NOT_TWICE


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"))


def with_clone(run, verdict):
    setups = tuple(
        setup.model_copy(update={"verdict": verdict}) if setup.topology == "cloned-decoder" else setup
        for setup in run.setups
    )
    return run.model_copy(update={"setups": setups})


def with_separate(run, verdict, like="mini/shared"):
    """The setup that clones nothing and has an instance for each side, with the output of another."""
    (model,) = (setup for setup in run.setups if setup.name == like)
    setup = model.model_copy(
        update={"name": "mini/separate", "topology": "separate", "verdict": verdict, "reference": "mini/shared"}
    )
    cells = [cell.model_copy(update={"setup": "mini/separate"}) for cell in run.cells if cell.setup == like]
    return run.model_copy(update={"setups": (*run.setups, setup), "cells": Cells.of([*run.cells, *cells])})


def test_an_identical_clone_is_innocent_and_what_loses_words_is_named(run):
    ((codec, said),) = conclusions(run)
    assert codec == "mini"
    assert said[0] == "The clone is innocent: 3 of 3 decodes by a cloned decoder are identical, bit for bit."
    assert said[1].startswith("Words are lost: cross-talk (")
    assert said[-1].endswith("would have missed 2 of 3 corrupt decodes.")


def test_a_clone_that_differs_is_not(run):
    ((_, said),) = conclusions(with_separate(with_clone(run, Verdict.ALTERED), Verdict.IDENTICAL))
    assert said[0] == "The clone is not innocent: mini/cloned-decoder is altered."


def test_a_clone_is_not_accused_of_what_its_original_may_have_done(run):
    differing = with_clone(run, Verdict.ALTERED)
    ((_, said),) = conclusions(differing)
    assert said[0].startswith("With a clone it differs: mini/cloned-decoder is altered. Whether the clone is to blame")
    assert said[0].endswith('this run cannot tell: add the topology "separate".')
    ((_, said),) = conclusions(with_separate(differing, Verdict.DEGRADED, like="mini/cloned-decoder"))
    assert said[0].startswith("Encoder and decoder of one instance disturb each other: mini/separate is degraded")
    assert said[1].startswith("That is no fault of the clone: mini/cloned-decoder gives the same as mini/separate")
    ((_, said),) = conclusions(with_separate(differing, Verdict.DEGRADED, like="mini/cross-talk"))
    assert said[1] == "Of the clone nothing can be said beside that: mini/cloned-decoder is altered."


def test_a_clone_that_disturbs_its_original_is_not_innocent(run):
    beside = next(setup for setup in run.setups if setup.topology == "cross-talk").model_copy(
        update={"name": "mini/neighbour-of-clone", "topology": "neighbour-of-clone", "verdict": Verdict.DEGRADED}
    )
    ((_, said),) = conclusions(run.model_copy(update={"setups": (*run.setups, beside)}))
    assert said[0] == "The clone is not kept apart from its original: mini/neighbour-of-clone is degraded."
    assert not any("innocent" in one for one in said)


def test_instances_that_share_state_are_told_from_clones_that_do(run):
    cross = next(setup for setup in run.setups if setup.topology == "cross-talk")
    beside = [
        cross.model_copy(update={"name": f"mini/{name}", "topology": name, "verdict": verdict})
        for name, verdict in (("neighbour", Verdict.ALTERED), ("neighbour-of-clone", Verdict.DEGRADED))
    ]
    ((_, said),) = conclusions(run.model_copy(update={"setups": (*run.setups, *beside)}))
    assert said[0] == (
        "Instances are not kept apart, cloned or not: mini/neighbour is altered, mini/neighbour-of-clone is degraded."
    )
    assert not any("innocent" in one for one in said)


def test_of_a_codec_that_is_not_the_same_twice_no_clone_is_accused(run):
    found = with_clone(run, Verdict.ALTERED)
    setups = tuple(
        setup.model_copy(update={"reasons": (f"{NOT_TWICE}: it is random",)}) if setup.is_reference else setup
        for setup in found.setups
    )
    ((_, said),) = conclusions(found.model_copy(update={"setups": setups}))
    assert said[0] == "Nothing can be said of the clone: the codec does not give the same bits twice."


def test_an_expected_failure_is_told_as_one(run):
    wanted = {"expectation": Expectation(at_most=Verdict.DEGRADED), "met": True}
    setups = tuple(setup.model_copy(update=wanted if setup.topology == "cross-talk" else {}) for setup in run.setups)
    ((_, said),) = conclusions(run.model_copy(update={"setups": setups}))
    assert said[1].startswith("Words are lost: as expected, cross-talk (")


def test_of_the_clones_of_a_codec_that_is_held_against_another_nothing_is_said(run):
    good = run.setups[0].model_copy(update={"name": "good/shared", "codec": "good", "reference": "good/shared"})
    setups = [setup.model_copy(update={"reference": "good/shared"}) for setup in run.setups]
    assert conclusions(run.model_copy(update={"setups": (good, *setups)})) == []


def test_of_a_clone_that_could_not_be_measured_nothing_is_said(run):
    ((_, said),) = conclusions(with_clone(run, Verdict.UNDEFINED))
    assert said[0] == "Nothing can be said of the clone."
    assert not any("innocent" in one for one in said)


def test_a_fault_on_the_wire_is_not_the_clones(run):
    renamed = tuple(
        setup.model_copy(update={"name": "mini/cloned-decoder/drop-frame", "verdict": Verdict.CORRUPT})
        if setup.topology == "cloned-decoder"
        else setup
        for setup in run.setups
    )
    assert conclusions(run.model_copy(update={"setups": renamed})) == []


def test_a_run_against_a_baseline_asks_something_else(run):
    assert conclusions(gated(run, "mine.json", [], {}, {})) == []
