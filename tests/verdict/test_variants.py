"""What inaudible variants of the input do to the reference setup is not held against another setup."""

import pytest
from verdict.measured import measured

from harness.record import Cell, Verdict
from harness.verdict import Tolerances, judge, judge_setup, over_variants
from harness.verdict.variants import held_against, ranges, reached

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
    assert reached(1.0, 2.0) == (0.5, 2.5)


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
    reference = measured()
    assert held_against(measured(codes_equal=1.0), reference, RANGES) is reference


def test_what_is_as_good_as_before_is_judged_as_before():
    assert verdict() == verdict({})
    assert verdict(stoi=0.86) == verdict({}, stoi=0.86)
    assert verdict(codes_equal=1.0, pcm_equal=1.0).verdict is Verdict.IDENTICAL


def test_a_variant_that_loses_words_takes_their_weight_as_evidence_and_says_so():
    hanging = measured(word_errors=6.0, transcript_logp=-1.5)
    found, said = over_variants(measured(), {"a": hanging, "b": measured()})
    assert said == ("given inaudible variants of the input, 1 of 2 lose words: words hardly judge here",)
    lost = {"word_errors": 5.0, "transcript_logp": -1.2}
    assert verdict({}, **lost).verdict is Verdict.CORRUPT
    assert verdict(found, **lost).verdict is Verdict.ALTERED


def test_a_codec_that_breaks_now_and_then_excuses_nothing_by_that():
    broken = measured(stoi=0.5, pesq_wb=1.1, word_errors=11.0, transcript_logp=-4.0)
    found, said = over_variants(measured(), {"+0.02 dB": broken, "-0.01 dB": measured(stoi=0.945)})
    assert said == ("given +0.02 dB, which nobody hears, it breaks: PESQ-WB 1.1 instead of 3",)
    assert found["stoi"] == (0.945, 0.95)
    assert found["word_errors"] == (1.0, 1.0)
    assert verdict(found, stoi=0.7, word_errors=11.0, transcript_logp=-4.0).verdict is Verdict.CORRUPT


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
