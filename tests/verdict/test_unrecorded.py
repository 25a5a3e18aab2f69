"""Without a recording a setup is judged beside the output of its reference, as if that were the speech."""

import pytest
from verdict.measured import measured

from harness.audio.utterance import NO_RECORDING
from harness.record import Verdict, value
from harness.verdict import Tolerances, judge
from harness.verdict.unrecorded import against_output, is_unrecorded

NONE = dict.fromkeys(("pesq_wb", "pesq_nb", "stoi"), NO_RECORDING)


def unrecorded(**changes):
    return measured(**NONE | changes)


@pytest.mark.parametrize(
    ("found", "so"),
    [
        (unrecorded(), True),
        (measured(), False),
        (measured(pesq_wb="silence"), False),
        (measured(**NONE | {"stoi": 0.9}), True),
        ({}, False),
    ],
)
def test_only_what_says_that_there_is_no_recording_is_of_such_an_utterance(found, so):
    assert is_unrecorded(found) is so


def test_quality_is_not_judged_and_the_output_is_off_itself_by_nothing():
    known, output = against_output(unrecorded(gain_db=-3.0), unrecorded(gain_db=-30.0, wer=0.25))
    assert not {"pesq_wb", "pesq_nb", "stoi"} & set(known)
    assert value(known, "gain_db") == -3.0
    assert value(output, "gain_db") == 0.0
    assert value(known, "wer_floor") == 0.25  # words of the reference, not of the transcript
    assert value(output, "length_change_samples") == 0.0


def test_without_words_of_the_reference_no_floor_is_made_up():
    known, _ = against_output(unrecorded(wer_floor=None), unrecorded())
    assert "wer_floor" not in known


def test_a_length_that_the_reference_has_too_is_no_change():
    _, output = against_output(unrecorded(), unrecorded(length_change_samples=320.0))
    assert value(output, "length_change_samples") == 320.0


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.UNDEFINED),  # what nothing is found to be wrong with is not known to be as good
        ({"gain_db": -12.0}, Verdict.DEGRADED),
        ({"codes_equal": 1.0, "pcm_equal": 1.0, "pcm_equivalent": 1.0, "max_abs_difference": 0.0}, Verdict.IDENTICAL),
    ],
)
def test_what_is_off_the_output_counts_although_the_reference_is_as_far_off_nothing(changes, verdict):
    reference = unrecorded(gain_db=-12.0)  # of an utterance without a recording it means nothing
    assert judge(unrecorded(**changes), reference, Tolerances()).verdict is verdict
