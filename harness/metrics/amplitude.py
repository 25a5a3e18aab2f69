"""
The negative control: amplitude statistics of the kind that dashboards show, and whether they would have noticed.

They say nothing about words: shuffling a recording in blocks of 80 ms leaves every one of them as it was. They are
computed so that a report can say "this output is broken and these numbers look fine" (`masked`).

For that question the reference is the last good output, not the uncoded speech: every lossy codec moves some of these
numbers (a narrow-band one tilts the spectrum by 4 dB per octave), and a dashboard is read against what it showed
before.

Conventions
-----------
Each measurement is degraded minus reference, or a distance between the two, and needs no alignment. Levels are in dB
relative to full scale; frame levels are RMS over 20 ms.

amplitude_rms_db : overall RMS level
amplitude_peak_db : largest absolute sample
amplitude_crest_factor_db : peak over RMS
amplitude_dynamic_range_db : 95th minus 5th percentile of the frame levels
amplitude_level_histogram_distance : total variation between the histograms of sample level (|x| in 3 dB steps, all
    from -60 dB down in one), 0 (same) to 1 (disjoint)
amplitude_long_term_spectrum_distance_db : mean absolute difference of the long-term spectra in third-octave bands from
    100 Hz to 8 kHz, each relative to its own total
amplitude_tilt_db_per_octave : slope of that spectrum over log frequency
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.metrics.alignment import AlignedPair, problem
from harness.record import Measurement, Measurements

VERSION = 1  # raise it when the same input gives another number
FRAME_SECONDS = 0.02
# -60 dB of full scale, room noise at listening level. What is below counts as this: synthetic speech pauses in digital
# silence, and a codec that answers with something inaudible has not changed the dynamic range that anybody sees.
FLOOR = 1e-3
SPECTRUM_SECONDS = 0.064

# What a sensible alarm on each number would be. Tighter ones would go off on healthy lossy codecs, and be switched off.
LIMITS = {
    # About the smallest change of level that people notice in speech, and the tolerance of EBU R 128 for live material.
    "amplitude_rms_db": 1.0,
    # Half or double the peak power: a single sample decides, so lossy coding alone moves it by a decibel or two.
    "amplitude_peak_db": 3.0,
    "amplitude_crest_factor_db": 3.0,
    # Noise or gating 3 dB above or below the quietest moments: the usual step between alarm levels.
    "amplitude_dynamic_range_db": 3.0,
    # One sample in ten at another level.
    "amplitude_level_histogram_distance": 0.1,
    # An average band at half or double its share of the power.
    "amplitude_long_term_spectrum_distance_db": 3.0,
    # 6 dB more or less between 100 Hz and 6.4 kHz: what a turn of a tone control does.
    "amplitude_tilt_db_per_octave": 1.0,
}

Reals = npt.NDArray[np.float64]
SPECTRAL = ("amplitude_long_term_spectrum_distance_db", "amplitude_tilt_db_per_octave")
_UNITS = {"amplitude_level_histogram_distance": "1", "amplitude_tilt_db_per_octave": "dB/octave"}


def amplitude_statistics(pair: AlignedPair) -> Measurements:
    """Return every statistic named above for *pair*; all undefined if a side holds NaN, infinities or silence."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        return dict.fromkeys(LIMITS, Measurement.missing(reason))
    rate = pair.reference.sample_rate
    ours, theirs = pair.reference.samples.astype(np.float64), pair.degraded.samples.astype(np.float64)
    before, after = _statistics(ours, rate), _statistics(theirs, rate)
    values = {name: after[name] - before[name] for name in before}
    values["amplitude_level_histogram_distance"] = 0.5 * float(np.abs(_histogram(theirs) - _histogram(ours)).sum())
    spectral: Measurements = {}
    change = _spectral_change(ours, theirs, rate)
    if isinstance(change, str):
        spectral = dict.fromkeys(SPECTRAL, Measurement.missing(change))
    else:
        octaves, levels = change
        values["amplitude_long_term_spectrum_distance_db"] = float(np.abs(levels).mean())
        values["amplitude_tilt_db_per_octave"] = float(np.polyfit(octaves, levels, 1)[0])
    found = {name: Measurement.of(value, _UNITS.get(name, "dB")) for name, value in values.items()} | spectral
    return {name: found[name] for name in LIMITS}


def alarms(measurements: Measurements) -> tuple[str, ...]:
    """
    Return which of the amplitude statistics alone would have raised an alarm.

    Statistics that are undefined do raise one: silence and NaN are what a dashboard does see. Raises KeyError if
    *measurements* lacks one of `LIMITS`.
    """
    values = {name: measurements[name].value for name in LIMITS}
    return tuple(name for name, found in values.items() if found is None or abs(found) > LIMITS[name])


def _spectral_change(reference: Reals, output: Reals, rate: int) -> tuple[Reals, Reals] | str:
    """Return band centres in octaves above 100 Hz and by how many dB each band changes; or why that is not known."""
    if len(reference) < SPECTRUM_SECONDS * rate:
        return f"a long-term spectrum needs {SPECTRUM_SECONDS:g} s"
    powers = [_power(signal, rate) for signal in (reference, output)]
    for power, what in zip(powers, ("reference", "output"), strict=True):
        if not np.any(power):
            return f"the {what} has no long-term spectrum: it is a single click"
    octaves, before = _third_octaves(powers[0], rate)
    return octaves, _third_octaves(powers[1], rate)[1] - before


def _statistics(signal: Reals, rate: int) -> dict[str, float]:
    rms, peak = _level(np.array([np.sqrt(np.square(signal).mean()), np.abs(signal).max()]))
    size = min(max(int(FRAME_SECONDS * rate), 1), len(signal))
    frames = signal[: len(signal) // size * size].reshape(-1, size)
    low, high = np.percentile(_level(np.sqrt(np.square(frames).mean(axis=1))), [5, 95])
    return {
        "amplitude_rms_db": float(rms),
        "amplitude_peak_db": float(peak),
        "amplitude_crest_factor_db": float(peak - rms),
        "amplitude_dynamic_range_db": float(high - low),
    }


def _level(amplitude: Reals) -> Reals:
    level: Reals = 20 * np.log10(np.maximum(amplitude, FLOOR))
    return level


def _histogram(signal: Reals) -> Reals:
    steps = np.clip(np.floor(_level(np.abs(signal)) / 3), -20, 0).astype(np.int64) + 20
    return np.bincount(steps, minlength=21) / len(signal)


def _power(signal: Reals, rate: int) -> Reals:
    """Return the mean power spectrum (Welch's method)."""
    size = int(SPECTRUM_SECONDS * rate)
    frames = np.lib.stride_tricks.sliding_window_view(signal, size)[:: size // 2] * np.hanning(size)
    power: Reals = np.square(np.abs(np.fft.rfft(frames))).mean(axis=0)
    return power


def _third_octaves(power: Reals, rate: int) -> tuple[Reals, Reals]:
    """Return band centres in octaves above 100 Hz, and the levels of a spectrum in dB relative to the whole."""
    frequencies = np.fft.rfftfreq(int(SPECTRUM_SECONDS * rate), 1 / rate)
    octaves = np.arange(0, np.log2(min(8000, 0.45 * rate) / 100), 1 / 3)
    edges = 100 * 2 ** (np.append(octaves, octaves[-1] + 1 / 3) - 1 / 6)
    bands = np.array([power[(frequencies >= low) & (frequencies < high)].sum() for low, high in pairwise(edges)])
    # Bands more than 60 dB below the whole are off the foot of such a plot.
    return octaves, 10 * np.log10(bands / bands.sum() + 1e-6)
