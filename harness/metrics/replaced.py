"""
Replaced speech: a stretch in which the output is another sound, held against the uncoded speech alone.

A stutter, a piece played backwards or another speaker for a sixth of a second is as loud as the speech and as long, and
hardly moves a score. Where the waveform of the speech is kept, it is not that of the speech there.

Conventions
-----------
Both signals of an aligned pair at any rate, between 200 and 2000 Hz, where the voice is and few filters shift its
phase. Windows of 100 ms, 20 ms apart, of loud speech are correlated within a millisecond, in either polarity. The
waveform is kept if they correlate at 0.9 in the median; else nothing can be told. A window is of another sound if it
correlates at less than 0.4 and nothing in it is missing, which `harness.metrics.activity` measures.

replaced_ms : how long the longest run of such windows is, 0 or 100 and more. Of 200 outputs of pcm, Opus of 9 and
    16 kb/s, LC3 and an embedded neural codec, 160 ms of loud speech replaced by noise give more than 100 ms in 200, by
    the 160 ms before in 149, played backwards in 163; 80 ms replaced by those before in 139. As they are, in noise of
    10 and 5 dB, hum, clipped, filtered, inverted, behind an echo, by a slow clock or with gaps of 60 ms, none of 2,329
    of which it can be told has more. Opus of 6 kb/s and vocoders keep too little of the waveform
replaced_s : where that run begins
"""

import numpy as np
import numpy.typing as npt

from harness.metrics.activity import windowed
from harness.metrics.alignment import AlignedPair, problem
from harness.metrics.filtering import filtered
from harness.record import Measurement, Measurements, value

VERSION = 3  # raise it when the same input gives another number

BAND = (150.0, 250.0, 1800.0, 2200.0)  # Hz: none is passed outside, all between the middle two
WINDOW_SECONDS, HOP_SECONDS, REACH_SECONDS = 0.1, 0.02, 0.001
LOUD, FEWEST = 0.1, 10  # of the energy of the 95th percentile of windows; windows as loud as that
KEPT, OTHER = 0.9, 0.4  # correlation
MISSING = 0.001  # of the energy that 20 ms should have
STEADY_MS = 1.0  # by which the delay may jump or drift: beyond it, all is another sound
NAMES = ("replaced_ms", "replaced_s")

Signal = npt.NDArray[np.float64]


def replaced(pair: AlignedPair, aligned: Measurements) -> Measurements:
    """Return both measurements for *pair*, of which *aligned* is measured; undefined where they cannot be told."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    rate = pair.reference.sample_rate
    drifts = abs(value(aligned, "drift_ppm") or 0.0) * 1e-3 * len(pair.reference.samples) / rate
    if reason is None and max(drifts, value(aligned, "delay_jump_ms") or 0.0) > STEADY_MS:
        reason = "the delay is not the same all the way"
    if reason is not None:
        return dict.fromkeys(NAMES, Measurement.missing(reason))
    every = max(1, int(rate / (2.1 * BAND[-1])))  # samples: what is left of the band needs no more
    ours, theirs = (_in_band(one.samples, rate)[::every] for one in (pair.reference, pair.degraded))
    return _measured(ours, theirs, rate / every)


def _measured(ours: Signal, theirs: Signal, rate: float) -> Measurements:
    window, hop = round(WINDOW_SECONDS * rate), round(HOP_SECONDS * rate)
    said, heard = _summed(ours * ours, window, hop), _summed(theirs * theirs, window, hop)
    loud = said > LOUD * np.percentile(said, 95) if len(said) else said > 0
    if loud.sum() < FEWEST:
        return dict.fromkeys(NAMES, Measurement.missing("there is too little loud speech"))
    alike = _alike(ours, theirs, said, window, hop, round(REACH_SECONDS * rate))
    kept = float(np.median(alike[loud]))
    if kept < KEPT:
        reason = f"the waveform of the speech is another ({kept:.2f}, wanted {KEPT}), so no stretch can be"
        return dict.fromkeys(NAMES, Measurement.missing(reason))
    usual = float(np.median(heard[loud] / said[loud]))
    gone = _summed(theirs * theirs, hop, hop) < MISSING * usual * _summed(ours * ours, hop, hop)
    pieces = -(-window // hop)
    whole = np.convolve(gone, np.ones(pieces))[pieces - 1 :][: len(said)] == 0
    other = np.concatenate([[False], loud & (alike < OTHER) & whole, [False]])
    begins, ends = np.flatnonzero(other[1:] & ~other[:-1]), np.flatnonzero(other[:-1] & ~other[1:])
    if not len(begins):
        return {
            "replaced_ms": Measurement.of(0.0, "ms"),
            "replaced_s": Measurement.missing("no speech is replaced"),
        }
    longest = int(np.argmax(ends - begins))
    windows = int(ends[longest] - begins[longest])
    return {
        "replaced_ms": Measurement.of(round(1000 * (WINDOW_SECONDS + (windows - 1) * HOP_SECONDS)), "ms"),
        "replaced_s": Measurement.of(round(float(begins[longest]) * hop / rate, 2), "s"),
    }


def _in_band(samples: npt.NDArray[np.float32], rate: int) -> Signal:
    return filtered(samples.astype(np.float64), rate, lambda hertz: np.interp(hertz, BAND, (0.0, 1.0, 1.0, 0.0)))


def _alike(ours: Signal, theirs: Signal, energy: Signal, window: int, hop: int, reach: int) -> Signal:
    """
    Return what each window correlates at, at the lag within *reach* samples where it is most, 0 to 1.

    energy : of each window of *ours*
    """
    padded = np.pad(theirs, reach)
    found = np.zeros(len(energy))
    for lag in range(2 * reach + 1):
        moved = padded[lag : lag + len(ours)]
        product, other = _summed(ours * moved, window, hop), _summed(moved * moved, window, hop)
        found = np.maximum(found, np.abs(product) / np.sqrt(np.maximum(energy * other, np.finfo(float).tiny)))
    return found


def _summed(samples: Signal, window: int, hop: int) -> Signal:
    """Return the sums over windows."""
    found: Signal = windowed(samples, window, hop).sum(axis=1)
    return found
