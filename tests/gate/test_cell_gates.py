"""Gates as pure functions: raw accepted value plus a named slack, bits first, words against the uncoded floor."""

from dataclasses import replace
from typing import Any

import pytest

from harness.gate.baseline import AcceptedCell, AcceptedCodec, AcceptedSetup, Baseline
from harness.gate.cell_gates import gate_cell
from harness.gate.context import Context
from harness.gate.setup_gates import gate_setup
from harness.gate.what_changed import differing_parts, first_difference, shifted
from harness.record import Cell, CodecRecord, Expectation, Measurement, SetupRecord, Transcript, Verdict
from harness.verdict import Tolerances

GOOD = {
    "pesq_wb": 2.4, "pesq_nb": 3.4, "stoi": 0.95, "transcript_logp": -0.2, "gain_db": 0.0, "delay_ms": 0.0,
    "polarity": 1.0, "length_change_samples": 0.0, "word_errors": 1.0, "wer_floor": 0.0, "reference_words": 10.0,
}  # fmt: skip
MACHINE = {"architecture": "x86_64"}
UTTERANCES = ["one", "two", "three", "four", "five"]


def cell(utterance="one", pcm="b" * 64, codes="a" * 64, findings=(), **changes):
    values = GOOD | changes
    return Cell(
        setup="mine/shared",
        utterance=utterance,
        key="k",
        verdict=Verdict.IDENTICAL,
        reasons=(),
        masked=False,
        first_diverging_frame=None,
        measurements={
            name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "1")
            for name, value in values.items()
        },
        transcript=Transcript(text="", hits=9, substitutions=1, deletions=0, insertions=0, findings=findings),
        codes_sha256=codes,
        pcm_sha256=pcm,
    )


def context(runs=1, machine=MACHINE, tolerances=None, **changes):
    accepted = AcceptedCell(runs=runs, codes="a" * 16, pcm="c" * 16, frames="abcdefghijklmnop", measured=GOOD | changes)
    codec: dict[str, Any] = {"sample_rate": 16000, "frame_size": 320, "codebooks": 8, "bins": 256, "delay": 0}
    baseline = Baseline(
        suite="mine",
        created="2026-01-01T00:00:00+00:00",
        harness="0",
        commit=None,
        run="r",
        machine=MACHINE,
        seeds={},
        measures=(1, 1),
        scorers={},
        recogniser={},
        codecs={"mine": AcceptedCodec(fingerprint="f:1", **codec)},
        speech=dict.fromkeys(UTTERANCES, "s" * 16),
        setups={
            "mine/shared": AcceptedSetup(
                reference="mine/shared", verdict=Verdict.IDENTICAL, utterances=dict.fromkeys(UTTERANCES, accepted)
            )
        },
    )
    now = CodecRecord(
        name="mine", adapter="m", options={}, fingerprint="f:1", stateful=True, tolerance=0, description="", **codec
    )
    speech = dict.fromkeys(UTTERANCES, "s" * 64)
    return Context(baseline, machine, {"mine": now}, tolerances or Tolerances(), speech)


def gate(one, about=None, expectation=Expectation(), digits="abcdefghijklmnop"):  # noqa: B008  frozen
    return gate_cell(about or context(), one, "mine", expectation, digits)


def test_the_same_bits_pass_whatever_was_measured():
    assert gate(cell(pcm="c" * 64, pesq_wb=1.0)).exact
    assert gate(cell(pcm="c" * 64, pesq_wb=1.0)).passed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pesq_wb": 1.9}, "PESQ-WB 1.9, accepted 2.4, gate >= 2.25"),
        ({"pesq_wb": 2.24, "stoi": 0.935}, "PESQ-WB 2.24, accepted 2.4, gate >= 2.25"),
        ({"stoi": 0.92}, "STOI 0.92, accepted 0.95, gate >= 0.93"),
        ({"gain_db": -6.0}, "level changed by -6 dB"),
        ({"delay_ms": 20.0}, "delay changed by +20 ms"),
        ({"polarity": -1.0}, "polarity is inverted"),
        ({"length_change_samples": -1.0}, "length changed by -1 samples"),
        ({"transcript_logp": -0.6}, "likelihood of the words said"),
        ({"word_errors": 3.0}, "word errors beyond the uncoded speech's 3, accepted 1, gate <= 2"),
        ({"pesq_wb": "silent"}, "PESQ-WB is undefined and was not: silent"),
    ],
)
def test_one_step_beyond_its_slack_each_measurement_fails(changes, reason):
    failures = gate(cell(**changes)).failures
    assert any(reason in failure for failure in failures), failures


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


def test_other_libraries_are_another_machine_and_not_another_codec():
    assert differing_parts("mini:1:torch-2.13.0+cpu:moshi-0.2.13:w", "mini:1:torch-2.12.1:moshi-0.2.12:w") == []
    assert differing_parts("mini:1:torch-2.13.0:w", "mini:1:torch-2.13.0:v") == [("w", "v")]
    assert differing_parts("a:net-1.1", "a:net-1.0") == [("net-1.1", "net-1.0")]
    assert differing_parts("a:1:2", "a:1") == [("a:1:2", "a:1")]


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
    assert worse.failures[0].startswith("mine is another codec than was accepted")
    assert worse.failures[0].endswith(": 2 instead of 1")
    assert any("PESQ-WB 1.7" in failure for failure in worse.failures)


