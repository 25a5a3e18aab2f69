"""
How sure a mean change is: a bias-corrected and accelerated bootstrap over utterances, at 95 %, with a fixed seed.

It is `scipy.stats.bootstrap` of a mean, which a test holds it to. To import that module costs a second of processor
time, a tenth of what a small run spends beside codecs and scores.

Source
------
B. Efron, "Better bootstrap confidence intervals", JASA 82 (397), 1987; B. Efron, R. Tibshirani, *An Introduction to the
Bootstrap*, 1993, equations 14.10 to 14.15.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.record import Measurement

SEED = 20260101
RESAMPLES = 2000
CONFIDENCE = 0.95
AT_ONCE = 1 << 22  # values that are held at once: as many resamples as that makes, which changes no number


def interval(changes: Sequence[float], unit: str) -> tuple[Measurement, Measurement]:
    """Return the ends of the 95 % bootstrap interval of the mean change; undefined below three utterances."""
    if len(changes) < 3:
        few = Measurement.missing(f"{len(changes)} utterances are too few for an interval")
        return few, few
    sample = np.asarray(changes, np.float64)
    if np.ptp(sample) == 0:  # nothing to resample: the bootstrap would divide by zero
        return Measurement.of(float(sample[0]), unit), Measurement.of(float(sample[0]), unit)
    low, high = _ends(sample)
    return Measurement.of(low, unit), Measurement.of(high, unit)


def _ends(sample: npt.NDArray[np.float64]) -> tuple[float, float]:
    from scipy.special import ndtr, ndtri  # collecting tests needs verdicts but no intervals

    means = _resampled(sample)
    mean = sample.mean()
    bias = ndtri((np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * RESAMPLES))
    size = len(sample)
    without = (sample.sum() - sample) / (size - 1)  # the mean with each utterance left out, in turn
    apart = without.mean() - without
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    tails = bias + np.asarray([ndtri((1 - CONFIDENCE) / 2), -ndtri((1 - CONFIDENCE) / 2)])
    low, high = np.quantile(means, ndtr(bias + tails / (1 - acceleration * tails)))
    return float(low), float(high)


def _resampled(sample: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the means of as many utterances, drawn with replacement, again and again."""
    rng, size = np.random.default_rng(SEED), len(sample)
    together = max(1, AT_ONCE // size)
    return np.concatenate(
        [
            sample[rng.integers(0, size, (min(together, RESAMPLES - begin), size))].mean(axis=1)
            for begin in range(0, RESAMPLES, together)
        ]
    )
