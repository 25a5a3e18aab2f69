"""Releases of which measurements slide or step."""

import numpy as np

from harness.gate.trends.releases import Release

NOISE = np.random.default_rng(1).normal(0, 1e-4, 12)


def releases(**series):
    """Return releases of which each setup has a value of `stoi` or of the metric behind "__"."""
    count = len(next(iter(series.values())))
    cells = [
        {(name.partition("__")[0], name.partition("__")[2] or "stoi"): {"one": float(values[n])} for name, values in
         series.items()} for n in range(count)
    ]  # fmt: skip
    dates = [f"2026-01-{n + 1:02}" for n in range(count)]
    return [Release(f"v{n}", "my", dates[n], ((1, 1), {}, {}), cells[n], {"one": "a"}) for n in range(count)]


def slide(by, count=12):
    return 0.9 + np.linspace(0, by, count) + NOISE[:count]
