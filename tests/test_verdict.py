import re

import pytest

from harness.record import Cell, Expectation, Measurement, Transcript, Verdict
from harness.verdict import Tolerances, judge, judge_setup, meets

CLEAN = {
    "codes_equal": 0.0, "pcm_equal": 0.0, "pcm_equivalent": 0.0, "snr_db": 30.0, "max_abs_difference": 0.01,
    "pesq_wb": 3.0, "pesq_nb": 3.4, "stoi": 0.95, "gain_db": 0.0, "delay_ms": 0.0, "polarity": 1.0,
    "length_change_samples": 0.0, "word_errors": 1.0, "reference_words": 12.0, "wer_floor": 0.0,
    "transcript_logp": -0.2,
}  # fmt: skip


UNWITNESSED = {"pesq_wb": None, "pesq_nb": None, "stoi": None, "transcript_logp": None}


def measured(**changes):
    values = CLEAN | changes
    return {
        name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "")
        for name, value in values.items()
        if value is not None
    }


def verdict(**changes):
    return judge(measured(**changes), measured(), Tolerances())


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({"codes_equal": 1.0, "pcm_equal": 1.0}, "identical", "bit for bit"),
        ({"pcm_equivalent": 1.0, "max_abs_difference": 3e-7}, "equivalent", "3.0e-07"),
        ({}, "altered", "30 dB below"),
        ({"pesq_wb": 2.9}, "altered", "neither quality nor words"),
        ({"pesq_wb": 2.8}, "degraded", "PESQ-WB 2.80 instead of 3.00"),
        ({"stoi": 0.92}, "degraded", "STOI 0.92 instead of 0.95"),
        ({"gain_db": -6.0}, "degraded", "level changed by -6.0 dB"),
        ({"polarity": -1.0}, "degraded", "polarity is inverted"),
        ({"delay_ms": 40.0}, "degraded", r"delay changed by \+40.0 ms"),
        ({"length_change_samples": -640.0}, "degraded", "640 samples fewer"),
        ({"transcript_logp": -0.6}, "degraded", "0.40 nat/token less likely"),
        ({"word_errors": 2.0}, "altered", "neither"),
        (
            {"word_errors": 3.0},
            "altered",
            "2 of 12 words .* quality and likelihood are not worse",
        ),
        ({"word_errors": 3.0, "stoi": 0.9}, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0, "gain_db": -6.0}, "degraded", "level changed by -6.0 dB"),
        ({"word_errors": 3.0, "length_change_samples": -640.0}, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0} | UNWITNESSED, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0, "transcript_logp": "over 30 s"}, "corrupt", "2 of 12 words"),
        ({"word_errors": 2.0, "transcript_logp": -0.6}, "corrupt", "1 of 12 words wrong .* 0.40 nat/token"),
        ({"word_errors": 6.0, "pesq_wb": "silent"}, "corrupt", "5 of 12"),
        (
            {"pesq_wb": "the degraded signal is silent"},
            "undefined",
            "pesq_wb is undefined: the degraded signal is silent",
        ),
        ({"word_errors": "no transcript"}, "undefined", "word_errors is undefined"),
        ({"word_errors": None, "wer_floor": None}, "altered", "neither"),
        ({"word_errors": 9.0, "wer_floor": 0.6}, "altered", "neither"),
    ],
)
def test_the_ladder(changes, expected, reason):
    judgement = verdict(**changes)
    assert judgement.verdict == expected
    assert re.search(reason, "; ".join(judgement.reasons))


def test_better_than_the_reference_is_not_a_fault():
    assert verdict(pesq_wb=3.6, stoi=0.99, word_errors=0.0).verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    ("verdict_", "at_least", "at_most", "expected"),
    [
        ("identical", "identical", None, True),
        ("equivalent", "identical", None, False),
        ("equivalent", "altered", None, True),
        ("undefined", "corrupt", None, False),
        ("degraded", None, "degraded", True),
        ("corrupt", None, "degraded", True),
        ("altered", None, "degraded", False),
        ("undefined", None, "altered", False),
        ("corrupt", None, None, True),
        ("undefined", None, None, False),
        ("undefined", "undefined", None, False),
        ("undefined", None, "undefined", False),
    ],
)
def test_expectations(verdict_, at_least, at_most, expected):
    expectation = Expectation(at_least=at_least, at_most=at_most)
    assert meets(Verdict(verdict_), expectation) is expected


def cells(setup, errors, verdict=Verdict.ALTERED, **changes):
    """Five utterances of 12 words, with *errors* wrong in each; the first gets *verdict* and *changes*."""
    return [
        Cell(
            setup=setup,
            utterance=f"utt-{number}",
            key="",
            verdict=Verdict.ALTERED if number else verdict,
            reasons=("why",),
            masked=False,
            first_diverging_frame=0,
            measurements=measured(**({} if number else changes)),
            transcript=Transcript(text="", hits=12 - errors, substitutions=errors, deletions=0, insertions=0),
        )
        for number in range(5)
    ]


@pytest.mark.parametrize(
    ("suspects", "expected"),
    [
        (cells("suspect", 1, Verdict.DEGRADED, stoi=0.9), "corrupt"),  # 5 of 60 words, and one utterance is worse
        (cells("suspect", 1), "altered"),  # a word each, and nothing that bears it out
        (cells("suspect", 1, pesq_wb="silent"), "corrupt"),  # what could not be measured exonerates nothing
        (cells("suspect", 0, Verdict.DEGRADED, stoi=0.9), "degraded"),
    ],
)
def test_words_lost_here_and_there_are_summed_and_must_be_borne_out(suspects, expected):
    judgement, _ = judge_setup(suspects, cells("good", 0), Tolerances())
    assert judgement.verdict == expected
    assert ("all utterances: 5 of 60 words" in judgement.reasons[0]) == (expected == "corrupt")
