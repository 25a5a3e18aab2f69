"""
Flat tops and wrap-round: what happens to samples that a number format cannot hold.

Conventions
-----------
Both are counted on the output of an aligned pair at any rate, beside what the reference has already. A flat top is a
run of three or more equal samples within 1 % of the output's largest; a constant output is one.

A wrap is a step between two neighbouring samples of more than 1.5 (full scale reaches from -1 to 1), where the
reference has none of half that size within 5 ms: speech takes several samples for it, an integer that overflows takes
one. It is also one from beyond 0.7 of the output's largest to beyond as much with the other sign, where the reference
is as loud: then headroom was taken off after it. Both are no wraps but noise, unless they are ten times as frequent
where the reference is as loud as elsewhere. Before, the gain between the two is taken out, as it is where the reference
is neither soft nor loud. An output that goes beyond 1.5 is of floating point, which wraps nothing round; what a
resampler rings is below.

Measured: 20 human and 20 embedded utterances through pcm, Opus of 6 to 64 kb/s, LC3 and Codec 2 at 8 to 48 kHz have
none, nor at four levels normalised, with treble, limited (tanh) or clipped by 6 dB. Of what goes 0.8 to 6 dB beyond a
16-bit integer, at gains of 0 to -20 dB after it, 583 of 600 have. What a lossy codec makes of wraps is not seen.

clipped_ms : how long the output is flat at its top beyond what the reference is, 0 or more
wrapped_samples : steps of that size
"""

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.metrics.alignment import AlignedPair, problem
from harness.record import Measurement, Measurements

Flags = npt.NDArray[np.bool_]

VERSION = 5  # raise it when the same input gives another number

FLAT, TOP = 3, 0.99  # samples; share of the peak
STEP, RANGE, NEAR_SECONDS = 1.5, 0.7, 0.005
MORE_WHERE_LOUD = 10
MIDDLE = 0.1, 0.4  # of the largest sample
LARGEST = 1.5  # of an output whose samples are integers, as read or resampled

NAMES = ("clipped_ms", "wrapped_samples")


def clipping(pair: AlignedPair) -> Measurements:
    """Return both measurements for *pair*; undefined for NaN and silence."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        return dict.fromkeys(NAMES, Measurement.missing(reason))
    rate = pair.reference.sample_rate
    flat = max(0, _flat(pair.degraded.samples) - _flat(pair.reference.samples))
    return {
        "clipped_ms": Measurement.of(1000 * flat / rate, "ms"),
        "wrapped_samples": Measurement.of(_wraps(pair.reference.samples, pair.degraded.samples, rate), "samples"),
    }


def _wraps(reference: Samples, degraded: Samples, rate: int) -> int:
    size, steps = np.abs(degraded), np.abs(np.diff(degraded))
    largest = size.max()
    across = (degraded[:-1] * degraded[1:] < 0) & (np.minimum(size[:-1], size[1:]) > RANGE * largest)
    if largest > LARGEST or not (across | (steps > STEP)).any():
        return 0
    reference = reference * _gain(reference, degraded)
    own = _near(np.abs(np.diff(reference)) > STEP / 2 * min(1.0, largest), rate)
    across &= ~own
    loud = _near(np.abs(reference[1:]) > RANGE * largest, rate)
    found = (steps > STEP) & ~own | across
    if (found & ~loud).sum() * loud.sum() * MORE_WHERE_LOUD > (found & loud).sum() * (~loud).sum():
        return 0  # it is noise
    return int((found & (loud | (steps > STEP))).sum())


def _gain(reference: Samples, degraded: Samples) -> float:
    """Return how much louder *degraded* is where *reference* is neither soft nor so loud that it may wrap or clip."""
    size = np.abs(reference)
    middle = (size > MIDDLE[0] * size.max()) & (size < MIDDLE[1] * size.max())
    return float(np.median(np.abs(degraded[middle])) / np.median(size[middle])) if middle.any() else 1.0


def _near(there: Flags, rate: int) -> Flags:
    """Return what lies within 5 ms of where something is *there* (T,)."""
    if not there.any():
        return there
    reach = int(NEAR_SECONDS * rate)
    counts = np.concatenate([[0], np.cumsum(np.pad(there, (reach, reach)))])
    found: Flags = counts[2 * reach + 1 :] > counts[: -2 * reach - 1]
    return found


def _flat(samples: Samples) -> int:
    """Return how many samples are part of a flat top."""
    top = np.abs(samples) >= TOP * np.abs(samples).max()
    held = np.concatenate([[False], (np.diff(samples) == 0) & top[1:] & top[:-1], [False]])
    starts, ends = np.flatnonzero(held[1:] & ~held[:-1]), np.flatnonzero(held[:-1] & ~held[1:])
    lengths = ends - starts + 1
    return int(lengths[lengths >= FLAT].sum())
