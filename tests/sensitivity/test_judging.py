"""Probes are judged by the suite's own tolerances, scores and baseline, and each once."""

import zlib

import pytest
from sensitivity.scripted import IDENTICAL, changed, subject
from verdict.measured import measured

from harness.record import Verdict
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Layer, Observed
from harness.sensitivity.subject import FaultProbe

PLAIN = FaultProbe("quieter", 0, "heart-04", 1)
QUIETER = changed(gain_db=-2.0)


@pytest.fixture(scope="module")
def judging():
    return Judging.of(subject("opus"))


def test_a_probe_is_judged_once_and_again_by_other_tolerances(judging):
    first = judging.noticed(PLAIN, QUIETER)
    assert first[Layer.GATE]
    assert judging.noticed(PLAIN, changed()) is first  # a probe has one outcome
    wide = judging.otherwise(tolerances=judging.tolerances.model_copy(update={"gain_change": 50.0}))
    assert not wide.noticed(PLAIN, QUIETER)[Layer.GATE]
    assert judging.noticed(PLAIN, QUIETER)[Layer.GATE]


def test_what_scores_are_off_is_not_asked(judging):
    off = judging.otherwise(scores=judging.scores.model_copy(update={"pesq": False, "stoi": False, "asr": False}))
    lost = changed(pesq_wb=1.0, stoi=0.4)
    assert off.noticed(PLAIN, lost)[Layer.PESQ] is None
    assert off.rung(lost) is Verdict.ALTERED
    on = judging.otherwise(scores=judging.scores.model_copy(update={"pesq": True, "stoi": True}))
    assert on.noticed(PLAIN, lost)[Layer.PESQ]
    assert on.rung(lost).rank >= Verdict.DEGRADED.rank


@pytest.mark.parametrize(
    ("wiring", "observed", "suite"),
    [
        ("c/sequential", IDENTICAL, False),
        ("c/sequential", changed(pesq_wb=1.0, stoi=0.4, gain_db=-20.0), True),
        ("c/sequential", Observed(failure="it raised"), True),
        ("", IDENTICAL, False),
        ("", QUIETER, True),
    ],
)
def test_a_setup_beside_the_reference_is_held_to_what_the_suite_expects_of_it(judging, wiring, observed, suite):
    probe = FaultProbe("x", 0, "heart-04", zlib.crc32(f"{wiring} {suite}".encode()) % 1000, wiring)
    if wiring:
        assert wiring in [setup.name for setup in judging.subject.suite.setups]
    assert judging.suite(probe, observed) is suite
    if wiring and observed.failure is None:
        found = judging.noticed(probe, observed)
        assert found[Layer.GATE] is found[Layer.SUITE] is suite


def test_about_another_subject_nothing_was_accepted_and_nothing_is_known(judging):
    judging.noticed(PLAIN, QUIETER)
    other = judging.about(subject("pcm"))
    assert other.baseline is None
    assert not other.noticed(PLAIN, changed())[Layer.GATE]
    assert other.subject is not judging.subject


def test_what_is_not_worse_than_what_it_is_held_against_is_not_noticed_whatever_that_is(judging):
    bad = measured(pesq_wb=1.1, stoi=0.3, gain_db=-15.0)
    assert not judging.noticed(FaultProbe("y", 0, "heart-04", 7), Observed(measured=bad, held=bad))[Layer.GATE]
