"""Intervals of mean changes: the same however many values are held at once."""

import numpy as np
import pytest
import scipy.stats

from harness.verdict import interval as module
from harness.verdict.interval import interval


@pytest.mark.parametrize("at_once", [1, 4000, 1 << 22])
def test_how_many_values_are_held_changes_no_number(monkeypatch, at_once):
    changes = np.random.default_rng(3).normal(0.1, 1.0, 37).tolist()
    wanted = interval(changes, "1")
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    assert interval(changes, "1") == wanted
    assert wanted[0].value < np.mean(changes) < wanted[1].value


def test_equal_changes_have_no_width_and_few_have_none():
    assert [end.value for end in interval([0.5] * 4, "1")] == [0.5, 0.5]
    assert interval([0.1, 0.2], "1")[0].undefined == "2 utterances are too few for an interval"


@pytest.mark.parametrize("size", [3, 5, 20, 300])
@pytest.mark.parametrize("skewed", [False, True])
def test_it_is_the_bootstrap_of_scipy(size, skewed):
    rng = np.random.default_rng(size)
    changes = rng.exponential(size=size) ** 3 if skewed else rng.normal(size=size)
    theirs = scipy.stats.bootstrap(
        (changes,), np.mean, n_resamples=module.RESAMPLES, confidence_level=module.CONFIDENCE,
        rng=np.random.default_rng(module.SEED),
    ).confidence_interval  # fmt: skip
    assert [end.value for end in interval(changes.tolist(), "1")] == pytest.approx(list(theirs), rel=1e-12)


def test_both_ends_have_the_unit_of_what_changed():
    assert [end.unit for end in interval([0.1, 0.2, 0.3, 0.4], "MOS-LQO")] == ["MOS-LQO"] * 2
