"""What each measurement is held against: what was accepted, and a slack."""

import pytest
from gate.accepted_cells import cell, context

from harness.gate.limits import GateRow, gate_rows
from harness.verdict import Tolerances


def rows(one, about=None):
    accepted = (about or context()).accepted(one.setup, one.utterance)
    return {row.metric: row for row in gate_rows(one, accepted, Tolerances())}


@pytest.mark.parametrize(
    ("now", "accepted", "said"),
    [
        (-1.0, 1.0, "polarity is inverted"),
        (1.0, -1.0, "polarity is inverted"),
        (0.0, 1.0, "polarity turns on the way"),
        (1.0, 0.0, "polarity turned on the way when it was accepted, and does not now"),
    ],
)
def test_a_polarity_that_failed_in_words(now, accepted, said):
    assert GateRow("polarity", now, accepted, "1", passed=False).failure == said


def test_a_gate_is_said_with_both_its_ends_where_both_ways_are_worse():
    assert rows(cell())["pesq_wb"].gate == ">= 2.25"
    assert rows(cell())["word_errors"].gate == "<= 2"
    assert rows(cell())["gain_db"].gate == "-1 to 1"
    assert rows(cell())["polarity"].gate == "1"


def test_what_was_undefined_when_it_was_accepted_is_not_gated_and_bears_nothing_out():
    held = rows(cell(pesq_wb=2.24), context(stoi="silent", transcript_logp="silent", pesq_nb="silent"))
    assert (held["stoi"].gate, held["stoi"].passed) == ("none: it was undefined", True)
    assert held["pesq_wb"].passed  # below its gate, and no witness left


def test_where_runs_differed_a_witness_starts_from_the_lower_end():
    below = cell(pesq_wb=2.24, stoi=0.935)
    assert not rows(below, context(stoi=0.95))["pesq_wb"].passed
    assert rows(below, context(stoi=(0.94, 0.95)))["pesq_wb"].passed


def varied(one, about, **variants):
    accepted = about.accepted("mine/shared", "one").model_copy(update={"variants": variants})
    return {row.metric: row for row in gate_rows(one, accepted, Tolerances())}


def test_what_inaudible_variants_reach_is_within_the_gate_where_codes_are_others():
    below = cell(stoi=0.915, codes="d" * 64)
    assert not varied(below, context())["stoi"].passed
    row = varied(below, context(), stoi=(0.93, 0.96))["stoi"]
    assert (row.passed, row.accepted, row.gate) == (True, 0.95, ">= 0.895")  # 0.945 - 2 x 0.015 - 0.02
    assert not varied(cell(stoi=0.89, codes="d" * 64), context(), stoi=(0.93, 0.96))["stoi"].passed


def test_with_the_accepted_codes_nothing_was_encoded_otherwise():
    assert not varied(cell(stoi=0.915), context(), stoi=(0.93, 0.96))["stoi"].passed


def test_words_that_variants_lose_are_no_failure():
    lost = cell(word_errors=4.0, transcript_logp=-1.2, stoi=0.9, codes="d" * 64)
    assert not varied(lost, context())["word_errors"].passed
    row = varied(lost, context(), word_errors=(1.0, 5.0), transcript_logp=(-1.0, -0.1))["word_errors"]
    assert row.passed
    assert row.gate == "<= 8"  # 3 + 2 x 2 + 1


def test_variants_reach_no_further_than_five_tolerances():
    row = varied(cell(stoi=0.84, codes="d" * 64), context(), stoi=(0.86, 0.96))["stoi"]
    assert (row.gate, row.passed) == (">= 0.83", True)  # 0.95 - 5 x 0.02 - 0.02


def test_longer_speech_may_lose_more_words():
    assert rows(cell(reference_words=10.0))["word_errors"].gate == "<= 2"  # one more than accepted
    assert rows(cell(reference_words=100.0), context(reference_words=100.0))["word_errors"].gate == "<= 15"


@pytest.mark.parametrize(("now", "passed"), [(-40.0, True), (0.0, True), (2.9, True), (9.0, False)])
def test_pauses_that_cannot_be_heard_are_as_silent_as_each_other(now, passed):
    assert rows(cell(pause_noise_db=now), context(pause_noise_db=-60.0))["pause_noise_db"].passed is passed


def test_words_that_were_never_scored_are_not_gated():
    about = context()
    accepted = about.accepted("mine/shared", "one")
    measured = {name: was for name, was in accepted.measured.items() if name != "word_errors"}
    held = gate_rows(cell(), accepted.model_copy(update={"measured": measured}), Tolerances())
    (words,) = [row for row in held if row.metric == "word_errors"]
    assert (words.accepted, words.passed) == ("words were not scored", True)


def test_a_failure_says_in_what_unit_it_is():
    (row,) = [row for row in gate_rows(*_louder()) if row.metric == "pause_noise_db"]
    assert row.failure == "noise in pauses 20.5 dB, accepted 0, gate <= 6"


def _louder():
    about = context(pause_noise_db=0.0)
    return cell(pause_noise_db=20.5), about.accepted("mine/shared", "one"), Tolerances()
