"""
STOI and ESTOI: predicted intelligibility of degraded speech.

Conventions
-----------
The pair may have any rate; the library resamples to 10 kHz itself, but hand it 16 000 Hz so that scores of different
codecs are comparable. The score is a correlation, -1 to 1, higher is better; near 0 is unintelligible, and small
negative values are legal. Neither aligns in time (20 ms of delay cost 0.25), and both ignore gain and polarity.

Source
------
C. H. Taal, R. C. Hendriks, R. Heusdens, J. Jensen, IEEE TASLP 19(7), 2011 (STOI); J. Jensen, C. H. Taal, IEEE/ACM TASLP
24(11), 2016 (ESTOI); through the package `pystoi`. Its ESTOI draws tiny random noise, which is seeded here.
"""

import warnings
from importlib import metadata

import numpy as np

from harness.alignment import AlignedPair, problem
from harness.errors import MetricUndefined, ScorerUnavailable

SEED = 862


def stoi(pair: AlignedPair, *, extended: bool = False) -> float:
    """
    Return STOI, or ESTOI if *extended*.

    Raises `MetricUndefined` for silence, NaN, and less than about 0.4 s of speech, `ScorerUnavailable` if the package
    is missing.
    """
    name = "ESTOI" if extended else "STOI"
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        raise MetricUndefined(f"{name}: {reason}")
    try:
        import pystoi
    except ImportError as error:
        raise ScorerUnavailable(
            f"{name} needs the package pystoi ({error}); install it with: pip install 'codec-harness[stoi]'"
        ) from error
    reference, degraded = pair.reference.samples.astype(np.float64), pair.degraded.samples.astype(np.float64)
    before = np.random.get_state()
    np.random.seed(SEED)
    try:
        with warnings.catch_warnings():
            # The library answers 1e-5 with this warning; that is no score.
            warnings.filterwarnings("error", message="Not enough STFT frames", category=RuntimeWarning)
            return float(pystoi.stoi(reference, degraded, pair.reference.sample_rate, extended=extended))
    except RuntimeWarning as error:
        raise MetricUndefined(f"{name}: fewer than 30 frames (0.4 s) are left after removing silence") from error
    except ValueError as error:  # shorter than one frame
        raise MetricUndefined(f"{name}: too short ({error})") from error
    finally:
        np.random.set_state(before)


def version(*, extended: bool = False) -> str:
    """Return library, version and mode, for provenance; does not import the library."""
    try:
        return f"pystoi {metadata.version('pystoi')} {'ESTOI' if extended else 'STOI'}"
    except metadata.PackageNotFoundError:
        return "pystoi not installed"
