"""What is said of a setup that is not what it must be."""

import pytest
from report.sample import build

from harness.record import Expectation, SetupGate, Verdict
from harness.report.expect import gate_reasons, one_sided, reasons, shortfall
from harness.verdict import missed


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"), kinds=("shared", "cross-talk"))


def setup(run, name, **update):
    (found,) = (one for one in run.setups if one.name == name)
    return found.model_copy(update=update)


def test_what_a_setup_must_be_is_said_once(run):
    identical = Expectation(at_least=Verdict.IDENTICAL)
    bare = missed(identical, Verdict.ALTERED)
    assert bare == "must be identical, but is altered"
    said = (bare, f"{bare}: one: 3 dB quieter", "one: 3 dB quieter", "one: 3 dB")
    altered = setup(run, "mini/cross-talk", expectation=identical, verdict=Verdict.ALTERED, met=False, reasons=said)
    assert shortfall(altered) == bare
    assert reasons(altered) == ["one: 3 dB quieter"]
    cell = next(iter(run.cells)).model_copy(update={"verdict": Verdict.ALTERED, "gate": (f"{bare}: why", "louder")})
    assert gate_reasons(altered, cell) == ["louder"]


def test_a_reference_that_could_not_be_measured_was_held_against_nothing(run):
    assert shortfall(setup(run, "mini/shared", verdict=Verdict.UNDEFINED)) == "is the reference, and undefined"
    late = setup(run, "mini/shared", verdict=Verdict.DEGRADED)
    assert shortfall(late) == "is the reference, and degraded against the uncoded speech"


@pytest.mark.parametrize(
    ("name", "verdict", "gated", "expected"),
    [
        ("mini/shared", Verdict.DEGRADED, False, True),
        ("mini/shared", Verdict.DEGRADED, True, False),  # what was accepted tells the side
        ("mini/shared", Verdict.UNDEFINED, False, False),
        ("mini/cross-talk", Verdict.DEGRADED, False, False),  # its reference does
    ],
)
def test_the_side_is_unknown_of_what_is_wrong_by_itself(run, name, verdict, gated, expected):
    gate = SetupGate(failures=("late",), met=False, worst_utterance=None) if gated else None
    assert one_sided(setup(run, name, verdict=verdict, gate=gate)) is expected
