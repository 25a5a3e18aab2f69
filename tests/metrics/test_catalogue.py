"""The table of metrics says of each all that is asked of it anywhere."""

import pytest

from harness.metrics.catalogue import METRICS, metric, order, tolerances
from harness.metrics.metric import Better, Depth, MetricFamily, Over
from harness.metrics.perceptual import SWITCHES
from harness.runs.conditions import ScoresTable
from harness.verdict import Floors, Tolerances


def test_measurements_are_ordered_and_unknown_ones_come_last():
    assert [row.name for row in order({"zeta", "pesq_wb", "wer", "alpha"})] == ["wer", "pesq_wb", "alpha", "zeta"]


def test_every_row_is_whole():
    for name, row in METRICS.items():
        assert row.name == name
        assert all((row.unit, row.label, row.about)), name
        assert row.family is not MetricFamily.OTHER, name
        assert not (row.gated and row.unjudged), name
        # Without it nothing is told of one file against another, nor where there is no recording.
        assert row.itself is not None or not (row.gated and row.family is MetricFamily.SIGNAL), name
        assert row.better or not (row.family is MetricFamily.QUALITY and row.tolerance), name
        assert row.short or len(row.head) < 16 or not row.headline, name


def test_tolerances_and_floors_of_a_suite_are_those_of_the_table():
    assert {name: getattr(Tolerances(), name) for name in tolerances()} == {
        name: one.default for name, one in tolerances().items()
    }
    means = [row for row in METRICS.values() if row.over is Over.MEAN and row.tolerance and not row.own]
    floors = {row.name: row.floor for row in means if row.better is Better.HIGHER}
    assert Floors().model_dump() == floors
    assert floors.items() >= {"pesq_wb": None, "pesq_nb": None, "stoi": 0.5, "transcript_logp": None}.items()


def test_what_may_change_either_way_is_gated_on_both_sides():
    either = {row.name for row in METRICS.values() if row.gated and row.better is None}
    assert either == {"delay_ms", "gain_db", "polarity", "length_change_samples", "drift_ppm"}


@pytest.mark.parametrize(
    ("name", "depth"),
    [("snr_db", Depth.SIGNAL), ("si_sdr_db", Depth.QUALITY), ("pesq_wb_scatter", Depth.QUALITY), ("wer", Depth.WORDS)],
)
def test_a_search_knows_how_deep_to_measure(name, depth):
    assert metric(name).depth is depth


def test_an_axis_has_its_best_end_where_the_metric_is_best():
    for row in METRICS.values():
        if row.axis is not None:
            worst, best = row.axis
            assert (best > worst) == (row.better is Better.HIGHER), row.name


def test_a_mean_has_a_scale_of_its_own_and_rates_are_pooled():
    pooled = {row.name for row in METRICS.values() if row.over is Over.POOLED}
    assert pooled == {row.name for row in METRICS.values() if row.percent}


def test_what_can_be_switched_off_is_what_a_suite_can_switch_off():
    assert set(SWITCHES) <= set(ScoresTable.model_fields)
