"""What is worse than the reference setup made it: a reason for each measurement beyond its tolerance, none at it."""

import pytest
from verdict.measured import measured

from harness.record import Verdict
from harness.verdict import Tolerances, judge
from harness.verdict.losses import Loss, borne_out, losses


def found(now=None, before=None, *, one_codec=True, **tolerances):
    return losses(measured(**now or {}), measured(**before or {}), Tolerances(**tolerances), one_codec=one_codec)


@pytest.mark.parametrize(
    ("at", "beyond", "said"),
    [
        ({"delay_ms": 1.0}, {"delay_ms": 1.1}, "delay changed by +1.1 ms"),
        ({"delay_ms": -1.0}, {"delay_ms": -1.1}, "delay changed by -1.1 ms"),
        ({"delay_jump_ms": 5.0}, {"delay_jump_ms": 5.1}, "the delay jumps by 5 ms more than before on the way"),
        ({"drift_ppm": 52.0}, {"drift_ppm": 53.0}, "the clock drifts: +51 ppm, slow"),
        ({"gain_db": 1.0}, {"gain_db": 1.1, "level_db": 1.3}, "level changed by +1.1 dB"),
        ({"level_swing_db": 2.0}, {"level_swing_db": 2.1}, "the level swings by 1.6 dB more than before"),
        ({"pause_noise_db": 6.0}, {"pause_noise_db": 6.1}, "noise in the pauses of the speech, 6 dB louder"),
        ({"pause_peak_db": 8.0}, {"pause_peak_db": 8.1}, "a burst of sound in the pauses of the speech, 6 dB"),
        ({"dropout_ms": 19.0}, {"dropout_ms": 20.0}, "20 ms of clear speech are missing, first at 0.90 s"),
        ({"glitch_ms": 15.0}, {"glitch_ms": 20.0, "glitch_s": 0.4}, "20 ms are another sound, first at 0.40 s"),
        ({"muted_ms": 40.0}, {"muted_ms": 50.0}, "50 ms of speech are muted at one go, from 0.90 s on"),
        ({"replaced_ms": 100.0}, {"replaced_ms": 120.0, "replaced_s": 1.0}, "120 ms of speech are another sound"),
        ({"clipped_ms": 5.0}, {"clipped_ms": 5.1}, "5 ms of flat tops"),
        ({"band_change_db": 9.0}, {"band_change_db": 9.1}, "the band around 2000 Hz is 6 dB further"),
        ({"wrapped_samples": 0.0}, {"wrapped_samples": 1.0}, "1 steps from one end of its range to the other"),
        ({"length_change_samples": 0.0}, {"length_change_samples": 1.0}, "1 samples more"),
    ],
)
def test_at_a_tolerance_nothing_is_lost_and_a_step_beyond_it_is_told(at, beyond, said):
    assert found(at) == []
    (loss,) = found(beyond)
    assert loss.reason.startswith(said)
    assert loss.stands


@pytest.mark.parametrize(
    ("now", "of_words"),
    [
        ({"delay_ms": 40.0}, False),
        ({"gain_db": -6.0, "level_db": -6.0}, False),
        ({"drift_ppm": 400.0}, False),
        ({"dropout_ms": 39.0}, False),  # shorter than any sound
        ({"dropout_ms": 40.0}, True),
        ({"muted_ms": 41.0}, True),
        ({"dropout_ms": 30.0, "muted_ms": 80.0}, True),
        ({"glitch_ms": 39.0}, False),
        ({"glitch_ms": 40.0}, True),
        ({"length_change_samples": -1.0}, True),
        ({"wrapped_samples": 1.0}, True),
        ({"stoi": 0.9}, True),
        ({"transcript_logp": -0.6}, True),
    ],
)
def test_only_what_can_take_a_word_away_bears_out_lost_words(now, of_words):
    assert [loss.of_words for loss in found(now)] == [of_words]


def test_what_is_muted_for_less_than_any_sound_takes_no_word_away():
    assert [loss.of_words for loss in found({"muted_ms": 30.0}, muted=20.0)] == [False]


@pytest.mark.parametrize(
    "name",
    ["delay_ms", "delay_jump_ms", "drift_ppm", "level_swing_db", "pause_noise_db", "pause_peak_db", "dropout_ms",
     "muted_ms", "replaced_ms", "clipped_ms", "band_change_db", "wrapped_samples", "length_change_samples", "polarity",
     "stoi", "pesq_wb", "transcript_logp"],
)  # fmt: skip
def test_what_is_undefined_now_or_was_is_no_loss(name):
    bad = {name: 900.0 if name not in ("stoi", "pesq_wb", "transcript_logp", "polarity") else -1.0}
    assert found(bad)
    assert found(bad, {name: "silent"}) == []
    assert found({name: "silent"}) == []
    assert found({name: "silent"}, bad) == []


def test_of_noise_and_bursts_in_pauses_one_is_told_and_what_is_not_heard_is_no_rise():
    (loss,) = found({"pause_noise_db": 30.0, "pause_peak_db": 40.0, "pause_peak_s": None})
    assert loss.reason == "noise in the pauses of the speech, 30 dB louder than before"
    assert found({"pause_noise_db": 5.0}, {"pause_noise_db": -60.0}) == []  # below 0 dB nothing is heard


