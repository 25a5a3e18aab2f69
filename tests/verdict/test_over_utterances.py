import math

import pytest

from harness.record import Cell, Measurement, Transcript, Verdict
from harness.verdict import CorpusFigures, Tolerances
from harness.verdict.interval import interval

UNREADABLE = Tolerances().unreadable


def transcript(errors, words=10):
    return Transcript(text="", hits=words - errors, substitutions=errors, deletions=0, insertions=0)


def cell(setup, utterance, pesq=None, errors=0, words=10):
    measurements = {"wer": Measurement.of(errors / words, "1")}
    measurements["pesq_wb"] = Measurement.missing("silent") if pesq is None else Measurement.of(pesq, "MOS-LQO")
    return Cell(
        setup=setup, utterance=utterance, key="", verdict=Verdict.ALTERED, reasons=(), masked=False,
        first_diverging_frame=None, measurements=measurements, transcript=transcript(errors, words),
    )  # fmt: skip


def corpus_figures(cells, references, floors, unreadable=UNREADABLE):
    before, figures = {one.utterance: one for one in references}, CorpusFigures(unreadable)
    for one, floor in zip(cells, floors, strict=True):
        figures.add(one, before.get(one.utterance), floor)
    return figures.found()


def test_words_are_summed_and_rates_never_averaged():
    cells = [cell("s", "a", 3.0, errors=1, words=2), cell("s", "b", 3.0, errors=0, words=98)]
    figures = corpus_figures(cells, cells, [transcript(0, 2), transcript(0, 98)])
    assert figures["wer"].value == pytest.approx(0.01)
    assert figures["wer_excess"].value == pytest.approx(0.01)


def test_an_utterance_that_cannot_be_read_uncoded_is_left_out_of_the_error_rates():
    cells = [cell("s", "a", 3.0, errors=1), cell("s", "b", 3.0, errors=10)]
    figures = corpus_figures(cells, cells, [transcript(0), transcript(8)])
    assert (figures["wer"].value, figures["wer_floor"].value) == (0.1, 0.0)
    assert corpus_figures(cells, cells, [transcript(0), transcript(8)], 0.9)["wer"].value == 0.55
    assert corpus_figures(cells, cells, [transcript(0), transcript(8)], 0.8)["wer"].value == 0.55


def test_words_of_which_no_utterance_can_be_read_are_undefined_and_say_what_to_do():
    cells = [cell("s", "a", 3.0, errors=10), cell("s", "b", 3.0, errors=9)]
    figures = corpus_figures(cells, cells, [transcript(9), transcript(10)])
    for name in ("wer", "cer", "wer_floor", "wer_excess"):
        assert "can read no utterance uncoded" in figures[name].undefined
        assert "can read no utterance uncoded" in figures[name].undefined


def test_changes_are_paired_by_utterance():
    references = [cell("r", name, value) for name, value in (("a", 4.0), ("b", 2.0), ("c", 3.0))]
    cells = [cell("s", name, value) for name, value in (("c", 2.5), ("a", 3.5), ("b", 1.5))]
    figures = corpus_figures(cells, references, [transcript(0)] * 3)
    assert figures["pesq_wb_change"].value == pytest.approx(-0.5)
    assert figures["pesq_wb_change_low"].value == pytest.approx(-0.5)
    assert figures["pesq_wb_change_high"].value == pytest.approx(-0.5)


def test_a_mean_with_an_undefined_member_is_undefined_and_says_how_many():
    cells = [cell("s", "a", 3.0), cell("s", "b", None)]
    figures = corpus_figures(cells, cells, [transcript(0)] * 2)
    assert figures["pesq_wb"].undefined == "undefined for 1 of 2 utterances"
    assert "pesq_wb_change" not in figures


def test_the_interval_brackets_the_mean_and_repeats():
    changes = [-0.5, -0.1, -0.4, -0.2, -0.3]
    low, high = interval(changes, "MOS-LQO")
    assert low.value is not None
    assert high.value is not None
    assert low.value < -0.3 < high.value < 0
    many = [math.sqrt(number) for number in range(20)]  # whose resamples all differ
    assert interval(many, "MOS-LQO") == interval(many, "MOS-LQO")
    assert interval(changes[:2], "MOS-LQO")[0].undefined == "2 utterances are too few for an interval"
