"""What inaudible variants of the input make: ranges of what is sound, and what breaks is told and is in none."""

import pytest
from verdict.measured import measured

from harness.record import Verdict
from harness.verdict import OverVariants, Tolerances, judge, over_variants


def test_a_variant_that_loses_words_takes_their_weight_as_evidence_and_says_so():
    hanging = measured(word_errors=6.0, transcript_logp=-1.5)
    found = over_variants(measured(), {"a": hanging, "b": measured()})
    assert found.said == ("given inaudible variants of the input, 1 of 2 lose words: words hardly judge here",)
    assert not found.broken
    lost = measured(word_errors=5.0, transcript_logp=-1.2)
    for variants, expected in (({}, Verdict.CORRUPT), (found.ranges, Verdict.ALTERED)):
        assert judge(lost, measured(), Tolerances(), variants=variants).verdict is expected


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stoi": 0.5, "pesq_wb": 1.1, "word_errors": 11.0}, "PESQ-WB 1.10 instead of 3.00"),
        ({"gain_db": -20.0, "level_db": -20.0}, "gain -20.00 instead of 0.00"),
        ({"dropout_ms": 230.0}, "missing speech 230 instead of 0"),
        ({"pause_noise_db": 36.0}, "noise in pauses"),
        ({"level_db": "the output is silent"}, "no speech comes out: the output is silent"),
        ({"stoi": "too little speech"}, "STOI is undefined"),
        ({"length_change_samples": -320.0}, "length_change_samples -320 instead of 0"),
        ({"polarity": -1.0}, "polarity -1 instead of 1"),
    ],
)
def test_a_codec_that_breaks_now_and_then_excuses_nothing_by_that(changes, why):
    found = over_variants(measured(), {"+0.02 dB": measured(**changes), "-0.01 dB": measured(stoi=0.945)})
    (said,) = found.broken
    assert said.startswith("given +0.02 dB, which nobody hears, ")
    assert why in said
    assert found.ranges["stoi"] == (0.945, 0.95)
    assert found.ranges["gain_db"] == (0.0, 0.0)
    assert found.ranges["dropout_ms"] == (0.0, 0.0)
    assert found.ranges["word_errors"] == (1.0, 1.0)


def test_pauses_that_nobody_hears_break_nothing():
    silent = over_variants(measured(pause_noise_db=-60.0), {"a": measured(pause_noise_db=-10.0)})
    assert not silent.broken


def test_a_variant_that_fails_is_told():
    found = over_variants(measured(), {}, {"+0.02 dB": "the codec raised ValueError"})
    assert found.broken == ("given +0.02 dB, which nobody hears, it fails: the codec raised ValueError",)


def test_without_variants_there_is_nothing_to_judge_by() -> None:
    assert over_variants(measured(), {}) == OverVariants({})


def test_a_range_is_over_what_is_sound_alone() -> None:
    others = {"a": measured(stoi=0.94), "b": measured(stoi=0.2), "c": measured(stoi=0.96)}
    found = over_variants(measured(), others)
    assert found.ranges["stoi"] == (0.94, 0.96)
    assert len(found.broken) == 1
    assert found.broken[0].startswith("given b, which nobody hears, STOI 0.200")
    assert over_variants(measured(), {"b": others["b"]}).ranges == {}


def test_what_is_lost_of_words_in_what_breaks_is_not_counted_as_lost_words() -> None:
    broken = measured(stoi=0.2, word_errors=11.0, transcript_logp=-4.0)
    found = over_variants(measured(), {"a": broken, "b": measured()})
    assert found.said == ()
    assert len(found.broken) == 1


def test_of_output_that_is_silent_without_variants_too_a_silent_variant_is_no_fault() -> None:
    silent = measured(level_db="the output is silent")
    assert not [said for said in over_variants(silent, {"a": silent}).broken if "no speech comes out" in said]


@pytest.mark.parametrize("name", ["length_change_samples", "polarity", "wrapped_samples"])
def test_what_counts_whole_things_may_not_be_another_at_all(name: str) -> None:
    plain = measured(**{name: 1.0})
    assert over_variants(plain, {"a": measured(**{name: 1.0})}).broken == ()
    (said,) = over_variants(plain, {"a": measured(**{name: 2.0})}).broken
    assert said.startswith("given a, which nobody hears, ")
