"""The reference setup is held against the uncoded speech."""

import re

import pytest
from verdict.measured import measured

from harness.record import Cell, Verdict
from harness.verdict import Floors, OverFloors, Tolerances, judge_plain_use


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({}, "identical", "the reference setup"),
        ({"delay_ms": 100.0}, "degraded", "100 ms later than the codec declares"),
        ({"delay_ms": -40.0}, "degraded", "40 ms earlier"),
        ({"delay_ms": 5.0}, "identical", "the reference setup"),
        ({"delay_ms": 10.0}, "identical", "the reference setup"),  # at the tolerance, not beyond it
        ({"dropout_ms": 200.0, "clear_speech_s": 2.0}, "identical", "the reference setup"),
        ({"level_db": -20.0}, "degraded", "20.0 dB quieter"),
        ({"level_db": 90.3}, "degraded", "90.3 dB louder"),
        ({"level_db": -4.4}, "degraded", "4.4 dB quieter"),
        ({"level_db": -4.4, "alignment_confidence": 0.8}, "identical", "the reference setup"),
        ({"level_db": -8.3, "carried_level_db": -0.8}, "identical", "the reference setup"),  # a telephone band
        ({"level_db": -8.3, "carried_level_db": -3.1}, "degraded", "8.3 dB quieter"),
        ({"level_db": 8.3, "carried_level_db": -0.8}, "degraded", "8.3 dB louder"),
        ({"level_db": -6.1, "alignment_confidence": 0.8}, "degraded", "6.1 dB quieter"),
        ({"level_db": 4.4, "alignment_confidence": 0.8}, "degraded", "4.4 dB louder"),
        ({"polarity": -1.0}, "degraded", "polarity is inverted"),
        ({"polarity": 0.0, "polarity_turn_s": 1.6}, "degraded", r"polarity turns around 1\.60 s"),
        ({"replaced_ms": 160.0, "replaced_s": 1.5}, "degraded", "160 ms of speech are another sound, from 1.50 s on"),
        ({"replaced_ms": 100.0, "replaced_s": 1.5}, "identical", "the reference setup"),
        ({"muted_ms": 50.0, "muted_s": 0.7}, "degraded", "50 ms of speech are muted at one go, from 0.70 s on"),
        ({"muted_ms": 40.0, "muted_s": 0.7}, "identical", "the reference setup"),
        ({"delay_jump_ms": 30.0}, "degraded", "its delay jumps by 30 ms on the way"),
        ({"delay_jump_ms": 4.0}, "identical", "the reference setup"),
        ({"delay_jump_ms": "no stretch"}, "identical", "the reference setup"),
        ({"drift_ppm": 437.0}, "degraded", r"drifts by \+437 ppm, slow"),
        ({"length_change_samples": 320.0}, "degraded", "320 samples more"),
        ({"pause_noise_db": 20.0, "pause_peak_db": 44.0}, "degraded", "20 dB louder, up to 44 dB at 0.50 s"),
        ({"pause_peak_db": 44.0}, "degraded", "pauses are -3 dB louder, up to 44 dB"),
        ({"pause_noise_db": 4.0, "pause_peak_db": 15.0}, "identical", "the reference setup"),
        ({"pause_peak_db": 30.0}, "identical", "the reference setup"),  # as far as may be
        ({"level_swing_db": 6.0}, "identical", "the reference setup"),
        ({"level_swing_db": 14.0}, "degraded", "its level swings by 14.0 dB, furthest off around 0.70 s"),
        ({"dropout_ms": 900.0, "clear_speech_s": 2.0}, "degraded", "900 ms of 2.0 s of clear speech are missing"),
        ({"clipped_ms": 40.0}, "degraded", "the output is clipped"),
        ({"wrapped_samples": 6.0}, "degraded", "samples wrap round"),
        ({"level_db": "the output is silent"}, "corrupt", "no speech comes out"),
        (
            {"level_db": "the codec sets its level itself", "dropout_ms": "the output is silent"},
            "corrupt",
            "no speech comes out",
        ),
        ({"level_db": "the codec sets its level itself"}, "identical", "the reference setup"),
    ],
)
def test_what_plain_use_may_not_do(changes, expected, reason):
    judgement = judge_plain_use(measured(**changes), Tolerances())
    assert judgement.verdict == expected
    assert re.search(reason, "; ".join(judgement.reasons))


def cells(*scores):
    return [
        Cell(
            setup="plain", utterance=str(number), key="", verdict=Verdict.IDENTICAL, reasons=(), masked=False,
            first_diverging_frame=None, measurements=measured(pesq_wb=score, stoi=0.4),
        )
        for number, score in enumerate(scores)
    ]  # fmt: skip


def over_floors(cells):
    over = OverFloors()
    for cell in cells:
        over.add(cell)
    return over


def below_floors(cells, floors):
    return over_floors(cells).below(floors)


def test_floors_ask_of_the_mean():
    assert below_floors(cells(1.0, 3.0), Floors.model_validate({"pesq_wb": 1.9, "stoi": None})) == ()
    (said,) = below_floors(cells(1.0, 2.0), Floors.model_validate({"pesq_wb": 1.9, "stoi": None}))
    assert said == "PESQ-WB is 1.50 on average, below the floor of 1.9"
    assert below_floors(cells(2.0), Floors()) == ("STOI is 0.400 on average, below the floor of 0.5",)
    assert below_floors(cells(2.0), Floors.model_validate({"stoi": None})) == ()


def test_a_floor_that_was_asked_for_and_could_not_be_measured_is_neither_held_nor_missed():
    floors = Floors.model_validate({"pesq_wb": 1.0, "stoi": None})
    for lost, scores in (1, (2.0, "PESQ: silent")), (2, ("PESQ: silent", "PESQ: silent")):
        over = over_floors(cells(*scores))
        assert over.below(floors) == ()
        assert over.unknown(floors) == (f"PESQ-WB is undefined for {lost} of 2 utterances, and has a floor of 1",)
    assert over_floors(cells(2.0)).unknown(floors) == ()