def test_a_tolerance_of_nothing_for_dropouts_allows_none_and_accuses_nobody_of_none():
    assert found(dropout=0.0) == []
    assert [loss.reason for loss in found({"dropout_ms": 1.0}, dropout=0.0)] == [
        "1 ms of clear speech are missing, first at 0.90 s"
    ]


def test_speech_that_is_replaced_is_told_where_a_glitch_does_not_tell_of_it():
    assert len(found({"replaced_ms": 160.0, "glitch_ms": 160.0})) == 1
    assert len(found({"replaced_ms": 180.0, "glitch_ms": 160.0})) == 2
    assert len(found({"muted_ms": 160.0, "dropout_ms": 140.0})) == 1


@pytest.mark.parametrize(
    ("now", "sure"),
    [
        ({"pesq_wb": 2.8}, False),
        ({"pesq_wb": 2.8, "stoi": 0.9395}, True),  # half of its tolerance, and beyond
        ({"pesq_wb": 2.8, "stoi": 0.9405}, False),
        ({"pesq_wb": 2.8, "stoi": "silent"}, False),
        ({"pesq_wb": 2.65, "pesq_nb": 3.09}, True),  # both bands by two tolerances
        ({"pesq_wb": 2.71, "pesq_nb": 3.0}, False),
        ({"pesq_wb": 2.4}, True),  # beyond what it scatters
        ({"pesq_wb": 2.4, "pesq_wb_scatter": 0.3}, False),
        ({"pesq_wb": 2.8, "seam_snr_db": 20.0, "inside_snr_db": 30.1}, True),
        ({"pesq_wb": 2.8, "seam_snr_db": 20.0, "inside_snr_db": 30.0}, False),
    ],
)
def test_a_drop_of_pesq_counts_with_a_witness_or_beyond_its_scatter(now, sure):
    assert borne_out("pesq_wb", measured(**now), measured(), Tolerances()) is sure


def test_other_scores_need_no_witness():
    assert borne_out("stoi", measured(stoi=0.92), measured(), Tolerances())
    assert borne_out("pesq_wb", measured(pesq_wb="silent"), measured(), Tolerances())


def test_what_judges_comes_before_what_is_only_told():
    told = found({"pesq_wb": 2.8, "clipped_ms": 9.0})
    assert [loss.stands for loss in told] == [True, False]
    assert told[1].reason.endswith("within what this clip scatters by itself")


def test_of_another_codec_scores_are_told_and_the_output_is_held_against_the_uncoded_speech():
    told = found({"pesq_wb": 2.0, "delay_ms": 40.0, "glitch_ms": 80.0}, one_codec=False)
    assert [loss.reason for loss in told] == [
        "against the uncoded speech: 40 ms later than the codec declares",
        "PESQ-WB 2.00 instead of 3.00, which tells nothing of another codec",
    ]
    assert told[1] == Loss(told[1].reason, of_words=True, stands=False)


def test_a_polarity_of_a_reference_that_turns_itself_accuses_nobody():
    assert found({"polarity": -1.0}, {"polarity": 0.0}) == []
    assert [loss.reason for loss in found({"polarity": 1.0}, {"polarity": -1.0})] != []


def test_what_is_seen_in_the_signal_comes_before_the_scores_that_fall_by_it():
    worse = {"pesq_wb": 2.0, "stoi": 0.7, "delay_ms": 40.0, "length_change_samples": -640.0}
    first = [reason.partition(" ")[0] for reason in judge(measured(**worse), measured(), Tolerances()).reasons]
    assert first == ["delay", "640", "PESQ-WB", "STOI"]
    other = judge(measured(**worse), measured(), Tolerances(), one_codec=False).reasons
    assert other[0].startswith("against the uncoded speech: 40 ms later")


@pytest.mark.parametrize("before", [{"glitch_ms": 60.0, "glitch_s": 0.5}, {"glitch_ms": "other codes"}])
def test_a_glitch_is_one_whatever_the_reference_setup_is_held_against(before):
    """Each is against its own reference: what that gives against a third setup is no measure of it."""
    found = judge(measured(glitch_ms=60.0, glitch_s=2.0), measured(**before), Tolerances())
    assert found.verdict is Verdict.DEGRADED
    assert "60 ms are another sound" in found.reasons[0]


def test_missing_speech_that_is_not_told_hides_no_glitch():
    found = judge(measured(glitch_ms=30.0, glitch_s=2.0, dropout_ms=19.0), measured(), Tolerances())
    assert found.verdict is Verdict.DEGRADED


@pytest.mark.parametrize(
    ("follows", "level", "expected"), [(0.8, -0.6, "altered"), (0.8, -1.3, "degraded"), (0.95, -0.6, "degraded")]
)
def test_where_the_codec_does_not_follow_the_waveform_gain_is_level_only_if_the_speech_is_louder_too(
    follows, level, expected
):
    reference = measured(alignment_confidence=follows)
    moved = measured(alignment_confidence=follows - 0.05, gain_db=-1.4, level_db=0.1 + level)
    assert judge(moved, reference, Tolerances(), one_codec=True).verdict == expected
