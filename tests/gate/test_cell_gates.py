"""Gates as pure functions: raw accepted value plus a named slack, bits first, words against the uncoded floor."""

from dataclasses import replace

import pytest
from gate.accepted_cells import cell, context, gate

from harness.record import Expectation, Verdict


def test_the_same_bits_pass_whatever_was_measured():
    assert gate(cell(pcm="c" * 64, pesq_wb=1.0)).exact
    assert gate(cell(pcm="c" * 64, pesq_wb=1.0)).passed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pesq_wb": 1.9}, "PESQ-WB 1.9, accepted 2.4, gate >= 2.25"),
        ({"pesq_wb": 2.24, "stoi": 0.935}, "PESQ-WB 2.24, accepted 2.4, gate >= 2.25"),
        ({"stoi": 0.92}, "STOI 0.92, accepted 0.95, gate >= 0.93"),
        ({"gain_db": -6.0}, "gain changed by -6 dB"),
        ({"delay_ms": 20.0}, "delay changed by +20 ms"),
        ({"polarity": -1.0}, "polarity is inverted"),
        ({"length_change_samples": -1.0}, "length changed by -1 samples"),
        ({"transcript_logp": -0.6}, "likelihood of the words said"),
        ({"word_errors": 3.0, "transcript_logp": -0.6}, "word errors beyond the uncoded speech's 3, accepted 1, gate"),
        ({"level_swing_db": 2.5}, "swing of the level 2.5 dB, accepted 0.5, gate <= 2"),
        ({"pesq_wb": "silent"}, "PESQ-WB is undefined and was not: silent"),
    ],
)
def test_one_step_beyond_its_slack_each_measurement_fails(changes, reason):
    failures = gate(cell(**changes)).failures
    assert any(reason in failure for failure in failures), failures


def test_words_that_nothing_else_bears_out_are_the_recognisers_wavering():
    assert gate(cell(word_errors=3.0)).passed
    assert not gate(cell(word_errors=3.0, dropout_ms=60.0), context(dropout_ms=0.0)).passed
    assert not gate(cell(word_errors=3.0, transcript_logp="no tokens")).passed  # nothing is there to clear them


def test_gain_that_cannot_be_told_of_a_codec_that_hardly_follows_is_asked_of_the_level():
    def judged(follows, level):
        about = context(alignment_confidence=follows, gain_db=-4.6, level_db=-2.5)
        lost = "the waveforms do not correlate (0.66, wanted 0.7): another waveform"
        return gate(cell(gain_db=lost, polarity=lost, level_db=level), about)

    assert judged(0.78, -3.3).passed
    assert any("level of the speech changed by -1.5 dB" in failure for failure in judged(0.78, -4.0).failures)
    failures = judged(0.95, -2.5).failures
    assert any("gain is undefined and was not" in failure for failure in failures), failures
    assert any("polarity is undefined and was not" in failure for failure in failures), failures


def test_within_every_slack_it_passes_and_says_how_near():
    gated = gate(cell(pesq_wb=2.26, stoi=0.935, gain_db=0.9))
    assert gated.passed
    assert gated.margin == pytest.approx(0.01 / 0.15, abs=0.01)


def test_gates_are_derived_from_the_raw_worst_case_of_calibration():
    assert gate(cell(pesq_wb=2.16), context(pesq_wb=(2.3, 2.4))).passed
    assert gate(cell(pesq_wb=2.14), context(pesq_wb=(2.3, 2.4))).passed  # which scatters by itself
    assert not gate(cell(pesq_wb=2.14, stoi=0.935), context(pesq_wb=(2.3, 2.4))).passed
    assert gate(cell(gain_db=1.4), context(gain_db=(-0.5, 0.5))).passed


def test_a_calibrated_exact_cell_must_give_the_same_bits_on_the_same_class_of_machine():
    assert gate(cell(), context(runs=1)).passed
    assert gate(cell(), context(runs=3)).failures[0].startswith("it must give the same bits: 3 runs did")
    elsewhere = gate(cell(), context(runs=3, machine={"architecture": "aarch64"}))
    assert elsewhere.passed
    assert "architecture x86_64 -> aarch64" in elsewhere.notes[0]


def threaded(options, now, runs=3):
    about = context(runs=runs)
    codec = about.codecs["mine"].model_copy(update={"options": options, "fingerprint": now})
    return replace(about, codecs={"mine": codec})


def test_another_number_of_threads_is_no_other_codec_and_demands_no_bits():
    gated = gate(cell(), threaded({"threads": 1}, "f:1"))
    assert gated.failures[0].startswith("it must give the same bits")
    gated = gate(cell(), threaded({"threads": 4}, "f:4"))
    assert gated.passed
    assert gated.notes == ("bits are not compared on another number of threads (4 instead of 1)",)
    assert gate(cell(), threaded({}, "g:1:4")).passed
    assert not gate(cell(pesq_wb=1.0), threaded({"threads": 4}, "f:4")).passed


