"""
Colour: a band of speech that is louder, or missing, in the output.

PESQ takes out what a linear filter does before it compares, and STOI looks at bands one by one: neither notices a
resonance of 12 dB at 2 kHz, which is heard at once. Peaks of a frequency response are heard sooner than dips (Bücklein,
*The audibility of frequency response irregularities*, JAES 29, 1981).

Conventions
-----------
Both signals are cut into windows of 32 ms (Hann), 16 ms apart; windows in which the reference is within 30 dB of its
loudest are averaged in power, and summed into bands of a third of an octave from 125 Hz up. Level is taken out as the
median change between 200 and 3400 Hz. A remaining delay is to be taken out before (`Alignment.in_step`).

band_change_db : the largest rise of any band that has speech (within 35 dB of the loudest), or the largest fall of one
    between 200 and 3400 Hz, since a codec may leave out what is above; band_change_hz : the middle of that band
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.metrics.alignment import AlignedPair, problem
from harness.metrics.filtering import LOUDEST
from harness.record import Measurement, Measurements

VERSION = 1  # raise it when the same input gives another number

WINDOW_SECONDS = 0.032
LOWEST = 125.0  # Hz, the middle of the lowest band
TELEPHONE = (200.0, 3400.0)  # Hz
SPEAKING, HAS_SPEECH = 30.0, 35.0  # dB below the loudest window, and the loudest band
FEWEST = 10  # windows
BLOCK = 4096  # windows that are held as spectra at a time
NAMES = ("band_change_db", "band_change_hz")

Powers = npt.NDArray[np.float64]


def colour(pair: AlignedPair) -> Measurements:
    """Return both measurements of *pair*; undefined for NaN and silence, and where too little is said."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        return dict.fromkeys(NAMES, Measurement.missing(reason))
    rate = pair.reference.sample_rate
    middles = _middles(rate)
    ours, theirs = _of_reference(pair.reference), _bands(_squarable(pair.degraded.samples), rate, middles)
    if len(ours) < FEWEST:
        return dict.fromkeys(NAMES, Measurement.missing(f"bands need {FEWEST} windows of {WINDOW_SECONDS:g} s"))
    power = ours.sum(axis=1)
    speaking = power >= power.max() * 10 ** (-SPEAKING / 10)
    before, after = ours[speaking].mean(axis=0), theirs[speaking].mean(axis=0)
    spoken = before >= before.max() * 10 ** (-HAS_SPEECH / 10)
    narrow = spoken & (middles >= TELEPHONE[0]) & (middles <= TELEPHONE[1])
    if speaking.sum() < FEWEST or not before.max() or not narrow.any() or not after[narrow].all():
        return dict.fromkeys(NAMES, Measurement.missing("the reference or the output has too little speech in bands"))
    change = 10 * np.log10(np.maximum(after, 1e-30) / np.maximum(before, 1e-30))
    change -= np.median(change[narrow])
    size = np.where(spoken & (change > 0) | narrow, np.abs(change), -np.inf)
    most = int(np.argmax(size))
    return {
        "band_change_db": Measurement.of(float(size[most]), "dB"),
        "band_change_hz": Measurement.of(float(middles[most]), "Hz"),
    }


@lru_cache(maxsize=1)
def _of_reference(reference: Waveform) -> Powers:
    """Return the powers of *reference*: many outputs are held against the same."""
    return _bands(_squarable(reference.samples), reference.sample_rate, _middles(reference.sample_rate))


def _squarable(samples: Samples) -> Samples:
    """Return *samples*, or what is so loud that float32 does not hold its square at full scale: level is taken out."""
    peak = np.abs(samples).max()
    return samples / peak if peak > LOUDEST else samples


def _middles(rate: int) -> Powers:
    """Return the middles of all bands that lie below half the *rate*, in Hz."""
    count = int(np.floor(3 * np.log2(rate / 2 / LOWEST) - 0.5)) + 1
    return np.asarray(LOWEST * 2.0 ** (np.arange(max(0, count)) / 3), np.float64)


def _bands(samples: Samples, rate: int, middles: Powers) -> Powers:
    """Return the power of each band in each window, (windows, bands); in blocks, since speech may be hours long."""
    length = round(WINDOW_SECONDS * rate)
    if len(samples) < length or not len(middles):
        return np.zeros((0, len(middles)))
    shape = np.hanning(length).astype(np.float32)
    edges = np.concatenate([middles * 2 ** (-1 / 6), middles[-1:] * 2 ** (1 / 6)])
    bins = np.searchsorted(np.fft.rfftfreq(length, 1 / rate), edges)
    windows = np.lib.stride_tricks.sliding_window_view(samples, length)[:: length // 2]
    found = []
    for begin in range(0, len(windows), BLOCK):
        power = np.square(np.abs(np.fft.rfft(windows[begin : begin + BLOCK] * shape, axis=1)))
        sums = np.cumsum(np.pad(power, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
        found.append(np.diff(sums[:, bins], axis=1))
    return np.concatenate(found)
