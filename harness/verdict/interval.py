"""How sure a mean change is: a bias-corrected bootstrap over utterances (Efron 1987), at 95 %, with a fixed seed."""

from collections.abc import Sequence

import numpy as np

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
    sample = np.asarray(changes)
    if np.ptp(sample) == 0:  # nothing to resample: the bootstrap would divide by zero
        return Measurement.of(float(sample[0]), unit), Measurement.of(float(sample[0]), unit)
    import scipy.stats  # takes half a second, and collecting tests needs verdicts but no intervals

    low, high = scipy.stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        batch=max(1, AT_ONCE // len(sample)),
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Measurement.of(float(low), unit), Measurement.of(float(high), unit)
