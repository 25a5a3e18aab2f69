"""Finished cells: words against what is heard uncoded, a cell before it is judged, and its verdict."""

import pytest
from verdict.measured import measured

from harness.audio.utterance import NO_RECORDING
from harness.metrics.amplitude import LIMITS
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.record import Cell, Heard, Measurement, Transcript, Verdict, WordChange
from harness.runs.cells import judged, unjudged, varied, word_measurements
from harness.runs.comparing import Traced
from harness.verdict import Tolerances


def heard(wrong=(), words=4, logp=-0.2):
    changes = tuple(
        WordChange(kind="deleted" if place in wrong else "equal", reference=f"w{place}", heard="")
        for place in range(words)
    )
    found = Transcript(
        text="", changes=changes, hits=words - len(wrong), substitutions=0, deletions=len(wrong), insertions=0
    )
    return Heard(transcript=found, log_probability=Measurement.of(logp, "nat"))


DEAF = Heard(transcript=None, log_probability=Measurement.of(-1.0, "nat"), undefined="it is silent")


def test_words_that_are_wrong_uncoded_too_are_taken_off():
    found = word_measurements(heard(wrong=(1, 2, 3)), heard(wrong=(3,), logp=-0.1))
    assert (found["wer"].value, found["wer_floor"].value, found["wer_excess"].value) == (0.75, 0.25, 0.5)
    assert (found["word_errors"].value, found["reference_words"].value, found["words_in_a_row"].value) == (3, 4, 2)
    assert (found["transcript_logp"].value, found["transcript_logp_floor"].value) == (-0.2, -0.1)


def test_without_a_recording_what_needs_one_is_undefined_and_the_rest_is_not():
    found = word_measurements(heard(wrong=(1,)), None)
    missing = {name for name, one in found.items() if one.value is None}
    assert missing == {"transcript_logp_floor", "wer_floor", "wer_excess"}
    assert {found[name].undefined for name in missing} == {NO_RECORDING}
    assert found["wer"].value == 0.25


@pytest.mark.parametrize(
    ("own", "floor", "why"),
    [
        (DEAF, heard(), "it is silent"),
        (heard(), DEAF, "it is silent"),
        (DEAF.model_copy(update={"undefined": None}), heard(), "there is no transcript"),
        (DEAF.model_copy(update={"undefined": "first"}), DEAF, "first"),
    ],
)
def test_without_a_transcript_all_of_words_is_undefined_but_the_likelihood(own, floor, why):
    found = word_measurements(own, floor)
    assert set(found) == {row.name for row in METRICS.values() if row.family is MetricFamily.WORDS}
    assert {name for name, one in found.items() if one.value is not None} == {
        "transcript_logp",
        "transcript_logp_floor",
    }
    assert {one.undefined for one in found.values() if one.value is None} == {why}


def cell(setup="c/other", **changes):
    return unjudged(Traced(setup), "u", "key", measured(**changes), None, None)


def test_a_cell_that_is_not_judged_says_so_and_has_what_was_measured_by_name():
    traced = Traced("s", said=("said",), seconds=2.0, delay_seconds=0.5)
    found = unjudged(
        traced, "u", "key", {"stoi": Measurement.of(1, ""), "level_db": Measurement.of(0, "")}, heard(), "a"
    )
    assert (found.verdict, found.reasons, found.masked) == (Verdict.UNDEFINED, ("not judged yet",), False)
    assert list(found.measurements) == ["level_db", "stoi"]
    assert (found.first_diverging_frame, found.frame_error_db, found.codes_differ) == (None, (), ())
    assert (found.transcript, found.audio, found.said) == (heard().transcript, "a", ("said",))
    assert (found.seconds_codec, found.delay_seconds) == (2.0, 0.5)


def test_a_cell_without_variants_is_the_same_one():
    one = cell()
    assert varied(one, {}, {}) is one
    found = varied(one, {}, {"+0.02 dB": "no more"})
    assert found.broken_variants
    assert "no more" in found.broken_variants[0]
    moved = varied(one, {"+0.02 dB": measured(stoi=0.9)}, {})
    assert moved.variants["stoi"] == (0.9, 0.95)


def test_a_cell_that_failed_and_one_whose_reference_did_have_no_verdict():
    reference, failing = cell("c/shared"), cell().model_copy(update={"failure": "no more", "masked": True})
    found = judged(failing, reference, Tolerances())
    assert (found.verdict, found.reasons, found.masked) == (Verdict.UNDEFINED, ("no more",), False)
    gone = reference.model_copy(update={"failure": "gone"})
    assert judged(cell(), gone, Tolerances()).reasons == ("the reference setup c/shared failed: gone",)
    assert judged(failing, gone, Tolerances()).reasons == ("no more",)  # its own comes first


def test_a_reference_setup_is_held_against_the_speech_and_others_against_it():
    plain, quiet = cell("c/shared"), cell("c/shared", level_db=-20.0)
    assert judged(plain, plain, Tolerances()).reasons == ("the reference setup",)
    assert judged(quiet, quiet, Tolerances()).verdict is Verdict.DEGRADED
    assert judged(cell(level_db=-20.0), quiet, Tolerances()).verdict is Verdict.ALTERED
    assert judged(cell(gain_db=-6.0), plain, Tolerances()).verdict is Verdict.DEGRADED


def test_a_variant_on_which_it_breaks_makes_a_reference_degraded_and_no_other_setup():
    broken = {"broken_variants": ("it fails",)}
    reference = cell("c/shared").model_copy(update=broken)
    found = judged(reference, reference, Tolerances())
    assert (found.verdict, found.reasons) == (Verdict.DEGRADED, ("it fails",))
    other = judged(cell().model_copy(update=broken), reference, Tolerances())
    assert (other.verdict, "it fails" in other.reasons) == (Verdict.ALTERED, False)


def test_what_is_to_be_said_beside_stands_before_the_reasons():
    one = cell("c/shared").model_copy(update={"said": ("first",)})
    assert judged(one, one, Tolerances()).reasons == ("first", "the reference setup")


@pytest.mark.parametrize(("clipped", "masked"), [(0.0, True), (1.0, False)])
def test_other_words_are_masked_where_no_statistic_of_amplitude_would_alarm(clipped, masked):
    statistics = dict.fromkeys(LIMITS, 0.0)
    first = next(iter(LIMITS))
    wrong = {"word_errors": 9.0, "transcript_logp": -3.0}
    found = judged(cell(**wrong, **statistics | {first: clipped * LIMITS[first] * 2}), cell("c/shared"), Tolerances())
    assert found.verdict is Verdict.CORRUPT
    assert found.masked == masked
    same: Cell = judged(cell(**statistics), cell("c/shared"), Tolerances())
    assert not same.masked
