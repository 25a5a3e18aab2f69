"""A finished run beside its baseline: why nothing can be compared, and how cells, setups and the whole are judged."""

import pytest
from gate.accepted_runs import accepted_run, guarded, replaced

from harness.gate.baseline import BaselineInvalid
from harness.gate.guarded import Wanted
from harness.record import Measurement, Verdict

SETUPS = ("mini/shared", "mini/dirty-clone", "mini/cross-talk")
PLACE = ("mini/dirty-clone", "slt-01")
WHOLE = Wanted(frozenset(SETUPS), frozenset(("slt-01", "awb-01", "low-01")), complete=True, whole=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return *accepted_run(folder), folder


def worse(run, place=PLACE, **values):
    record, _, _ = run
    cell = record.cells.get(*place)
    measured = {name: Measurement.of(value, "1") for name, value in values.items()}
    return replaced(record, place, pcm_sha256="other", measurements=cell.measurements | measured)


def test_without_a_baseline_everything_fails_and_says_how_to_accept(run):
    record, _, folder = run
    found = guarded(record, None, folder)
    said = f"nothing was accepted yet ({found.path} does not exist); listen, then accept with --codec-update"
    assert found.problem == said
    assert found.gated(*PLACE).failures == found.gated_setup(PLACE[0]).failures == (said,)
    assert found.missing_setups() == []
    with pytest.raises(BaselineInvalid, match="nothing was accepted yet"):
        _ = found.context


def test_a_baseline_of_other_scorers_is_stale_and_not_compared(run):
    record, baseline, folder = run
    found = guarded(record, baseline.model_copy(update={"scorers": {"pesq": "pesq 0.0.3"}}), folder)
    assert "is stale and was not compared: scorer pesq was pesq 0.0.3, now pesq 0.0.4, wb and nb; " in found.problem
    assert not found.gated(*PLACE).passed


def test_the_accepted_run_read_back_is_exact_everywhere_and_known_as_itself(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder)
    assert found.problem == ""
    assert found.unchanged
    assert found.other_codecs() == []
    assert all(found.gated(cell.setup, cell.utterance).exact for cell in record.cells)  # what the suite asks or not
    later = baseline.model_copy(update={"created": "2026-01-03T00:00:00Z"})
    assert not guarded(record, later, folder).unchanged
    assert not guarded(record, baseline.model_copy(update={"run": "e" * 64}), folder).unchanged


def test_of_changed_samples_the_first_frame_is_looked_for_in_the_audio(run):
    record, baseline, folder = run
    audio = record.cells.get("mini/cross-talk", "slt-01").audio
    changed = replaced(record, PLACE, pcm_sha256="other", audio=audio)
    changed = replaced(changed, PLACE, measurements={"stoi": Measurement.of(0.5, "1")})
    failures = guarded(changed, baseline, folder).gated(*PLACE).failures
    assert failures[-1].startswith("decoded audio differs from frame 0 (0.00 s) on; ")


def test_what_is_as_accepted_must_still_be_what_the_suite_asks(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder)
    assert found.gated(*PLACE).failures == ()  # altered, as it may be
    (unmet,) = found.gated("mini/cross-talk", "slt-01").failures
    assert unmet.startswith("must be identical, but is corrupt: 4 of 11 words are wrong")
    fell = guarded(worse(run, stoi=0.5), baseline, folder).gated(*PLACE)
    assert len([line for line in fell.failures if "STOI 0.5, accepted 0.9" in line]) == 1
    better = replaced(record, PLACE, verdict=Verdict.DEGRADED)
    assert guarded(better, baseline, folder).gated(*PLACE).failures[0].startswith("must be altered or better, but is")


def test_a_codec_that_failed_says_so_though_nothing_is_known_of_it(run):
    record, baseline, folder = run
    broken = replaced(record, PLACE, failure="OSError: no such file").model_copy(update={"codecs": ()})
    found = guarded(broken, baseline, folder)
    assert found.gated(*PLACE).failures == ("the codec failed: OSError: no such file",)


def test_only_setups_that_were_asked_for_are_told_and_a_cell_that_is_none_is_an_error(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder, setups=["mini/cross-talk", "mini/shared"])
    assert [setup.name for setup in found.setups] == ["mini/shared", "mini/cross-talk"]  # in the record's order
    assert [cell.utterance for cell in found.cells("mini/shared")] == ["slt-01", "awb-01", "low-01"]
    with pytest.raises(KeyError):
        found.cell("mini/shared", "none")


def test_another_codec_is_told_once_and_what_it_means(run):
    record, baseline, folder = run
    (codec,) = record.codecs
    now = record.model_copy(update={"codecs": (codec.model_copy(update={"fingerprint": "other"}),)})
    (told,) = guarded(now, baseline, folder).other_codecs()
    assert told.startswith("mini is another codec than was accepted")
    assert told.endswith("; bits were not demanded of it, its measurements were judged")


def without(record, setup):
    kept = [one for one in record.setups if one.name != setup]
    return record.model_copy(
        update={"setups": tuple(kept), "cells": [cell for cell in record.cells if cell.setup != setup]}
    )


@pytest.mark.parametrize("whole", [True, False])
def test_a_setup_that_was_accepted_and_is_gone_fails_the_whole_suite_alone(run, whole):
    record, baseline, folder = run
    found = guarded(without(record, "mini/cross-talk"), baseline, folder, whole=whole)
    assert found.missing_setups() == ["mini/cross-talk"]
    gate = found.outcome(WHOLE).gate
    assert gate is not None
    assert gate.failures == (("accepted before and missing from the suite: mini/cross-talk",) if whole else ())


def test_the_outcome_tells_the_worst_cell_of_a_setup_first(run):
    _, baseline, folder = run
    both = worse(run, stoi=0.85)
    cell = both.cells.get("mini/dirty-clone", "low-01")
    measured = cell.measurements | {"stoi": Measurement.of(0.6, "1")}
    both = replaced(both, (cell.setup, cell.utterance), pcm_sha256="other", measurements=measured)
    outcome = guarded(both, baseline, folder).outcome(WHOLE)
    setup = outcome.setups[1]
    assert not outcome.met
    assert setup.worst_utterance == "low-01"
    assert setup.reasons[0].startswith("2 of 3 utterances fail, worst low-01: ")
    assert guarded(outcome, baseline, folder).record == both  # what is judged again is the suite's own


def test_of_what_is_not_wanted_nothing_is_judged(run):
    _, baseline, folder = run
    some = Wanted(frozenset({"mini/shared"}), WHOLE.utterances, complete=True, whole=False)
    outcome = guarded(worse(run, stoi=0.5), baseline, folder, whole=False).outcome(some)
    assert [setup.gate for setup in outcome.setups] == [None] * 3
    assert outcome.cells == worse(run, stoi=0.5).cells


def unscored(record, *names):
    """Return *record* as of a suite that has these scores switched off."""
    cells = (cell.measurements for cell in record.cells)
    kept = [{name: one for name, one in measured.items() if name not in names} for measured in cells]
    pairs = zip(record.cells, kept, strict=True)
    return record.model_copy(
        update={"cells": tuple(cell.model_copy(update={"measurements": one}) for cell, one in pairs)}
    )


def test_a_score_that_was_accepted_and_is_switched_off_fails(run):
    record, baseline, folder = run
    found = guarded(unscored(record, "pesq_wb", "pesq_wb_scatter", "estoi"), baseline, folder, whole=False)
    assert found.missing_scores() == ["PESQ-WB"]
    gate = found.outcome(WHOLE).gate
    assert gate is not None
    assert gate.failures == ("measured when it was accepted and not now: PESQ-WB",)
    other = guarded(record, baseline, folder)
    assert other.gone() == []
