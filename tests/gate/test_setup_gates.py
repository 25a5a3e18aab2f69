"""A setup is held against the accepted one by its means, by its words in sum and by what is asked of it."""

import pytest
from gate.accepted_cells import UTTERANCES, cell, context, gate, setup

from harness.gate.setup_gates import gate_setup, smallest_changes
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Better, Metric, MetricFamily, Over, Tolerance
from harness.record import Expectation, Verdict
from harness.verdict import Tolerances


def test_means_fail_when_all_utterances_fell_a_little_and_no_single_one_far():
    cells = [cell(name, pesq_wb=2.4 - drop) for name, drop in zip(UTTERANCES, (0.09, 0.1, 0.11, 0.1, 0.1), strict=True)]
    assert all(gate(one).passed for one in cells)
    gated = gate_setup(context(), setup(), cells)
    assert gated.failures[0].startswith("mean PESQ-WB changed by -0.100 (95 % -0.1")
    assert gated.failures[0] in gated.means
    assert len(gated.means) > 1
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


def test_a_mean_that_is_better_lower_is_told_as_it_moved(monkeypatch):
    row = Metric("hiss", "dB", MetricFamily.SIGNAL, 1, "Hiss", "noise", better=Better.LOWER, over=Over.MEAN,
                 tolerance=Tolerance("hiss_rise", 1.0), own=True)  # fmt: skip
    monkeypatch.setitem(METRICS, "hiss", row)
    rises = (1.0, 1.1, 0.9, 1.0, 1.0)
    cells = [cell(name, hiss=2.0 + rise) for name, rise in zip(UTTERANCES, rises, strict=True)]
    (failure,) = [one for one in gate_setup(context(hiss=2.0), setup(), cells).failures if "hiss" in one]
    assert failure.startswith("mean hiss changed by +1.000 (95 % +0.9")
    assert failure.endswith("gate +0.500)")
    better = [cell(name, hiss=2.0 - rise) for name, rise in zip(UTTERANCES, rises, strict=True)]
    assert gate_setup(context(hiss=2.0), setup(), better).passed


def test_words_are_summed_over_utterances():
    cells = [cell(name, word_errors=2.0) for name in UTTERANCES]
    assert gate_setup(context(), setup(), cells).failures == ("5 of 50 words more than accepted are wrong (10.0%)",)


def test_words_that_cannot_be_read_even_uncoded_are_not_counted():
    cells = [cell(name, word_errors=9.0, wer_floor=0.6) for name in UTTERANCES]
    gated = gate_setup(context(), setup(), cells)
    assert not any("words more than accepted" in failure for failure in gated.failures)
    assert gated.notes == ("words not gated, unreadable even uncoded: five, four, one, three, two",)


def test_missing_and_extra_utterances_fail():
    failures = gate_setup(context(), setup(), [cell(name) for name in ("one", "two", "three", "four", "six")]).failures
    assert failures[:2] == (
        "five: accepted before and missing from this run",
        "six: never accepted; accept it with --codec-update",
    )


def test_a_control_that_passes_fails():
    control = setup(expectation=Expectation(at_most=Verdict.DEGRADED), met=False)
    assert (
        "is an expected failure (degraded or worse), but is identical: "
        in gate_setup(context(), control, [cell()]).failures[0]
    )


def test_a_setup_of_which_nothing_is_asked_fails_when_it_could_not_be_judged():
    unjudged = setup(verdict=Verdict.UNDEFINED, met=False, reasons=("one: pesq_wb is undefined: silent",))
    failures = gate_setup(context(), unjudged, [cell(name) for name in UTTERANCES]).failures
    assert failures[0] == "may be anything that can be measured, but is undefined"
    assert failures[1] == "one: pesq_wb is undefined: silent"


def test_what_the_corpus_can_see_is_said_and_does_not_pretend():
    sees = gate_setup(context(), setup(), [cell(name) for name in UTTERANCES]).sees
    assert sees.startswith("5 utterances, 50 words: minimum detectable change of the mean: ")
    assert "WER 10.0%" in sees  # 5 of 50 words
    assert (
        gate_setup(context(), setup(), [cell()]).sees
        == "1 utterance, 10 words: minimum detectable change of the mean: WER 50.0%"
    )


@pytest.mark.parametrize("rounding", [0.0, 2e-4])
def test_what_a_corpus_can_see_is_not_told_by_what_has_not_changed(rounding):
    """By paired changes of 0.0002 it would promise to see a mean of PESQ that falls by as little."""
    pairs = []
    for place, name in enumerate(UTTERANCES):
        score = 2.0 + place / 2
        accepted = context(pesq_wb=score).baseline.setups["mine/shared"].utterances[name]
        pairs.append((cell(name, pesq_wb=score + rounding * (place % 2)), accepted))
    told = "of what has not changed, by how far the utterances differ: PESQ-WB 0.99"
    assert told in smallest_changes(pairs, Tolerances())


def test_a_mean_that_is_unknown_hides_no_other():
    cells = [cell(name, pesq_wb="silent", stoi=0.935) for name in UTTERANCES]
    failures = gate_setup(context(pesq_wb="silent"), setup(), cells).failures
    assert [failure.partition(" changed")[0] for failure in failures] == ["mean STOI"]


def test_words_fail_beyond_their_share_and_not_at_it():
    cells = [cell(name, word_errors=2.0, reference_words=20.0) for name in UTTERANCES]
    about = context(reference_words=20.0, tolerances=Tolerances(corpus_word_share=0.05))
    assert gate_setup(about, setup(), cells).failures == ()
    about = context(reference_words=20.0, tolerances=Tolerances(corpus_word_share=0.049))
    assert gate_setup(about, setup(), cells).failures == ("5 of 100 words more than accepted are wrong (5.0%)",)


def test_what_cannot_be_read_uncoded_is_named():
    cells = [cell(name, wer_floor=0.6 if name in ("two", "five") else 0.0) for name in UTTERANCES]
    assert gate_setup(context(), setup(), cells).notes == ("words not gated, unreadable even uncoded: five, two",)
    assert gate_setup(context(), setup(), [cell(name) for name in UTTERANCES]).notes == ()
