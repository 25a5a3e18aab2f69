"""
Flat tops and wrap-round: what happens to samples that a number format cannot hold.

Conventions
-----------
Both are counted on the output of an aligned pair at any rate, beside what the reference has already. A flat top is a
run of three or more equal samples within 1 % of the output's largest; a constant output is one. A wrap is a step
between two neighbouring samples of more than 1.5 (full scale reaches from -1 to 1), where the reference has none of
half that size within 5 ms: speech at full scale takes several samples for it, an integer that overflows takes one. An
output that goes beyond 1.5 is of floating point, which wraps nothing round; what a resampler rings stays below.

clipped_ms : how long the output is flat at its top beyond what the reference is, 0 or more
wrapped_samples : steps of that size
"""

import numpy as np

from harness.audio.waveform import Samples
from harness.metrics.alignment import AlignedPair, problem
from harness.record import Measurement, Measurements

VERSION = 2  # raise it when the same input gives another number

FLAT, TOP = 3, 0.99  # samples; share of the peak
STEP, NEAR_SECONDS = 1.5, 0.005
LARGEST = 1.5  # of an output whose samples are integers, as read or resampled

NAMES = ("clipped_ms", "wrapped_samples")


def clipping(pair: AlignedPair) -> Measurements:
    """Return both measurements for *pair*; undefined for NaN and silence."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        return dict.fromkeys(NAMES, Measurement.missing(reason))
    rate = pair.reference.sample_rate
    flat = max(0, _flat(pair.degraded.samples) - _flat(pair.reference.samples))
    steps = (np.abs(np.diff(pair.degraded.samples)) > STEP) & (np.abs(pair.degraded.samples).max() <= LARGEST)
    own = np.abs(np.diff(pair.reference.samples)) > STEP / 2
    reach = int(NEAR_SECONDS * rate)
    near = np.convolve(own, np.ones(2 * reach + 1))[reach : reach + len(own)] > 0 if own.any() else own
    return {
        "clipped_ms": Measurement.of(1000 * flat / rate, "ms"),
        "wrapped_samples": Measurement.of(int((steps & ~near).sum()), "samples"),
    }


def _flat(samples: Samples) -> int:
    """Return how many samples are part of a flat top."""
    top = np.abs(samples) >= TOP * np.abs(samples).max()
    held = np.concatenate([[False], (np.diff(samples) == 0) & top[1:] & top[:-1], [False]])
    starts, ends = np.flatnonzero(held[1:] & ~held[:-1]), np.flatnonzero(held[:-1] & ~held[1:])
    lengths = ends - starts + 1
    return int(lengths[lengths >= FLAT].sum())
