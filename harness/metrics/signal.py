"""
Scale-invariant signal-to-distortion ratio of an aligned pair.

Conventions
-----------
The pair may have any rate. The result is in dB, higher is better; means are not removed, so that an offset counts as
distortion. It needs the waveforms to coincide: half a sample of delay costs about 10 dB, and a low-bitrate codec that
sounds right may have a negative value.

References
----------
J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey, "SDR - half-baked or well done?", ICASSP 2019, equation (3).
"""

import numpy as np

from harness.errors import MetricUndefined
from harness.metrics.alignment import AlignedPair, problem

VERSION = 1  # raise it when the same input gives another number


def version() -> str:
    """Return the definition that is used and the version of our own code, for provenance."""
    return f"codec-harness {VERSION}, Le Roux et al. 2019"


def si_sdr_db(pair: AlignedPair) -> float:
    """Return SI-SDR in dB; raise `MetricUndefined` for silence, NaN, or signals that differ by a gain at most."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        raise MetricUndefined(f"SI-SDR: {reason}")
    reference = pair.reference.samples.astype(np.float64)
    degraded = pair.degraded.samples.astype(np.float64)
    target = np.dot(degraded, reference) / np.dot(reference, reference) * reference
    kept, lost = np.dot(target, target), np.dot(degraded - target, degraded - target)
    if lost <= kept * np.finfo(np.float32).eps ** 2:  # below what float32 samples can express
        raise MetricUndefined("SI-SDR: infinite, the signals differ by no more than a gain")
    if not kept:
        raise MetricUndefined("SI-SDR: minus infinite, the signals have nothing in common")
    return 10 * float(np.log10(kept / lost))
