"""What inaudible variants of the input do to the reference setup is not held against another setup."""

import pytest
from verdict.measured import measured

from harness.record import Cell, Verdict
from harness.verdict import Tolerances, judge, judge_setup
from harness.verdict.variants import MOST_TOLERANCES, judged_beside, ranges, reached

RANGES = {"stoi": (0.91, 0.96), "level_swing_db": (0.5, 3.0), "gain_db": (-1.0, 0.5), "level_db": (-1.0, 0.6)}


def verdict(variants=RANGES, **changes):
    return judge(measured(**changes), measured(), Tolerances(), variants=variants)


def test_a_range_is_over_all_that_is_known_of_what_is_judged():
    found = ranges(measured(), [measured(stoi=0.9, estoi=0.1), measured(stoi=0.97, gain_db="another waveform")])
    assert found["stoi"] == (0.9, 0.97)
    assert found["gain_db"] == (0.0, 0.0)
    assert "estoi" not in found  # no verdict rests on it
    assert "gain_db" not in ranges(measured(), [measured(gain_db="another waveform")])  # one value is no range


def test_what_a_range_reaches_is_twice_as_far_from_its_middle():
    assert reached("pesq_wb", 1.5, (1.3, 1.6)) == pytest.approx((1.15, 1.75))
    assert reached("pesq_wb", 1.6, (1.5, 1.6)) == pytest.approx((1.45, 1.65))
    assert reached("pesq_wb", 1.5, (1.5, 1.6))[0] <= 1.5


def test_it_reaches_no_further_than_sound_codecs_scatter():
    """One variant of eight that is nearly broken excuses nothing that is."""
    assert reached("stoi", 0.95, (0.851, 0.96))[0] == 0.95 - MOST_TOLERANCES * 0.02
    assert verdict({"stoi": (0.851, 0.96)}, stoi=0.785).verdict is Verdict.DEGRADED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stoi": 0.90}, "altered"),  # reached down to 0.885
        ({"stoi": 0.86}, "degraded"),  # by more than the tolerance below that
        ({"level_swing_db": 4.0}, "altered"),
        ({"level_swing_db": 6.0}, "degraded"),
        ({"gain_db": -2.0, "level_db": -2.0}, "altered"),
        ({"gain_db": -4.0, "level_db": -4.0}, "degraded"),
        ({"gain_db": 3.0, "level_db": 3.0}, "degraded"),  # the other way there is less room
        ({"stoi": 0.90, "delay_ms": 20.0}, "degraded"),  # of another measurement they say nothing
        ({"stoi": 0.90, "length_change_samples": -320.0}, "degraded"),
        ({"stoi": 0.90, "word_errors": 9.0, "transcript_logp": -2.0}, "corrupt"),
    ],
)
def test_it_is_held_against_what_variants_reach(changes, expected):
    assert verdict({}, **changes).verdict.rank >= Verdict.DEGRADED.rank
    assert verdict(**changes).verdict == expected


def test_what_does_not_judge_is_told():
    told = verdict(stoi=0.90).reasons
    assert "STOI 0.900 instead of 0.950: no more than inaudible variants of the input do" in told


def test_where_the_encoder_made_the_same_codes_they_are_no_excuse():
    assert verdict(codes_equal=1.0, stoi=0.90).verdict is Verdict.DEGRADED
    assert not judged_beside(measured(codes_equal=1.0), RANGES)
    assert judged_beside(measured(), RANGES) is RANGES


def test_what_is_as_good_as_before_is_judged_as_before():
    assert verdict() == verdict({})
    assert verdict(stoi=0.86) == verdict({}, stoi=0.86)
    assert verdict(codes_equal=1.0, pcm_equal=1.0).verdict is Verdict.IDENTICAL


def test_between_codecs_they_say_nothing():
    one, known = measured(transcript_logp=-1.0), {"transcript_logp": (-1.0, -0.1)}
    assert judge(one, measured(), Tolerances(), variants=known).verdict is Verdict.ALTERED
    plain, beside = (judge(one, measured(), Tolerances(), one_codec=False, variants=each) for each in ({}, known))
    assert plain.verdict is Verdict.DEGRADED
    assert plain == beside


@pytest.mark.parametrize(("variants", "expected"), [(RANGES, "altered"), ({}, "degraded")])
def test_a_setup_is_not_worse_for_an_utterance_that_is_excused(variants, expected):
    def cells(setup, **changes):
        return Cell(
            setup=setup, utterance="one", key="", verdict=Verdict.DEGRADED, reasons=("why",), masked=False,
            first_diverging_frame=0, measurements=measured(**changes), variants=variants,
        )  # fmt: skip

    suspect = cells("suspect", stoi=0.9)
    judged = suspect.model_copy(update={"verdict": verdict(variants, stoi=0.9).verdict})
    assert judge_setup([judged], [cells("good")], Tolerances())[0].verdict == expected


@pytest.mark.parametrize(("level", "expected"), [(-1.5, "degraded"), (-0.6, "altered"), (1.5, "degraded")])
def test_what_all_utterances_lose_is_no_scatter(level, expected):
    ranged = {"level_db": (-1.5, 1.6), "gain_db": (-1.5, 1.6)}
    references = [_cell("good", number, variants=ranged) for number in range(6)]
    changes = {"level_db": level + 0.1, "gain_db": level}
    suspects = [_cell("suspect", number, **changes) for number in range(6)]
    assert verdict(ranged, **changes).verdict is Verdict.ALTERED
    judgement, _ = judge_setup(suspects, references, Tolerances())
    assert judgement.verdict == expected
    told = judgement.reasons[0] == f"all utterances: level of the speech changes by {level:+.2f} dB on average"
    assert told == (expected == "degraded")


def _cell(setup, number, variants=None, **changes):
    return Cell(
        setup=setup, utterance=f"utt-{number}", key="", verdict=Verdict.ALTERED, reasons=("why",), masked=False,
        first_diverging_frame=0, measurements=measured(**changes), variants=variants or {},
    )  # fmt: skip
