"""A setup is what its corpus is, and no better than what one utterance proves."""

from typing import Any

import numpy as np
import pytest
from verdict.measured import measured

from harness.record import Cell, Transcript, Verdict
from harness.verdict import Tolerances, judge, judge_setup


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


def corpus(*changes):
    """One cell for each of *changes*, judged against a clean one, and the clean ones."""
    suspects, references = [], []
    for number, change in enumerate(changes):
        judgement = judge(measured(**change), measured(), Tolerances())
        common: dict[str, Any] = {"utterance": f"utt-{number}", "key": "", "masked": False, "first_diverging_frame": 0}
        errors = int(change.get("word_errors", 1.0))
        heard = Transcript(text="", hits=12 - errors, substitutions=errors, deletions=0, insertions=0)
        suspects.append(
            Cell(
                setup="suspect",
                verdict=judgement.verdict,
                reasons=judgement.reasons,
                measurements=measured(**change),
                transcript=heard,
                **common,
            )
        )
        clean = Transcript(text="", hits=11, substitutions=1, deletions=0, insertions=0)
        references.append(
            Cell(
                setup="good", verdict=Verdict.IDENTICAL, reasons=(), measurements=measured(), transcript=clean, **common
            )
        )
    return judge_setup(suspects, references, Tolerances())


def test_one_corrupt_cell_that_likelihood_does_not_bear_out_is_named_and_does_not_make_the_setup():
    """A legitimate step of bit rate: words better in sum, one utterance read otherwise."""
    judgement, worst = corpus(*[{"word_errors": 0.0}] * 9, {"word_errors": 3.0, "pesq_wb": 2.8})
    assert judgement.verdict is Verdict.ALTERED
    assert worst == "utt-9"
    assert "worse in single utterances, but not surely so: utt-9" in judgement.reasons


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"word_errors": 6.0, "stoi": 0.9, "transcript_logp": -1.2}, "corrupt"),  # the one clip beyond the context
        ({"pesq_wb": 2.4}, "degraded"),
        ({"pause_noise_db": 30.0}, "degraded"),  # the one clip that begins with a pause
        ({"dropout_ms": 80.0}, "degraded"),
        ({"length_change_samples": -320.0}, "degraded"),
    ],
)
def test_a_fault_in_one_utterance_alone_still_fails_the_setup(change, expected):
    judgement, worst = corpus(*[{}] * 20, change)
    assert judgement.verdict == expected
    assert worst == "utt-20"


def test_the_mean_shows_what_no_single_utterance_does():
    drops = np.random.default_rng(1).normal(0.13, 0.05, 12)
    judgement, _ = corpus(*[{"pesq_wb": 3.0 - float(drop)} for drop in drops])
    assert judgement.verdict is Verdict.DEGRADED
    assert judgement.reasons[0].startswith("all utterances: PESQ-WB is 0.1")
    assert "(95 % 0." in judgement.reasons[0]


def test_scatter_about_nothing_is_no_fault():
    """Means of -0.04 to +0.04 with 0.1 of scatter are what equally good encodings of one codec gave."""
    alarms = 0
    for seed in range(100):
        drops = np.random.default_rng(seed).normal(0.02, 0.1, 21)
        judgement, _ = corpus(*[{"pesq_wb": 3.0 - float(drop)} for drop in drops])
        alarms += judgement.verdict is not Verdict.ALTERED
    assert alarms <= 1


def test_a_setup_without_cells_says_so():
    judgement, worst = judge_setup([], [], Tolerances())
    assert (judgement.verdict, judgement.reasons, worst) == (Verdict.UNDEFINED, ("no cell was computed",), None)


def test_words_that_nobody_read_are_no_share_of_anything():
    unread = [cell.model_copy(update={"transcript": None}) for cell in cells("suspect", 0)]
    assert judge_setup(unread, cells("good", 0), Tolerances())[0].verdict is Verdict.ALTERED


@pytest.mark.parametrize(("most", "expected"), [(0.05, "degraded"), (0.049, "corrupt")])
def test_words_are_changed_beyond_their_share_and_not_at_it(most, expected):
    suspects = cells("suspect", 0, Verdict.DEGRADED, stoi=0.9)
    lost = Transcript(text="", hits=9, substitutions=3, deletions=0, insertions=0)  # 3 of 60
    suspects[1] = suspects[1].model_copy(update={"transcript": lost})
    judgement, _ = judge_setup(suspects, cells("good", 0), Tolerances(corpus_word_share=most))
    assert judgement.verdict == expected


def test_the_mean_quality_of_another_codec_judges_nothing():
    lower = [cell.model_copy(update={"measurements": measured(pesq_wb=2.8)}) for cell in cells("suspect", 0)]
    assert judge_setup(lower, cells("good", 0), Tolerances())[0].verdict is Verdict.DEGRADED
    assert judge_setup(lower, cells("good", 0), Tolerances(), one_codec=False)[0].verdict is Verdict.ALTERED


def test_of_many_that_stick_out_three_are_named():
    judgement, _ = corpus(*[{"word_errors": 0.0}] * 30, *[{"word_errors": 3.0, "pesq_wb": 2.8}] * 5)
    assert judgement.reasons[-1].endswith("utt-30, utt-31, utt-32 and 2 more")


def test_of_two_that_are_as_bad_the_first_is_the_one_to_look_at():
    worse = {"verdict": Verdict.DEGRADED, "measurements": measured(stoi=0.9)}
    suspects = [one.model_copy(update=worse if at in (1, 3) else {}) for at, one in enumerate(cells("suspect", 0))]
    assert judge_setup(suspects, cells("good", 0), Tolerances())[1] == "utt-1"
