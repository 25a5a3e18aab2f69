"""
Bring a decoded signal beside its reference, and report what had to be done.

Only the delay that the codec *declares* is taken out. What is left over is measured and reported, never aligned away:
shifting garbled audio until it fits best makes it look better than it is (two swapped 80 ms blocks rise from STOI 0.02
to 0.52).

The measurements
----------------
delay_ms : lag of the output beyond the declared delay, positive when late. To the sample where the waveforms
    correlate (`alignment_confidence` >= 0.7), else in steps of 5 ms from band envelopes, else undefined. Where the
    clock drifts, the lag at the start, and gain and polarity by the output's own clock
gain_db : gain of the output by least squares at that lag; needs waveform correlation. The projection of a noisy output
    is smaller than the output: up to 3 dB at a confidence of 0.7 are noise, not gain
polarity : 1, -1 if the output is inverted, 0 if it turns on the way; needs waveform correlation. Polarity turns where
    windows of 0.4 s are upside down and others are not, all with the lag that most have. polarity_turn_s : around where
length_change_samples : samples of output minus samples of reference, before the delay is taken out and the rest is cut
    or filled with zeros
drift_ppm : how much the lag grows over time, in parts per million, positive when the output is slower; undefined when
    too little can be measured, when the slope is uncertain, or when the lag jumps instead of drifting
delay_jump_ms : how far the lag of a stretch of speech is from that of another, beyond what the drift makes it, if each
    is less like the speech at the other's lag (0.2 in correlation; a vowel is like itself a period later). A stretch is
    windows of 0.4 s in a row that agree to 2 ms: three that correlate at 0.8 in the median, or two at 0.9 each. A jump
    of more than 150 ms, or of speech shorter than that, is not seen. 30 ms at 70 % of 40 utterances: 32 found in pcm,
    29 in Opus at 12 kb/s, 12 at 6 kb/s. Of 40 through pcm, Opus at 6 and 16 kb/s and Codec 2, each as it is and with 16
    kinds of noise, hum, filters, echoes, losses and slow clocks, none has one
alignment_confidence : the largest normalised waveform correlation within a second, 0 to 1
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.metrics import delay
from harness.metrics.delay import CONFIDENT, Signal, Windows
from harness.metrics.filtering import Reals, filtered
from harness.record import Measurement, Measurements

Rows = npt.NDArray[np.int64]

VERSION = 9  # raise it when the same input gives another number
DRIFT_WINDOWS, DRIFT_SECONDS = 5, 1.5  # the least that a slope is drawn through
LINE_WINDOWS = 2000  # what a slope is drawn through at most, evenly taken: pairs of all in an hour would be gigabytes
JUMP_SECONDS = 0.0005  # windows further than this off the line do not belong to it
ON_LINE = 0.8  # share of windows that must
# A clock is off by up to some 100 ppm; a slope is worth telling if two standard errors are a tenth of that, or a fifth
# of the slope itself.
SURE_PPM, SURE_SHARE = 10.0, 0.2
TURNED = 2  # windows in a row of each polarity where it turns on the way; or one whose correlation is `UNDISPUTED`
UNDISPUTED = 0.9  # a correlation that leaves no other polarity
# Hz: none is passed of what lies outside, all between the middle two. The polarity of the whole is asked where neither
# hum nor what filters do to the phase of the lowest and highest tones reaches; that of windows where half a period is
# longer than their lags scatter.
POLAR_BAND, TURN_BAND = (800.0, 1200.0, 3000.0, 3500.0), (200.0, 400.0, 1500.0, 2000.0)
SAME_LAG_SECONDS = 0.00015
AGREE_SECONDS = 0.002  # to which the lags of windows in a row are one
OTHER_LAG = 0.2  # by which a stretch correlates less at the lag of another: a vowel is like itself a period later
STRETCH, LIKE = 3, 0.8  # so many windows, and their correlation; of one less, `UNDISPUTED` each
DRIFTING = 20.0  # ppm from which lag and gain are sought by the output's own clock: 0.2 ms in 10 s


@dataclass(frozen=True)
class AlignedPair:
    """Reference and degraded signal at one rate and of one length; the only thing that signal metrics take."""

    reference: Waveform
    degraded: Waveform

    def __post_init__(self) -> None:
        if self.reference.sample_rate != self.degraded.sample_rate:
            raise ValueError(
                f"a pair has one sample rate but got {self.reference.sample_rate} Hz for the reference and "
                f"{self.degraded.sample_rate} Hz for the degraded signal; resample one of them first"
            )
        if len(self.reference.samples) != len(self.degraded.samples):
            raise ValueError(
                f"a pair has one length but got {len(self.reference.samples)} samples of reference and "
                f"{len(self.degraded.samples)} degraded; use align()"
            )


@dataclass(frozen=True)
class Alignment:
    """The pair to score, and what was measured on the way."""

    pair: AlignedPair
    measurements: Measurements

    @property
    def in_step(self) -> AlignedPair:
        """The pair with the measured delay taken out too, where it is known: for levels, never for scores."""
        late = self.measurements["delay_ms"].value
        lag = round((late or 0.0) * self.pair.reference.sample_rate / 1000)
        if not lag:
            return self.pair
        moved = np.zeros_like(self.pair.degraded.samples)
        kept = self.pair.degraded.samples[max(lag, 0) : max(0, len(moved) + min(lag, 0))]
        moved[max(-lag, 0) :][: len(kept)] = kept
        return AlignedPair(self.pair.reference, Waveform(moved, self.pair.degraded.sample_rate))


def align(reference: Waveform, degraded: Waveform, declared_delay: int) -> Alignment:
    """
    Take *declared_delay* samples off the start of *degraded*, make it as long as *reference*, measure the rest.

    Raises ValueError if the rates differ or the delay is negative. Silence or NaN on either side is no error: the
    measurements it spoils are undefined, and the pair carries it on.
    """
    pair = paired(reference, degraded, declared_delay)
    change = Measurement.of(len(degraded.samples) - len(reference.samples), "samples")
    measured = _measured(reference, degraded.samples[declared_delay:])
    return Alignment(pair, measured | {"length_change_samples": change})


def with_rest(pair: AlignedPair, output: Waveform, declared_delay: int) -> Waveform:
    """Return the degraded signal of *pair*, made of *output*, with what comes after the end of the reference."""
    rest = output.samples[declared_delay + len(pair.degraded.samples) :]
    return Waveform(np.append(pair.degraded.samples, rest), output.sample_rate) if len(rest) else pair.degraded


def paired(reference: Waveform, degraded: Waveform, declared_delay: int) -> AlignedPair:
    """Return the pair that `align` scores, without measuring anything; raises as `align`."""
    if reference.sample_rate != degraded.sample_rate:
        raise ValueError(
            f"align needs one sample rate but got {reference.sample_rate} Hz and {degraded.sample_rate} Hz; "
            "resample one of them first"
        )
    if declared_delay < 0:
        raise ValueError(f"a declared delay is 0 samples or more but got {declared_delay}")
    arrived = of_length(degraded.samples[declared_delay:], len(reference.samples))
    return AlignedPair(reference, Waveform(arrived, reference.sample_rate))


def problem(signal: Samples, name: str) -> str | None:
    """Say why nothing can be measured on *signal*, or None. *name* is "reference" or "output"."""
    if not signal.size:
        return f"the {name} is empty"
    if np.isnan(signal).any():
        return f"the {name} contains NaN"
    if not np.isfinite(signal).all():
        return f"the {name} contains infinite samples"
    if not signal.any():
        return f"the {name} is silent"
    return None


def of_length(samples: Samples, length: int) -> Samples:
    """Return *samples* (T,) cut off, or filled with zeros, to *length*."""
    missing = length - len(samples)
    return np.pad(samples, (0, missing)) if missing > 0 else samples[:length]


def _measured(reference: Waveform, arrived: Samples) -> Measurements:
    reason = problem(reference.samples, "reference") or problem(arrived, "output")
    if reason is not None:
        names = ("delay_ms", "gain_db", "polarity", "polarity_turn_s", "drift_ppm", "delay_jump_ms")
        return dict.fromkeys((*names, "alignment_confidence"), Measurement.missing(reason))
    rate = reference.sample_rate
    ours, theirs = reference.samples.astype(np.float64), arrived.astype(np.float64)
    lag = delay.by_waveform(ours, theirs, rate)
    if CONFIDENT <= abs(lag.correlation) < UNDISPUTED:  # with hum, a vowel looks like its inverse half a period later
        band = delay.by_waveform(*_in_band(ours, theirs, rate, POLAR_BAND), rate)
        other = band.correlation * lag.correlation < 0 and abs(band.correlation) > abs(lag.correlation)
        if other and (band.correlation > 0 or abs(band.correlation) >= UNDISPUTED):  # to accuse, it has to be sure
            lag = band
    sure = abs(lag.correlation) >= CONFIDENT
    later = None if sure else delay.by_envelope(ours, theirs, rate)
    # A clock that is 0.1 % off undoes the correlation of the whole within seconds, but not that of a window.
    around = lag.samples if later is None else round(later * rate)
    windows = delay.by_window(ours, theirs, rate, around)
    drift, turn = _drift(windows, rate), None
    jump = _jump(ours, theirs, windows, rate, drift.value or 0.0)
    if len(set(np.sign(windows.correlations))) > 1:  # as a vowel may look by itself
        turn = _turn(delay.by_window(*_in_band(ours, theirs, rate, TURN_BAND), rate, around), rate)
    if drift.value is not None and abs(drift.value) > DRIFTING:
        read = _at_our_clock(theirs, drift.value)
        kept = delay.by_waveform(ours, read, rate)
        if abs(kept.correlation) >= max(CONFIDENT, abs(lag.correlation)):
            theirs, lag, sure = read, kept, True
    measured = {
        "alignment_confidence": Measurement.of(abs(lag.correlation), "1"),
        "drift_ppm": drift,
        "delay_jump_ms": jump,
        "polarity_turn_s": Measurement.missing("polarity does not turn") if turn is None else Measurement.of(turn, "s"),
    }
    turned = {} if turn is None else {"polarity": Measurement.of(0, "sign")}
    if not sure:
        unlike = Measurement.missing(
            f"the waveforms do not correlate ({abs(lag.correlation):.2f}, wanted {CONFIDENT}): another waveform"
        )
        found = unlike if later is None else Measurement.of(1000 * later, "ms")
        kept_drift = unlike if later is None and drift.value is None else drift
        return measured | {"delay_ms": found, "gain_db": unlike, "polarity": unlike, "drift_ppm": kept_drift} | turned
    near, far = delay.overlap(ours, theirs, lag.samples)
    gain = abs(float(np.dot(near, far) / np.dot(near, near)))
    sized = {
        "delay_ms": Measurement.of(1000 * lag.samples / rate, "ms"),
        "gain_db": Measurement.of(20 * float(np.log10(gain)), "dB"),
        "polarity": Measurement.of(1 if lag.correlation > 0 else -1, "sign"),
    }
    return measured | sized | turned


def _in_band(reference: Signal, degraded: Signal, rate: int, band: tuple[float, ...]) -> tuple[Signal, Signal]:
    def passed(frequencies: Reals) -> Reals:
        return np.interp(frequencies, band, (0.0, 1.0, 1.0, 0.0))

    return filtered(reference, rate, passed), filtered(degraded, rate, passed)


def _at_our_clock(degraded: Signal, ppm: float) -> Signal:
    """Return what came out by a clock that is *ppm* slow, read by ours (linear interpolation: for levels and lags)."""
    places = np.arange(len(degraded)) * (1 + ppm * 1e-6)
    read: Signal = np.interp(places, np.arange(len(degraded)), degraded, right=0.0)
    return read


def _drift(windows: Windows, rate: int) -> Measurement:
    """Fit the median slope (Theil and Sen: a few wrong windows do not move it) to the lags of confident windows."""
    times, lags = windows.times, windows.lags
    if len(times) < DRIFT_WINDOWS or times[-1] - times[0] < DRIFT_SECONDS:
        span = times[-1] - times[0] if len(times) else 0.0
        return Measurement.missing(
            f"only {len(times)} windows over {span:.1f} s have a clear lag; drift needs {DRIFT_WINDOWS} over "
            f"{DRIFT_SECONDS} s of speech"
        )
    slope, offsets = _line(windows)
    off = np.abs(offsets) > JUMP_SECONDS * rate
    if off.mean() > 1 - ON_LINE:
        spread = 1000 * float(lags.max() - lags.min()) / rate
        return Measurement.missing(f"the lag jumps (by up to {spread:.1f} ms) instead of drifting")
    ppm = 1e6 * slope / rate
    # Two standard errors. Windows overlap by half, so only every other one counts as new; residuals are taken to be at
    # least a tenth of a sample, for a codec's phase changes with the sounds and a few windows can agree by chance.
    scatter = max(float(np.sqrt(np.square(offsets)[~off].mean())), 0.1)
    error = 2e6 / rate * scatter * np.sqrt(2 / np.square(times - times.mean()).sum())
    if error > max(SURE_PPM, SURE_SHARE * abs(ppm)):
        return Measurement.missing(f"drift is too uncertain to tell: {ppm:.0f} +- {error:.0f} ppm")
    return Measurement.of(ppm + 0.0, "ppm")  # no negative zero


def _jump(ours: Signal, theirs: Signal, windows: Windows, rate: int, ppm: float) -> Measurement:
    """Measure how far apart the lags of stretches are, without what a clock that is *ppm* slow makes of them."""
    drift = windows.times * rate * ppm * 1e-6
    lags = windows.lags - drift
    edges = np.flatnonzero(np.abs(np.diff(lags)) > AGREE_SECONDS * rate) + 1
    rows = np.split(np.arange(len(lags)), edges)
    stretches = [row for row in rows if _has_a_lag(np.abs(windows.correlations[row]))]
    if not stretches:
        return Measurement.missing("no stretch of speech has a clear lag")

    if len(stretches) == 1:
        return Measurement.of(0.0, "ms")
    middles = np.array([float(np.median(lags[row])) for row in stretches])

    def refused(row: Rows) -> npt.NDArray[np.bool_]:
        """Tell for the lag of each stretch whether *row* is less like the speech there than at its own."""
        at = middles + np.median(drift[row])
        others = delay.likeness(ours, theirs, rate, windows.times[row], at, AGREE_SECONDS / 2)
        return others < float(np.median(np.abs(windows.correlations[row]))) - OTHER_LAG

    refuses = np.array([refused(row) for row in stretches])
    apart = np.abs(middles[:, None] - middles)[refuses & refuses.T]
    return Measurement.of(1000 * float(apart.max(initial=0.0)) / rate, "ms")


def _has_a_lag(correlations: Signal) -> bool:
    """Tell whether windows in a row are enough to say that their lag is no chance."""
    if len(correlations) >= STRETCH and np.median(correlations) >= LIKE:
        return True
    return len(correlations) >= STRETCH - 1 and bool((correlations >= UNDISPUTED).all())


def _line(windows: Windows) -> tuple[float, Signal]:
    """Return the slope of the lags, in samples a second, and how far each is off the line, in samples."""
    every = len(windows.times) // LINE_WINDOWS + 1
    times, lags = windows.times[::every], windows.lags[::every]
    first, second = np.triu_indices(len(times), k=1)
    slope = float(np.median((lags[second] - lags[first]) / (times[second] - times[first])))
    offsets = windows.lags - slope * windows.times
    return slope, offsets - np.median(offsets)


def _turn(windows: Windows, rate: int) -> float | None:
    """Return around where, in s, polarity turns, or None; a vowel is like its inverse at another lag, and not asked."""
    if len(windows.times) < 2:
        return None
    on = np.abs(_line(windows)[1]) <= SAME_LAG_SECONDS * rate
    times, found = windows.times[on], windows.correlations[on]
    edges = np.flatnonzero(np.diff(np.sign(found))) + 1  # where a row of windows of one polarity ends
    rows = [row for row in np.split(np.arange(len(found)), edges) if _is_sure(np.abs(found[row]))]
    for before, after in pairwise(rows):
        if found[before[0]] * found[after[0]] < 0:
            return round(float(times[before[-1]] + times[after[0]]) / 2, 2)
    return None


def _is_sure(correlations: Signal) -> bool:
    return len(correlations) >= TURNED or bool((correlations >= UNDISPUTED).any())
