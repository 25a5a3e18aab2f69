"""Slides and steps are found and told apart; where nothing changes, alarms are as rare as stated."""

import numpy as np
import pytest

from harness.gate.trends.change import FEWEST, changes


def noise(count=20, seed=0, size=0.01):
    return np.random.default_rng(seed).normal(3.0, size, count)


def test_a_slide_that_every_step_hides_in_is_found():
    found = changes({"pesq": noise(size=0.02) - 0.02 * np.arange(20)})
    assert found["pesq"].kind == "slide"
    assert found["pesq"].by == pytest.approx(-0.38, abs=0.06)


def test_a_step_is_found_with_its_place():
    values = noise() - 0.1 * (np.arange(20) >= 13)
    change = changes({"pesq": values})["pesq"]
    assert (change.kind, change.at) == ("step", 13)
    assert change.by == pytest.approx(-0.1, abs=0.02)


def test_too_few_releases_say_nothing():
    assert changes({"pesq": list(range(FEWEST - 1))}) == {}


def test_a_series_that_never_moves_says_nothing():
    assert changes({"pesq": [3.0] * 20}) == {}


def test_false_alarms_are_no_more_than_stated():
    alarms = sum(bool(changes({str(n): noise(12, 100 * seed + n) for n in range(6)}, 0.05)) for seed in range(60))
    assert alarms <= 8  # 60 histories at 5 %: 9 or more come with a chance of 0.4 %


def test_one_slide_among_many_still_series_is_found():
    series = {str(n): noise(20, n) for n in range(40)} | {"slides": noise(20, 99) - 0.02 * np.arange(20)}
    assert set(changes(series)) == {"slides"}
    assert set(changes(dict(reversed(series.items())))) == {"slides"}


def test_a_step_that_one_order_in_ten_shows_as_well_is_none():
    assert changes({"pesq": [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]}, alpha=0.05) == {}


def test_the_larger_of_two_chances_is_not_multiplied():
    """Holm: of two that are asked, the rarer is multiplied by two, the other by one."""
    step = changes({"pesq": noise(60) - 0.1 * (np.arange(60) >= 30)})["pesq"]  # which a slide fits even more surely
    assert step.kind == "step"
    assert step.chance == pytest.approx(1e-4)


def test_a_step_on_a_slight_drift_is_told_as_a_step_of_its_size():
    """Only the test for slides is sure of it among so many: the order is strict, and a step needs more releases."""
    stepped = 3.0 - 0.01 * np.arange(10) - 1.5 * (np.arange(10) >= 7)
    series = {str(n): noise(10, n) for n in range(60)} | {"pesq": stepped}
    found = changes(series)["pesq"]
    assert (found.kind, found.at) == ("step", 7)
    assert found.by == pytest.approx(-1.55)
    assert found.chance < 1e-4  # as the test of a slide says


def test_a_step_is_found_among_more_series_than_a_chance_of_one_in_ten_thousand_allows_for():
    series = {str(n): noise(24, n) for n in range(150)} | {"pesq": noise(24, 999) - 0.5 * (np.arange(24) >= 10)}
    found = changes(series)
    assert list(found) == ["pesq"]
    assert (found["pesq"].kind, found["pesq"].at) == ("step", 10)
