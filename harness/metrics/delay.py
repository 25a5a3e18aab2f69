"""
How far one signal lags another: by waveform, by spectral envelope, and window by window.

Conventions
-----------
Signals are float, shape (T,), one sample rate. A lag is positive when *degraded* comes later than *reference*. A
correlation is normalised: 1 for equal shape, whatever the gain.

What was measured
-----------------
Five voices, 1.6 to 5.3 s. By waveform, the right lag has a correlation of 0.95 and more at 10 dB SNR, 0.71 at 0 dB and
behind a 1 kHz low-pass 0.93; swapped 80 or 160 ms blocks reach 0.49 to 0.64 at a lag of a block, shuffled and reversed
ones at most 0.34. Hence `CONFIDENT`. Vocoded or phase-randomised speech, whose words survive, has no waveform
correlation at all, but its band envelopes correlate at 0.78 to 0.97 and the next best lag is at least 0.27 lower; in
garbled speech the envelopes reach 0.75 and the next best lag is at most 0.2 lower. Hence `ENVELOPE_CONFIDENT` and
`ENVELOPE_MARGIN`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.metrics.filtering import quick_length

Signal = npt.NDArray[np.float64]

VERSION = 2  # raise it when the same input gives another number
CONFIDENT = 0.7
ENVELOPE_CONFIDENT = 0.8
ENVELOPE_MARGIN = 0.2
SEARCH_SECONDS = 1.0  # a codec that lags by more is not a streaming codec; longer searches find chance peaks

ENVELOPE_STEP = 0.005  # s
ENVELOPE_BANDS = 20
WINDOW_SECONDS, HOP_SECONDS, LOCAL_SECONDS = 0.4, 0.2, 0.15
LOUD = 0.05  # windows with less than this share of the loudest window's energy are not used


@dataclass(frozen=True)
class Lag:
    """The best lag in samples, and its normalised correlation, negative if the polarity is flipped."""

    samples: int
    correlation: float


@dataclass(frozen=True)
class Windows:
    """Middles in the reference (s), lags (samples, interpolated) and correlations (-1 to 1) of windows, (W,) each."""

    times: Signal
    lags: Signal
    correlations: Signal


def by_waveform(reference: Signal, degraded: Signal, rate: int) -> Lag:
    """Return the lag within 1 s of the largest absolute correlation of two non-silent signals at *rate* Hz."""
    furthest = min(int(SEARCH_SECONDS * rate), max(len(reference), len(degraded)) - 1)
    lags, products = _correlate(reference[:, None], degraded[:, None], furthest)
    best = int(lags[np.argmax(np.abs(products))])
    scale = np.sqrt(np.dot(reference, reference) * np.dot(degraded, degraded))
    near, far = overlap(reference, degraded, best)
    return Lag(best, float(np.clip(np.dot(near, far) / scale, -1.0, 1.0)))


def by_envelope(reference: Signal, degraded: Signal, rate: int) -> float | None:
    """
    Return the lag in seconds, in steps of 5 ms, between the band envelopes; None unless one lag stands out.

    For speech whose waveform is new but whose sound is kept, as from a low-bitrate neural codec.
    """
    ours, theirs = _band_levels(reference, rate), _band_levels(degraded, rate)
    if len(ours) < 2 or len(theirs) < 2:
        return None
    lags, products = _correlate(ours, theirs, int(SEARCH_SECONDS / ENVELOPE_STEP))
    scale = np.sqrt(np.square(ours).sum() * np.square(theirs).sum())
    if not scale:
        return None
    products /= scale
    best = int(np.argmax(products))
    elsewhere = np.abs(lags - lags[best]) > 0.05 / ENVELOPE_STEP
    second = products[elsewhere].max(initial=-1.0)
    if products[best] < ENVELOPE_CONFIDENT or products[best] - second < ENVELOPE_MARGIN:
        return None
    return float(lags[best]) * ENVELOPE_STEP


def by_window(reference: Signal, degraded: Signal, rate: int, around: int) -> Windows:
    """
    Return the windows with a confident lag.

    Each window of 0.4 s is sought, in either polarity, within 150 ms of the lag *around* (samples).
    """
    window, hop, reach = (int(seconds * rate) for seconds in (WINDOW_SECONDS, HOP_SECONDS, LOCAL_SECONDS))
    starts = range(0, len(reference) - window + 1, hop)
    energies = [float(np.dot(reference[s : s + window], reference[s : s + window])) for s in starts]
    quiet = LOUD * max(energies, default=0.0)
    times, lags, correlations = [], [], []
    for start, energy in zip(starts, energies, strict=True):
        first = start + around - reach
        if energy < quiet or first < 0 or first + window + 2 * reach > len(degraded):
            continue
        found = _sought(reference[start : start + window], degraded[first : first + window + 2 * reach])
        if found is not None:
            times.append((start + window / 2) / rate)
            lags.append(found[0] - reach + around)
            correlations.append(found[1])
    return Windows(np.array(times), np.array(lags), np.array(correlations))


def likeness(reference: Signal, degraded: Signal, rate: int, times: Signal, lags: Signal, reach: float) -> Signal:
    """
    Return the median of what the windows at *times* (s) correlate at, within *reach* seconds of each lag (samples).

    Each window is looked at once, at all lags. 0 at a lag at which none of them has all that it is held against.
    """
    window, margin = int(WINDOW_SECONDS * rate), int(reach * rate)
    whole, which = np.unique(np.round(lags).astype(int), return_inverse=True)
    found = np.full((len(times), len(whole)), np.nan)
    for row, time in zip(found, times, strict=True):
        start = round((time - WINDOW_SECONDS / 2) * rate)
        firsts = start + whole - margin
        inside = (firsts >= 0) & (firsts + window + 2 * margin <= len(degraded))
        if inside.any():
            low, high = firsts[inside].min(), firsts[inside].max() + window + 2 * margin
            shares = np.abs(_shares(reference[start : start + window], degraded[low:high]))
            row[inside] = [shares[first : first + 2 * margin + 1].max() for first in firsts[inside] - low]
    seen = ~np.isnan(found).all(axis=0)
    medians = np.zeros(len(whole))
    medians[seen] = np.nanmedian(found[:, seen], axis=0)
    return medians[which]


def overlap(reference: Signal, degraded: Signal, lag: int) -> tuple[Signal, Signal]:
    """Return the parts of both signals that coincide at *lag*, equally long."""
    near, far = reference[max(-lag, 0) :], degraded[max(lag, 0) :]
    shared = min(len(near), len(far))
    return near[:shared], far[:shared]


def _correlate(reference: Signal, degraded: Signal, furthest: int) -> tuple[npt.NDArray[np.int64], Signal]:
    """Correlate two (T, B) arrays, summed over B, at lags -furthest to furthest."""
    size = quick_length(max(len(reference), len(degraded)) + furthest + 1)
    spectra = np.fft.rfft(reference, size, axis=0).conj() * np.fft.rfft(degraded, size, axis=0)
    products: Signal = np.fft.irfft(spectra.sum(axis=1), size)
    lags = np.arange(-furthest, furthest + 1)
    return lags, products[lags]


def _sought(piece: Signal, around: Signal) -> tuple[float, float] | None:
    """Return where in *around* the shorter *piece* begins, and its correlation; None if nowhere with confidence."""
    signed = _shares(piece, around)
    shares = np.abs(signed)
    best = int(np.argmax(shares))
    if shares[best] < CONFIDENT or not 0 < best < len(shares) - 1:
        return None
    before, peak, after = shares[best - 1 : best + 2]
    bend = before - 2 * peak + after
    return best + (0.5 * (before - after) / bend if bend < 0 else 0.0), float(np.copysign(peak, signed[best]))


def _shares(piece: Signal, around: Signal) -> Signal:
    """Return the correlation of *piece* with each part of *around* that is as long, -1 to 1."""
    size = quick_length(len(around))
    products = np.fft.irfft(np.fft.rfft(piece, size).conj() * np.fft.rfft(around, size), size)
    products = products[: len(around) - len(piece) + 1]
    total = np.concatenate([[0.0], np.cumsum(np.square(around))])
    energies = total[len(piece) :] - total[: -len(piece)]
    shares: Signal = products / np.sqrt(np.maximum(energies * np.dot(piece, piece), np.finfo(float).tiny))
    return shares


def _band_levels(signal: Signal, rate: int) -> Signal:
    """Return levels in dB about their mean, (frames of 5 ms, 20 bands spaced evenly in log frequency)."""
    step, window = int(ENVELOPE_STEP * rate), int(4 * ENVELOPE_STEP * rate)
    if len(signal) < window:
        return np.empty((0, ENVELOPE_BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(signal, window)[::step] * np.hanning(window)
    power = np.square(np.abs(np.fft.rfft(frames)))
    frequencies = np.fft.rfftfreq(window, 1 / rate)
    edges = np.geomspace(100, min(7000, 0.45 * rate), ENVELOPE_BANDS + 1)
    # The lowest bands are narrower than a bin of the 20 ms window: widen each to hold at least one.
    width = rate / window * 1.2
    bands = [
        power[:, (frequencies >= low) & (frequencies < max(high, low + width))].sum(axis=1)
        for low, high in pairwise(edges)
    ]
    energy = np.stack(bands, axis=1)
    levels: Signal = 10 * np.log10(energy + max(float(energy.mean()) * 1e-4, np.finfo(float).tiny))
    levels -= levels.mean(axis=0)
    return levels
