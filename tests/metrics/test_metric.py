"""What follows from the row of a metric: its depth, its names, when it is measured, what a baseline keeps."""

from dataclasses import replace

import pytest

from harness.metrics.metric import Depth, Metric, MetricFamily, Over, Scoring

ROW = Metric("it", "1", MetricFamily.SIGNAL, 2, "Label of it", "about it")
SCORED = Scoring(lambda _: 0.0, lambda: "1")


@pytest.mark.parametrize(
    ("row", "depth", "switch"),
    [
        (ROW, Depth.SIGNAL, ""),
        (replace(ROW, family=MetricFamily.QUALITY), Depth.QUALITY, ""),
        (replace(ROW, scorer=replace(SCORED, switch="pesq")), Depth.QUALITY, "pesq"),
        (replace(ROW, family=MetricFamily.WORDS), Depth.WORDS, "asr"),
        (replace(ROW, family=MetricFamily.WORDS, scorer=replace(SCORED, switch="x")), Depth.WORDS, "asr"),
    ],
)
def test_words_are_the_deepest_and_scores_deeper_than_signals(row: Metric, depth: Depth, switch: str) -> None:
    assert (row.depth, row.switch) == (depth, switch)
    assert Depth.SIGNAL < Depth.QUALITY < Depth.WORDS


@pytest.mark.parametrize(
    ("names", "head", "told"),
    [
        ({}, "Label of it", "label of it"),
        ({"short": "Short"}, "Short", "short"),
        ({"label": "PESQ wide"}, "PESQ wide", "PESQ wide"),
        ({"label": "A"}, "A", "A"),
        ({"short": "Short", "said": "as it is said"}, "Short", "as it is said"),
    ],
)
def test_inside_a_sentence_a_word_is_small_and_an_abbreviation_is_not(
    names: dict[str, str], head: str, told: str
) -> None:
    row = replace(ROW, **names)  # type: ignore[arg-type]
    assert (row.head, row.told) == (head, told)


def test_a_score_is_wanted_unless_it_is_off_or_waits_to_be_asked_for() -> None:
    assert SCORED.is_wanted((), 16_000)
    switched = replace(SCORED, switch="pesq")
    assert [switched.is_wanted(keys, 16_000) for keys in ((), ("pesq",))] == [False, True]
    asked = replace(switched, asked="narrow", narrow=8_000)
    assert [asked.is_wanted(("pesq",), rate) for rate in (7_999, 8_000, 8_001)] == [True, True, False]
    assert asked.is_wanted(("pesq", "narrow"), 48_000)
    assert not asked.is_wanted(("narrow",), 8_000)


def test_a_baseline_keeps_what_is_gated_or_has_a_mean() -> None:
    kept = [replace(ROW, gated=True), replace(ROW, kept=True), replace(ROW, over=Over.MEAN)]
    assert all(row.in_baseline for row in kept)
    assert not any(row.in_baseline for row in (ROW, replace(ROW, over=Over.POOLED)))
