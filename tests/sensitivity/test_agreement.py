"""Metrics order conditions as people do, where people agree; where they do not, that is said in docs/agreement.md."""

import pytest
from agreement import MNRU, SCORED, Scored, rank_correlation, rungs, scored

from harness.audio.speech import load
from harness.runtime.resources import fixture

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def series() -> dict[str, list[Scored]]:
    utterance = next(one for one in load(fixture("speech")) if one.id == "heart-04")
    return {rows[0].series: rows for rows in scored([utterance])}


@pytest.mark.parametrize("name", SCORED)
def test_every_score_orders_the_steps_of_mnru_as_people_do(series: dict[str, list[Scored]], name: str):
    found = rank_correlation(series["MNRU"], name)
    print(f"{name}: Spearman {found:.3f} over {len(MNRU)} steps of MNRU")
    assert found > 0.95


@pytest.mark.parametrize("name", SCORED)
def test_every_score_orders_the_rates_of_opus_as_people_do(series: dict[str, list[Scored]], name: str):
    found = rank_correlation(series["Opus"], name)
    print(f"{name}: Spearman {found:.3f} over four rates of Opus")
    assert found >= 0.8


def test_wide_band_scores_order_bandwidth_as_people_do(series: dict[str, list[Scored]]):
    found = {name: rank_correlation(series["Bandwidth"], name) for name in SCORED}
    print(f"Spearman over four bandwidths: {found}")
    assert found["pesq_wb"] == 1.0


def test_the_ladder_gets_no_better_as_mnru_gets_worse(series: dict[str, list[Scored]]):
    order = ["identical", "equivalent", "altered", "degraded", "corrupt"]
    ranks = [order.index(rung) for rung in rungs(series["MNRU"])]
    print("MNRU, worst first:", rungs(series["MNRU"]))
    assert ranks == sorted(ranks, reverse=True)
    assert all(rank >= order.index("degraded") for rank, q in zip(ranks, MNRU, strict=True) if q <= 20)