def test_another_fingerprint_demands_no_bits_and_judges_what_was_measured():
    newer = threaded({}, "f:2")
    assert gate(cell(), threaded({}, "f:1")).failures[0].startswith("it must give the same bits")
    assert gate(cell(), newer).passed
    worse = gate(cell(pesq_wb=1.7), newer)
    assert worse.failures[0].startswith("PESQ-WB 1.7")  # by which causes are told apart
    assert worse.failures[1].startswith("mine is another codec than was accepted")
    assert worse.failures[1].endswith(": 2 instead of 1")


def test_a_codec_that_declares_something_else_fails_though_nothing_moved():
    about = context()
    other = about.codecs["mine"].model_copy(update={"delay": 320})
    gated = gate(cell(), replace(about, codecs={"mine": other}))
    assert gated.failures[0] == "mine declares something else than was accepted: delay is 320, accepted 0"


def test_words_are_not_gated_where_the_recogniser_cannot_read_the_uncoded_speech():
    gated = gate(cell(wer_floor=0.6, word_errors=10.0), context(wer_floor=0.6))
    assert gated.passed
    assert gated.notes == ("one: the recogniser cannot read it uncoded, so its words are not gated",)


def test_the_recognisers_own_errors_do_not_count():
    assert gate(cell(wer_floor=0.4, word_errors=5.0)).passed


def test_a_new_repetition_loop_is_a_finding_of_its_own():
    assert (
        "the recogniser's text is newly doubtful: repetition loop" in gate(cell(findings=("repetition loop",))).failures
    )


def test_other_speech_and_unknown_cells_fail():
    about = context()
    assert "never accepted" in gate(cell("six"), about).failures[0]
    about.speech["one"] = "t" * 64
    assert "reference speech is another" in gate(cell(), about).failures[0]


def test_another_transcript_fails_though_nothing_else_moved():
    for bits in ({}, {"pcm": "c" * 64}):
        said = "the transcript is another than was accepted (9 words, accepted 10)"
        assert gate(cell(reference_words=9.0, **bits)).failures[0].startswith(said)
        said = "the recogniser could read it uncoded when it was accepted, and cannot now: the transcript is another"
        assert gate(cell(wer_floor=0.6, **bits)).failures[0].startswith(said)
        assert gate(cell(wer_floor=0.6, **bits), context(machine={"architecture": "arm64"})).passed  # it may waver


def test_words_that_are_undefined_now_fail_and_accuse_no_transcript():
    lost = dict.fromkeys(("wer_floor", "reference_words", "word_errors"), "the output contains NaN")
    for bits in ({}, {"pcm": "c" * 64}):
        gated = gate(cell(**lost, pesq_wb="the output contains NaN", **bits))
        assert not gated.passed
        assert "the words are undefined and were not: the output contains NaN" in gated.failures
        assert not any("transcript" in failure for failure in gated.failures)
    assert any("PESQ-WB is undefined" in one for one in gate(cell(**lost, pesq_wb="NaN")).failures)
    assert not gate(cell(**lost), expectation=Expectation(at_most=Verdict.DEGRADED)).passed
    assert not gate(cell(**lost), context(machine={"architecture": "arm64"})).passed  # that undefines no words


def test_a_known_bad_control_is_not_gated_on_change():
    assert gate(cell(pesq_wb=1.1), expectation=Expectation(at_most=Verdict.DEGRADED)).passed


def test_a_codec_without_codes_is_exact_by_its_pcm():
    about = context()
    setups = about.baseline.setups
    accepted = setups["mine/shared"].utterances["one"].model_copy(update={"codes": ""})
    setups["mine/shared"].utterances["one"] = accepted
    assert gate(cell(codes=None, pcm="c" * 64), about).exact
    assert not gate(cell(codes=None), about).exact


def test_what_fails_is_noted_and_tabled_all_the_same():
    gated = gate(cell(pesq_wb=1.0), context(runs=3, machine={"architecture": "aarch64"}))
    assert not gated.passed
    assert gated.notes == ("bits are not compared on another class of machine (architecture x86_64 -> aarch64)",)
    assert [row.metric for row in gated.rows if not row.passed] == ["pesq_wb"]


def test_a_glitch_fails_and_where_codes_are_other_ones_nothing_is_asked():
    about = context(glitch_ms=0.0)
    assert gate(cell(glitch_ms=15.0), about).passed
    assert any("glitches 25 ms, accepted 0, gate <= 15" in one for one in gate(cell(glitch_ms=25.0), about).failures)
    assert gate(cell(glitch_ms="other codes"), about).passed
    assert gate(cell(glitch_ms=25.0), context(glitch_ms="other codes")).passed  # nothing was accepted


def test_other_bits_without_a_score_that_was_accepted_fail():
    without = cell()
    measured = {name: one for name, one in without.measurements.items() if name != "stoi"}
    (failure,) = [one for one in gate(without.model_copy(update={"measurements": measured})).failures if "STOI" in one]
    assert failure == "measured when it was accepted and not now: STOI"
    assert gate(cell()).passed
