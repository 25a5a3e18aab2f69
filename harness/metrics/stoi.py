"""
STOI and ESTOI: predicted intelligibility of degraded speech.

Conventions
-----------
The pair may have any rate; both signals are resampled to 10 kHz here, as the definition asks, but hand in 16 000 Hz so
that scores of different codecs are comparable. The score is a correlation, -1 to 1, higher is better; near 0 is
unintelligible, and small negative values are legal. Neither aligns in time (20 ms of delay cost 0.25), and both ignore
gain and polarity.

Source
------
C. H. Taal, R. C. Hendriks, R. Heusdens, J. Jensen, IEEE TASLP 19(7), 2011 (STOI); J. Jensen, C. H. Taal, IEEE/ACM TASLP
24(11), 2016 (ESTOI). The resampler and the band matrix are those of the package `pystoi`; the rest is computed here for
all segments at once and for both scores together, several times as fast. STOI equals `pystoi.stoi` to rounding. So does
ESTOI, but for output that is digitally silent for 0.4 s: there `pystoi` correlates random noise of its own, and here
such a segment counts 0, so that the score repeats.
"""

import functools
from importlib import metadata

import numpy as np
import numpy.typing as npt

from harness.errors import MetricUndefined, MissingExtra
from harness.metrics.alignment import AlignedPair, problem

Array = npt.NDArray[np.float64]

VERSION = 1  # raise it when the same input gives another number
RATE = 10_000  # Hz
FRAME, HOP, FFT = 256, 128, 512  # samples: 25.6 ms, half overlapping
BANDS, LOWEST = 15, 150  # third octaves, the first centred at 150 Hz
SEGMENT = 30  # frames, 384 ms: the intermediate time over which correlations are taken
SILENCE = 40  # dB below the loudest frame of the reference
CLIP = 1 + 10 ** (15 / 20)  # degraded bands count for at most this times the reference: -15 dB signal to distortion
BLOCK = 512  # segments at a time, to stay in the processor's cache
TINY = np.finfo(np.float64).eps
WINDOW = np.hanning(FRAME + 2)[1:-1]


def stoi(pair: AlignedPair, *, extended: bool = False) -> float:
    """
    Return STOI, or ESTOI if *extended*; asking for the other one of the same pair next costs nothing.

    Raises `MetricUndefined` for silence, NaN, and less than about 0.4 s of speech, `MissingExtra` if the package
    is missing.
    """
    name = "ESTOI" if extended else "STOI"
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        raise MetricUndefined(f"{name}: {reason}")
    scores = _scores(pair)
    if scores is None:
        raise MetricUndefined(f"{name}: fewer than {SEGMENT} frames (0.4 s) are left after removing silence")
    return scores[int(extended)]


def version(*, extended: bool = False) -> str:
    """Return library, version and mode, for provenance; does not import the library."""
    try:
        return f"pystoi {metadata.version('pystoi')} {'ESTOI' if extended else 'STOI'}, own code {VERSION}"
    except metadata.PackageNotFoundError:
        return "pystoi not installed"


@functools.lru_cache(maxsize=1)
def _scores(pair: AlignedPair) -> tuple[float, float] | None:
    """Return STOI and ESTOI, None if there is too little speech."""
    try:
        from pystoi import utils as library
    except ImportError as error:
        raise MissingExtra(
            f"STOI needs the package pystoi ({error}); install it with: pip install 'codec-harness[stoi]'"
        ) from error
    reference, degraded = pair.reference.samples.astype(np.float64), pair.degraded.samples.astype(np.float64)
    if pair.reference.sample_rate != RATE:
        reference = library.resample_oct(reference, RATE, pair.reference.sample_rate)
        degraded = library.resample_oct(degraded, RATE, pair.reference.sample_rate)
    ours, theirs = _frames(reference), _frames(degraded)
    if len(ours) < SEGMENT:
        return None
    levels = 20 * np.log10(np.linalg.norm(ours, axis=1) + TINY)
    speech = levels.max() - levels < SILENCE
    matrix = library.thirdoct(RATE, FFT, BANDS, LOWEST)[0]
    x, y = _bands(ours[speech], matrix), _bands(theirs[speech], matrix)
    count = len(x) - SEGMENT + 1
    if count < 1:
        return None
    plain = extended = 0.0
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count) + SEGMENT - 1
        both = _correlations(_segments(x[start:stop]), _segments(y[start:stop]))
        plain, extended = plain + both[0], extended + both[1]
    return plain / (count * BANDS), extended / (count * SEGMENT)


def _frames(signal: Array) -> Array:
    if len(signal) <= FRAME:
        return np.empty((0, FRAME))
    # The last frame that would just fit is left out, as in the authors' code.
    frames: Array = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[: len(signal) - FRAME : HOP] * WINDOW
    return frames


def _bands(kept: Array, matrix: Array) -> Array:
    """Join the kept frames to a signal without pauses, and return its band amplitudes (frames, bands)."""
    joined = np.zeros((len(kept) + 1, HOP))
    joined[:-1] += kept[:, :HOP]
    joined[1:] += kept[:, HOP:]
    spectra = np.fft.rfft(_frames(joined.ravel()), FFT)
    amplitudes: Array = np.sqrt(np.square(np.abs(spectra)) @ matrix.T)
    return amplitudes


def _segments(bands: Array) -> Array:
    """Return (segments, bands, frames of a segment), contiguous."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(bands, SEGMENT, axis=0))


def _correlations(x: Array, y: Array) -> tuple[float, float]:
    """Return the sums over all segments of the band correlations (STOI) and of the frame correlations (ESTOI)."""
    level = _norm(x, 2) / (_norm(y, 2) + TINY)
    clipped = np.minimum(y * level, x * CLIP)
    x, y, clipped = _centred(x, 2), _centred(y, 2), _centred(clipped, 2)
    x /= _norm(x, 2) + TINY
    plain = np.vdot(x, clipped / (_norm(clipped, 2) + TINY))
    y /= _norm(y, 2) + TINY
    x, y = _centred(x, 1), _centred(y, 1)
    return float(plain), float((x * y / ((_norm(x, 1) + TINY) * (_norm(y, 1) + TINY))).sum())


def _centred(values: Array, axis: int) -> Array:
    centred: Array = values - values.mean(axis=axis, keepdims=True)
    return centred


def _norm(values: Array, axis: int) -> Array:
    norm: Array = np.sqrt(np.square(values).sum(axis=axis, keepdims=True))
    return norm
