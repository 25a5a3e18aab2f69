"""A measurement is a number with a unit or undefined with a reason; and where in the audio a cell begins to differ."""

import math

import pytest
from pydantic import ValidationError

from harness.record import Cell, Measurement, Transcript, Verdict, is_true, value


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_becomes_undefined_and_is_refused_as_a_value(number):
    assert Measurement.of(number, "dB") == Measurement.missing(f"the result is {number}")
    with pytest.raises(ValidationError):
        Measurement(value=number, unit="dB")


@pytest.mark.parametrize("content", [{}, {"unit": "dB"}, {"value": 1.0, "undefined": "silent"}])
def test_there_is_no_third_form(content):
    with pytest.raises(ValidationError, match="either a value or a reason"):
        Measurement.model_validate(content)


def test_only_a_one_that_is_there_is_true():
    measured = {
        "yes": Measurement.of(1, "bool"), "no": Measurement.of(0, "bool"), "half": Measurement.of(0.5, "bool"),
        "unknown": Measurement.missing("silent"),
    }  # fmt: skip
    assert [name for name in (*measured, "absent") if is_true(measured, name)] == ["yes"]
    assert [value(measured, name) for name in ("yes", "unknown", "absent")] == [1.0, None, None]


def test_the_worst_of_several_verdicts_is_undefined():
    ranks = [verdict.rank for verdict in Verdict]
    assert ranks == [0, 1, 2, 3, 4, 5]
    assert max(Verdict, key=lambda verdict: verdict.rank) is Verdict.UNDEFINED


def test_a_reason_that_names_a_place_of_the_machine_keeps_its_name_alone():
    assert Measurement.missing("/home/me/models/a.pt is gone").undefined == ".../a.pt is gone"


def test_what_was_said_is_counted_without_what_was_only_heard():
    heard = Transcript(text="", hits=7, substitutions=2, deletions=1, insertions=4)
    assert (heard.errors, heard.reference_words) == (7, 10)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 0.1),
        ({"delay_seconds": 0.04}, 0.06),
        ({"delay_seconds": 0.3}, 0.0),  # it begins before the audio does
        ({"first_diverging_frame": 0}, 0.0),
        ({"first_diverging_frame": None}, None),
        ({"frame_seconds": None}, None),
    ],
)
def test_the_first_difference_is_told_in_seconds_of_the_audio(changes, seconds):
    content = {
        "setup": "s", "utterance": "u", "key": "k", "verdict": "altered", "reasons": (), "masked": False,
        "first_diverging_frame": 5, "measurements": {}, "frame_seconds": 0.02,
    }  # fmt: skip
    found = Cell.model_validate(content | changes).first_difference_seconds
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_data_is_frozen_and_knows_no_other_key():
    one = Measurement.of(1, "dB")
    with pytest.raises(ValidationError, match="frozen"):
        one.value = 2.0
    with pytest.raises(ValidationError, match="Extra inputs"):
        Measurement.model_validate({"value": 1.0, "unit": "dB", "note": ""})
