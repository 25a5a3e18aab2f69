"""
Sound where the reference is silent, silence where it speaks, how loud the speech is, and whether it stays so.

PESQ and STOI hardly look at pauses: 80 ms of noise 12 dB louder than the speech, put before the first word, leave PESQ
at 4.47 and STOI at 0.994. A stretch that is muted costs them little more.

Conventions
-----------
Levels are RMS over windows of 20 ms, 10 ms apart. The *speech level* of the reference is the mean power of its windows
within 25 dB of the loud ones (their 95th percentile), in the manner of ITU-T P.56. Pauses are the windows of the
reference that, with 40 ms on either side, stay 45 dB below the speech level, or within 6 dB of its noise floor (but at
least 18 dB below). The 40 ms leave room for what a codec smears. The pair may have any rate; a remaining delay is to be
taken out before (`Alignment.in_step`), or speech would be found in the pauses.

level_db : level of the output's speech minus that of the reference's, in the same windows, each without its mean, which
    nobody hears; needs no correlation. carried_level_db : the same between 300 and 3400 Hz, which every codec of speech
    carries: without what lies below, five voices are 3.7 to 8.3 dB quieter in all, and 1 dB and less in there
pause_noise_db : mean power of the output in the pauses, over that of the reference there, or over 50 dB below the
    speech level where the reference is quieter than that, which hardly anybody hears; below 0 the output is the quieter
pause_peak_db : the same for the loudest window in the pauses; pause_peak_s : where that is, in seconds
dropout_ms : how long the output lies 15 dB and more below what its own level elsewhere promises, where the reference
    speaks clearly (within 15 dB of the speech level, 20 ms on either side too); between 200 and 3500 Hz, since a
    narrow-band codec drops no speech by dropping the rest of an "s". dropout_s : where the first one is;
    clear_speech_s : how much clear speech there is
muted_ms : how much speech (within 15 dB of the speech level) the longest stretch takes away in which the output stays
    35 dB below the speech level that it has elsewhere, in the same band. Of 900 outputs of 43 codecs, among them Opus
    of 6 kb/s and Codec 2 of 700 bit/s, none of a codec that codes all speech has more than 20, and of one that sends
    nothing of what is soft 40. Of 225 outputs with 80 ms of clear speech muted, all have more than 40, and with the
    last 100 ms of the speech 216. muted_s : where that stretch begins
level_swing_db : level of the output's speech against that of the reference, in the same band, as the median over 0.4 s
    of windows within 15 dB of the speech level (the window of momentary loudness, EBU Tech 3341): the highest of these
    less the lowest. A gain that is the same throughout leaves 0, a step of 3 dB leaves 3 dB; level_swing_s : the middle
    of those windows whose level is furthest from the usual one, which is
    that of speech that came through, as of dropouts, where most is missing
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.metrics.alignment import AlignedPair, problem
from harness.metrics.filtering import Reals, filtered
from harness.record import Measurement, Measurements

VERSION = 12  # raise it when the same input gives another number

WINDOW_SECONDS, HOP_SECONDS = 0.02, 0.01
LOUD, SPEECH_RANGE = 95, 25  # percentile; dB below it
PAUSE, ABOVE_NOISE, LEAST_PAUSE = 45, 6, 18  # dB: below the speech level, above the noise floor, at least below
SMEAR, CLEAR_MARGIN = 4, 2  # hops on either side
BAND = (50, 350, 3000, 4000)  # Hz: telephone speech, with slopes so gentle that nothing rings into a muted stretch
CARRIED = (300.0, 3400.0)  # Hz
CLEAR = 15  # dB below the speech level
INAUDIBLE = 50  # dB below the speech level: speech at 65 dB SPL leaves 15 dB, less than a quiet room has
DROPOUT = 15  # dB
MUTED = 35  # dB below the speech level that came through
LEAST_THROUGH = 4  # windows that came through where most is missing, or a twentieth of all; a click is in three
MOMENT, MOMENT_APART = 40, 5  # windows of speech that one level is a median over, and from one such level to the next
SILENT = 1e-12  # power; -120 dB of full scale

Levels = npt.NDArray[np.float64]

PAUSES = ("pause_noise_db", "pause_peak_db", "pause_peak_s")
DROPOUTS = ("dropout_ms", "dropout_s", "clear_speech_s")
MUTES = ("muted_ms", "muted_s")
SWINGS = ("level_swing_db", "level_swing_s")
NAMES = ("level_db", "carried_level_db", *PAUSES, *DROPOUTS, *MUTES, *SWINGS)


def activity(pair: AlignedPair) -> Measurements:
    """Return every measurement named above for *pair*; undefined for NaN and silence, and where there are no pauses."""
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    rate = pair.reference.sample_rate
    if reason is None and len(pair.reference.samples) < 2 * WINDOW_SECONDS * rate:
        reason = f"levels need {2 * WINDOW_SECONDS:g} s of reference"
    if reason is not None:
        return dict.fromkeys(NAMES, Measurement.missing(reason))

    def after(change: Callable[[Waveform], Samples]) -> _Levels:
        return _Levels.of(_reference_levels(change, pair.reference), window_levels(change(pair.degraded), rate), rate)

    narrow = after(_narrow)
    level, carried = after(_without_mean).speech(), after(_carried).speech()
    levels = {"level_db": level, "carried_level_db": carried}
    return levels | after(_whole).pauses() | narrow.dropouts() | narrow.mutes() | narrow.swing()


@dataclass(frozen=True)
class _Levels:
    """
    Levels of both signals in dB of full scale, window by window, and the speech level of the reference.

    hop, window : seconds from one window to the next, and that one is long: whole samples
    """

    reference: Levels
    degraded: Levels
    speech_level: float
    hop: float
    window: float

    @classmethod
    def of(cls, reference: Levels, degraded: Levels, rate: int) -> "_Levels":
        hop, window = (whole_samples(seconds, rate) / rate for seconds in (HOP_SECONDS, WINDOW_SECONDS))
        return cls(reference, degraded, speech_level(reference), hop, window)

    def speech(self) -> Measurement:
        spoken = self.reference > self.speech_level - CLEAR
        return Measurement.of(_mean(self.degraded[spoken]) - _mean(self.reference[spoken]), "dB")

    def pauses(self) -> Measurements:
        noise = float(np.percentile(self.reference, 5))
        threshold = min(max(self.speech_level - PAUSE, noise + ABOVE_NOISE), self.speech_level - LEAST_PAUSE)
        paused = np.flatnonzero(_around(self.reference, SMEAR, np.max) < threshold)
        if not len(paused):
            return dict.fromkeys(PAUSES, Measurement.missing("the reference has no pause"))
        ours, theirs = self.reference[paused], self.degraded[paused]
        quietest = self.speech_level - INAUDIBLE
        above = theirs - np.maximum(_around(self.reference, SMEAR, np.max)[paused], quietest)
        peak = int(np.argmax(above))
        return {
            "pause_noise_db": Measurement.of(_mean(theirs) - max(_mean(ours), quietest), "dB"),
            "pause_peak_db": Measurement.of(float(above[peak]), "dB"),
            "pause_peak_s": Measurement.of(round(self._middle(int(paused[peak])), 2), "s"),
        }

    def dropouts(self) -> Measurements:
        clear = np.flatnonzero(_around(self.reference, CLEAR_MARGIN, np.min) > self.speech_level - CLEAR)
        if not len(clear):
            return dict.fromkeys(DROPOUTS, Measurement.missing("the reference has no clear speech of 60 ms"))
        change = self.degraded[clear] - self.reference[clear]
        gone = clear[change < _usual(change) - DROPOUT]
        none = Measurement.missing("no dropout")
        return {
            "dropout_ms": Measurement.of(1000 * self.hop * len(gone), "ms"),
            "dropout_s": Measurement.of(round(self._middle(int(gone[0])), 2), "s") if len(gone) else none,
            "clear_speech_s": Measurement.of(round(self.hop * len(clear), 2), "s"),
        }

    def mutes(self) -> Measurements:
        spoken = self.reference > self.speech_level - CLEAR
        usual = _usual((self.degraded - self.reference)[spoken])
        muted = np.concatenate([[False], self.degraded < self.speech_level + usual - MUTED, [False]])
        begins, ends = np.flatnonzero(muted[1:] & ~muted[:-1]), np.flatnonzero(muted[:-1] & ~muted[1:])
        counted = np.concatenate([[0], np.cumsum(spoken)])
        taken = counted[ends] - counted[begins]
        if not taken.any():
            return {"muted_ms": Measurement.of(0.0, "ms"), "muted_s": Measurement.missing("no speech is muted")}
        longest = int(np.argmax(taken))
        return {
            "muted_ms": Measurement.of(1000 * self.hop * int(taken[longest]), "ms"),
            "muted_s": Measurement.of(round(self._middle(int(begins[longest])), 2), "s"),
        }

    def swing(self) -> Measurements:
        spoken = np.flatnonzero(self.reference > self.speech_level - CLEAR)
        if len(spoken) < 2 * MOMENT:
            few = f"the reference has {len(spoken) * self.hop:.1f} s of speech, and a swing of level needs "
            return dict.fromkeys(SWINGS, Measurement.missing(f"{few}{2 * MOMENT * HOP_SECONDS:.1f} s"))
        change = (self.degraded - self.reference)[spoken]
        moments = np.lib.stride_tricks.sliding_window_view(change, MOMENT)[::MOMENT_APART]
        levels = np.median(moments, axis=1)
        furthest = int(np.argmax(np.abs(levels - _usual(change)))) * MOMENT_APART
        middle = self._middle(int(spoken[furthest + MOMENT // 2]))
        return {
            "level_swing_db": Measurement.of(float(levels.max() - levels.min()), "dB"),
            "level_swing_s": Measurement.of(round(middle, 2), "s"),
        }

    def _middle(self, window: int) -> float:
        return window * self.hop + self.window / 2


def _usual(change: Levels) -> float:
    """Return by how much speech that came through is louder than the uncoded: in the median, unless most is missing."""
    usual = float(np.median(change))
    through = float(np.sort(change)[-max(LEAST_THROUGH, len(change) // 20) :][0])
    if usual < -DROPOUT and through - usual > DROPOUT:
        return float(np.median(change[change > through - DROPOUT]))
    return 0.0 if usual < -INAUDIBLE else usual  # then nothing came through


def whole_samples(seconds: float, rate: int) -> int:
    """Return *seconds* in whole samples at *rate* Hz, at least one."""
    return max(1, int(seconds * rate))


@lru_cache(maxsize=4)
def _reference_levels(change: Callable[[Waveform], Samples], reference: Waveform) -> Levels:
    """Return the levels of *reference* after one of four changes; many outputs are held against the same."""
    return window_levels(change(reference), reference.sample_rate)


def _whole(waveform: Waveform) -> Samples:
    return waveform.samples


def _without_mean(waveform: Waveform) -> Samples:
    return waveform.samples - np.float32(waveform.samples.mean(dtype=np.float64))


def _carried(waveform: Waveform) -> Samples:
    return carried(waveform.samples, waveform.sample_rate).astype(np.float32)


def carried(samples: npt.NDArray[np.floating], rate: int) -> npt.NDArray[np.float64]:
    """Return what of *samples* (T,) every codec of speech carries: 300 to 3400 Hz, and nothing else."""

    def passed(frequencies: Reals) -> Reals:
        return ((frequencies >= CARRIED[0]) & (frequencies <= CARRIED[1])).astype(np.float64)

    return filtered(samples, rate, passed)


def _narrow(waveform: Waveform) -> Samples:
    return telephone_band(waveform.samples, waveform.sample_rate)


def telephone_band(samples: npt.NDArray[np.floating], rate: int) -> Samples:
    """Return what a telephone passes of *samples* (T,): 350 to 3000 Hz, and less and less down to 50 and up to 4000."""

    def passed(frequencies: Reals) -> Reals:
        ramp = np.interp(frequencies, BAND, (0.0, 1.0, 1.0, 0.0))
        gains: Reals = np.square(np.sin(np.pi / 2 * ramp))
        return gains

    return filtered(samples, rate, passed).astype(np.float32)


def window_levels(
    samples: npt.NDArray[np.floating], rate: int, window_seconds: float = WINDOW_SECONDS, hop: float = HOP_SECONDS
) -> Levels:
    """
    Return levels of *samples* (T,) in dB of full scale, in windows *hop* seconds apart; -120 dB for silence.

    The last window ends with the signal, or up to a hop after it, where there is silence.
    """
    window, step = (whole_samples(seconds, rate) for seconds in (window_seconds, hop))
    if len(samples) < window:
        return np.zeros(0)
    squares = np.pad(np.square(samples.astype(np.float64)), (0, (window - len(samples)) % step))
    levels: Levels = 10 * np.log10(np.maximum(windowed(squares, window, step).mean(axis=1), SILENT))
    return levels


def windowed(samples: Levels, window: int, step: int) -> Levels:
    """
    Return a view (windows, window) of *samples*, a window every *step*; windows that would not be full are left out.

    Sums over it know nothing of samples outside: differences of one running sum would be noise behind a spike of 1e9.
    """
    if len(samples) < window:
        return np.zeros((0, window))
    return np.lib.stride_tricks.sliding_window_view(samples, window)[::step]


def speech_level(levels: Levels) -> float:
    """Return the speech level in dB of a signal with *levels*, as of this module's conventions."""
    return _mean(levels[levels > np.percentile(levels, LOUD) - SPEECH_RANGE])


def _around(levels: Levels, hops: int, what: Callable[..., Levels]) -> Levels:
    """Return the largest or smallest level within *hops* of each window."""
    padded = np.pad(levels, hops, mode="edge")
    found: Levels = what(np.lib.stride_tricks.sliding_window_view(padded, 2 * hops + 1), axis=1)
    return found


def _mean(levels: Levels) -> float:
    return 10 * float(np.log10(np.mean(10 ** (levels / 10))))
