import re
from typing import Any

import pytest
from verdict.measured import measured

from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Better
from harness.record import Verdict
from harness.verdict import Tolerances, judge
from harness.verdict.cell import changes_words
from harness.verdict.tolerances import QUALITY

UNSCORED = {"pesq_wb": None, "pesq_nb": None, "stoi": None}
LONG = {"reference_words": 119.0, "word_errors": 9.0, "transcript_logp": "over 30 s", "words_in_a_row": 8.0}
UNWITNESSED = dict.fromkeys((row.name for row in QUALITY), None) | {"transcript_logp": None}


def verdict(**changes):
    return judge(measured(**changes), measured(), Tolerances())


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({"codes_equal": 1.0, "pcm_equal": 1.0}, "identical", "^bit for bit the reference setup's output$"),
        ({"pcm_equivalent": 1.0, "max_abs_difference": 3e-7}, "equivalent", "3.0e-07"),
        ({}, "altered", "30 dB below"),
        ({"pesq_wb": 2.9}, "altered", "neither quality nor words"),
        ({"pesq_wb": 2.8}, "altered", "PESQ-WB 2.80 instead of 3.00, within what this clip scatters"),
        ({"pesq_wb": 2.4}, "degraded", "PESQ-WB 2.40 instead of 3.00"),
        ({"pesq_wb": 2.4, "pesq_wb_scatter": 0.2}, "altered", "within what this clip scatters"),
        ({"pesq_wb": 2.8, "stoi": 0.935}, "degraded", "PESQ-WB 2.80 instead of 3.00"),
        ({"pesq_wb": 2.8, "transcript_logp": -0.4}, "degraded", "PESQ-WB 2.80 instead of 3.00"),
        ({"pesq_wb": 2.8, "pesq_nb": 3.2}, "altered", "within what this clip scatters"),
        ({"pesq_wb": 2.65, "pesq_nb": 3.05}, "degraded", "PESQ-NB 3.05 instead of 3.40"),
        ({"stoi": 0.92}, "degraded", "STOI 0.920 instead of 0.950"),
        ({"gain_db": -6.0, "level_db": -5.9}, "degraded", "level changed by -6.0 dB"),
        ({"gain_db": -2.6}, "degraded", r"gain changed by -2.6 dB, the level of the speech by \+0.0 dB"),
        ({"polarity": -1.0}, "degraded", "polarity is inverted"),
        ({"polarity": 0.0, "polarity_turn_s": 1.6}, "degraded", "polarity turns around 1.60 s"),
        ({"delay_ms": 40.0}, "degraded", r"delay changed by \+40.0 ms"),
        ({"length_change_samples": -640.0}, "degraded", "640 samples fewer"),
        ({"replaced_ms": 160.0, "replaced_s": 1.5}, "degraded", "160 ms of speech are another sound, from 1.50 s on"),
        ({"replaced_ms": 100.0, "replaced_s": 1.5}, "altered", "neither"),
        ({"delay_jump_ms": 30.0}, "degraded", "the delay jumps by 30 ms more than before on the way"),
        ({"delay_jump_ms": 4.0}, "altered", "neither"),
        ({"drift_ppm": 437.0}, "degraded", r"the clock drifts: \+435 ppm, slow"),
        ({"drift_ppm": -60.0}, "degraded", "-62 ppm, fast"),
        ({"drift_ppm": 40.0}, "altered", "neither"),
        ({"drift_ppm": "too little speech"}, "altered", "neither"),
        ({"gain_db": "another waveform", "level_db": -6.0}, "degraded", "level changed by -6.1 dB"),
        ({"pause_noise_db": 9.0}, "degraded", "noise in the pauses of the speech, 9 dB louder than before"),
        ({"pause_noise_db": 9.0, "pause_peak_s": None}, "degraded", "9 dB louder than before$"),
        (
            {"pause_noise_db": -12.0, "pause_peak_db": 30.0},
            "degraded",
            "a burst of sound .* 28 dB .* loudest at 0.50 s",
        ),
        ({"pause_noise_db": 2.9, "pause_peak_db": 7.9}, "altered", "neither"),
        ({"pause_noise_db": "no pause", "pause_peak_db": "no pause"}, "altered", "neither"),
        ({"dropout_ms": 60.0}, "degraded", "60 ms of clear speech are missing, first at 0.90 s"),
        ({"dropout_ms": 10.0}, "altered", "neither"),
        (
            {"glitch_ms": 25.0, "glitch_s": 1.2},
            "degraded",
            "25 ms are another sound, first at 1.20 s, and the output is the same before and after",
        ),
        ({"glitch_ms": 15.0, "glitch_s": 1.2}, "altered", "neither"),
        ({"glitch_ms": "other codes", "glitch_s": "other codes"}, "altered", "neither"),
        ({"glitch_ms": 65.0, "glitch_s": 0.9, "dropout_ms": 50.0}, "degraded", "^50 ms of clear speech.*0.90 s$"),
        ({"word_errors": 3.0, "glitch_ms": 25.0}, "degraded", "another sound.*the recogniser wavers"),
        ({"word_errors": 3.0, "glitch_ms": 60.0}, "corrupt", "2 of 12 words are wrong"),
        ({"level_swing_db": 3.5}, "degraded", "the level swings by 3.0 dB more than before, furthest off around 0.7"),
        ({"level_swing_db": 1.9}, "altered", "neither"),
        ({"clipped_ms": 9.0}, "degraded", "9 ms of flat tops"),
        ({"band_change_db": 9.5}, "degraded", "the band around 2000 Hz is 6 dB further from the uncoded speech"),
        ({"band_change_db": 8.9}, "altered", "neither"),
        ({"band_change_db": "too little", "band_change_hz": "too little"}, "altered", "neither"),
        ({"wrapped_samples": 2.0}, "degraded", "samples wrap round"),
        ({"level_db": "the output is silent", "pesq_wb": "silent", "stoi": "silent"}, "corrupt", "no speech comes out"),
        ({"transcript_logp": -0.6}, "degraded", "0.40 nat/token less likely"),
        ({"word_errors": 2.0}, "altered", "neither"),
        (
            {"word_errors": 3.0},
            "altered",
            "2 of 12 words .* quality and likelihood are not worse",
        ),
        ({"word_errors": 3.0, "stoi": 0.9}, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0, "dropout_ms": 20.0}, "degraded", "20 ms of clear speech.*the recogniser wavers"),
        ({"word_errors": 3.0, "dropout_ms": 60.0}, "corrupt", "2 of 12 words are wrong"),
        ({"word_errors": 3.0, "gain_db": -6.0}, "degraded", "gain changed by -6.0 dB"),
        ({"word_errors": 3.0, "length_change_samples": -640.0}, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0} | UNWITNESSED, "corrupt", "2 of 12 words"),
        ({"word_errors": 3.0, "transcript_logp": "over 30 s"}, "corrupt", "2 of 12 words"),
        ({"word_errors": 2.0, "transcript_logp": -0.6}, "corrupt", "1 of 12 words wrong .* 0.40 nat/token"),
        ({"word_errors": 6.0, "pesq_wb": "silent"}, "corrupt", "5 of 12"),
        (
            LONG | {"dropout_ms": 1400.0},
            "corrupt",
            "8 words in a row are wrong, at most 0 through the reference setup",
        ),  # a sentence of a long recording
        (LONG | {"stoi": 0.9}, "corrupt", "8 words in a row are wrong"),
        (LONG, "altered", "neither"),
        (LONG | {"words_in_a_row": 4.0, "dropout_ms": 60.0}, "degraded", "60 ms of clear speech"),
        (LONG | {"word_errors": 5.0, "dropout_ms": 60.0}, "degraded", "60 ms of clear speech"),
        (
            {"pesq_wb": "the degraded signal is silent"},
            "undefined",
            "pesq_wb is undefined: the degraded signal is silent",
        ),
        ({"pesq_wb": 2.8, "seam_snr_db": 5.0, "inside_snr_db": 37.0}, "degraded", "PESQ-WB 2.80 instead of 3.00$"),
        ({"pesq_wb": 2.8, "seam_snr_db": 25.0, "inside_snr_db": 30.0}, "altered", "what this clip scatters"),
        ({"seam_snr_db": 5.0, "inside_snr_db": 37.0}, "altered", "neither quality nor words are measurably worse"),
        ({"word_errors": "no transcript"}, "undefined", "word_errors is undefined"),
        ({"word_errors": None, "wer_floor": None}, "altered", "quality is not measurably worse; words were not scored"),
        ({"word_errors": 9.0, "wer_floor": 0.6}, "altered", "the words cannot be read even uncoded"),
        (UNSCORED, "altered", r"below the speech\), but words are not measurably worse; quality was not scored$"),
        (UNSCORED | {"word_errors": None}, "altered", r"speech\); quality was not scored; words were not scored$"),
    ],
)
def test_the_ladder(changes, expected, reason):
    judgement = verdict(**changes)
    assert judgement.verdict == expected
    assert re.search(reason, "; ".join(judgement.reasons))