def test_a_codec_that_declares_something_else_fails_though_nothing_moved():
    about = context()
    other = about.codecs["mine"].model_copy(update={"delay": 320})
    gated = gate(cell(), replace(about, codecs={"mine": other}))
    assert gated.failures[0] == "mine declares something else than was accepted: delay is 320, accepted 0"


def test_words_are_not_gated_where_the_recogniser_cannot_read_the_uncoded_speech():
    gated = gate(cell(wer_floor=0.6, word_errors=10.0))
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


def test_a_known_bad_control_is_not_gated_on_change():
    assert gate(cell(pesq_wb=1.1), expectation=Expectation(at_most=Verdict.DEGRADED)).passed


def test_frames_that_come_late_are_recognised_as_that():
    accepted = "abcdefghijklmnopqrstuvwxyz"
    assert shifted("0" + accepted[:-1], accepted) == 1
    assert shifted(accepted[2:] + "00", accepted) == -2
    assert shifted(accepted, accepted[::-1]) == 0
    assert first_difference(accepted, accepted) is None
    assert first_difference("abcX", "abcdef") == 3
    assert first_difference("abc", "abcdef") == 3


def setup(**changes):
    values: dict[str, Any] = {
        "name": "mine/shared", "codec": "mine", "topology": "shared", "reference": "mine/shared", "is_reference": True,
        "factors": {}, "diagram": "", "expectation": Expectation(), "verdict": Verdict.IDENTICAL, "met": True,
        "masked": 0, "reasons": (), "worst_utterance": None, "corpus": {},
    }  # fmt: skip
    return SetupRecord(**(values | changes))


def test_means_fail_when_all_utterances_fell_a_little_and_no_single_one_far():
    cells = [cell(name, pesq_wb=2.4 - drop) for name, drop in zip(UTTERANCES, (0.09, 0.1, 0.11, 0.1, 0.1), strict=True)]
    assert all(gate(one).passed for one in cells)
    gated = gate_setup(context(), setup(), cells)
    assert gated.failures[0].startswith("mean PESQ-WB changed by -0.100 (95 % -0.1")
    ups = (-0.14, 0.1, -0.12, 0.05, -0.1)
    scattered = [cell(name, pesq_wb=2.4 + up) for name, up in zip(UTTERANCES, ups, strict=True)]
    assert gate_setup(context(), setup(), scattered).passed


def test_a_mean_is_gated_by_the_rule_of_the_verdict():
    # as far as encodings that are as good move it, and too few utterances for a bootstrap
    little = [
        cell(name, pesq_wb=2.4 - drop) for name, drop in zip(UTTERANCES, (0.06, 0.05, 0.07, 0.06, 0.06), strict=True)
    ]
    assert gate_setup(context(), setup(), little).failures == ()
    few = [cell(name, pesq_wb=2.3) for name in UTTERANCES[:4]]
    assert gate_setup(context(), setup(), few).failures == ("five: accepted before and missing from this run",)


def test_words_are_summed_over_utterances():
    cells = [cell(name, word_errors=2.0) for name in UTTERANCES]
    assert gate_setup(context(), setup(), cells).failures == ("5 of 50 words more than accepted are wrong (10.0%)",)


def test_missing_and_extra_utterances_fail():
    failures = gate_setup(context(), setup(), [cell(name) for name in ("one", "two", "three", "four", "six")]).failures
    assert failures[:2] == (
        "five: accepted before and missing from this run",
        "six: never accepted; accept it with --codec-update",
    )


def test_a_control_that_passes_fails():
    control = setup(expectation=Expectation(at_most=Verdict.DEGRADED), met=False)
    assert "known-bad control mine/shared is identical" in gate_setup(context(), control, [cell()]).failures[0]


def test_a_setup_of_which_nothing_is_asked_fails_when_it_could_not_be_judged():
    unjudged = setup(verdict=Verdict.UNDEFINED, met=False, reasons=("one: pesq_wb is undefined: silent",))
    failures = gate_setup(context(), unjudged, [cell(name) for name in UTTERANCES]).failures
    assert failures[0] == "mine/shared must be measurable, whatever it is, and is undefined"
    assert failures[1] == "one: pesq_wb is undefined: silent"


def test_what_the_corpus_can_see_is_said_and_does_not_pretend():
    sees = gate_setup(context(), setup(), [cell(name) for name in UTTERANCES]).sees
    assert sees.startswith("5 utterances, 50 words: sees mean changes from ")
    assert "WER 10.0%" in sees  # 5 of 50 words
    assert gate_setup(context(), setup(), [cell()]).sees == "1 utterance, 10 words: sees mean changes from WER 50.0%"