@pytest.mark.parametrize(("name", "before", "now"), [("stoi", 0.75, 0.5), ("transcript_logp", -0.25, -0.5)])
def test_what_is_lost_to_the_bit_of_a_tolerance_is_within_it(name, before, now):
    lost, tolerance = before - now, METRICS[name].tolerance
    assert tolerance is not None
    for tolerated, expected in ((lost, Verdict.ALTERED), (lost * 0.99, Verdict.DEGRADED)):
        tolerances = Tolerances(**{tolerance.name: tolerated})
        found = judge(measured(**{name: now}), measured(**{name: before}), tolerances)
        assert found.verdict is expected


def test_one_word_counts_when_likelihood_is_beyond_its_tolerance_and_not_at_it():
    told = measured(word_errors=2.0, transcript_logp=-0.5), measured(transcript_logp=-0.25)
    within = judge(*told, Tolerances.model_validate({"logp_drop": 0.25}))
    assert within.verdict is Verdict.ALTERED
    assert not [reason for reason in within.reasons if "words wrong" in reason]
    assert judge(*told, Tolerances.model_validate({"logp_drop": 0.24})).verdict is Verdict.CORRUPT


def test_what_is_told_and_does_not_judge_is_not_called_unmeasurable():
    assert "neither quality nor words are surely worse" in verdict(pesq_wb=2.8).reasons[0]
    assert "neither quality nor words are measurably worse" in verdict().reasons[0]


def test_better_than_the_reference_is_not_a_fault():
    assert verdict(pesq_wb=3.6, stoi=0.99, word_errors=0.0).verdict is Verdict.ALTERED


def test_of_another_codec_quality_is_told_and_does_not_judge():
    """Over 112 stimuli with human ratings, PESQ and STOI rank different codecs at chance."""
    other = judge(measured(pesq_wb=1.5, stoi=0.8), measured(), Tolerances(), one_codec=False)
    assert other.verdict is Verdict.ALTERED
    assert "PESQ-WB 1.50 instead of 3.00, which tells nothing of another codec" in other.reasons
    late = judge(measured(pesq_wb=1.5, delay_ms=40.0), measured(), Tolerances(), one_codec=False)
    assert late.verdict is Verdict.DEGRADED
    assert "against the uncoded speech: 40 ms later than the codec declares" in late.reasons
    assert judge(measured(gain_db=-1.2), measured(), Tolerances(), one_codec=False).verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    ("changes", "alone"),
    [
        ({"word_errors": 3.0, "stoi": 0.9}, "degraded"),  # likely to the recogniser as before: it may waver
        ({"word_errors": 3.0, "pesq_wb": 2.8}, "altered"),  # two wavering witnesses
        ({"word_errors": 3.0, "stoi": 0.9, "transcript_logp": -0.6}, "corrupt"),
        ({"word_errors": 3.0, "stoi": 0.9, "transcript_logp": None}, "corrupt"),  # not asked: nothing clears it
        ({"word_errors": 7.0, "stoi": 0.9}, "corrupt"),  # half of the words
        ({"word_errors": 3.0, "length_change_samples": -640.0}, "corrupt"),
        ({"stoi": 0.9}, "degraded"),
        ({}, "altered"),
    ],
)
def test_what_one_utterance_proves_of_its_setup(changes, alone):
    assert verdict(**changes).alone == alone


def test_every_measurement_is_judged_or_says_why_not():
    """Moving a judged measurement far enough moves the verdict; one that is not judged has a reason."""
    far = {"word_errors": 11.0, "polarity": -1.0, "stoi": 0.1, "pesq_wb": 1.1, "pesq_nb": 1.1, "transcript_logp": -5.0}
    support = {
        "codes_equal",
        "codes_tie",
        "pcm_equal",
        "pcm_equivalent",
        "wer_floor",
        "words_in_a_row",  # with word errors
        "pesq_wb_scatter",
        "pesq_nb_scatter",
    }
    for name, row in METRICS.items():
        if name in support:
            continue
        changes: dict[str, Any] = {"gain_db": "none"} if name == "level_db" else {}
        changes |= {"stoi": 0.9} if name == "word_errors" else {}
        if name not in changes:
            changes |= {name: far.get(name, -900.0 if row.better is Better.HIGHER else 900.0)}
        moved = verdict(**changes)
        assert (moved.verdict is not Verdict.ALTERED) != bool(row.unjudged), name


@pytest.mark.parametrize(("codes", "said"), [(1.0, "signs of zero only"), (0.0, "equal samples from other codes")])
def test_equal_samples_that_are_not_equal_bits_are_told_by_what_differs(codes, said):
    judged = verdict(codes_equal=codes, pcm_equal=0.0, pcm_equivalent=1.0, max_abs_difference=0.0)
    assert (judged.verdict, judged.reasons) == (Verdict.EQUIVALENT, (said,))


@pytest.mark.parametrize("lost", [{"dropout_ms": 1400.0}, {"glitch_ms": 60.0}, {"length_change_samples": -640.0}])
def test_a_lost_sentence_changes_words_by_whatever_bears_it_out(lost):
    assert changes_words(measured(**LONG | lost), measured(), Tolerances())
    assert not changes_words(measured(**LONG), measured(), Tolerances())
