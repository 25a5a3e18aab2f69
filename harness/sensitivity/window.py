"""
What an effect on samples sees: the new samples of a stream, as many as it asks for of the past, and where they are.

Conventions
-----------
Samples are float64 here and float32 outside. Times are seconds from the beginning of the stream, levels are dB.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples

Reals = npt.NDArray[np.float64]
LONG = 1024  # taps from which on filters go through a Fourier transform
BLOCK = 4096  # samples; noise is drawn in blocks, so that it does not depend on how a stream is cut into calls
HALF = 6  # samples on either side of a place between two that say what is there
BEND = 4.0  # of the Kaiser window over them: within 0.15 dB up to three quarters of half the rate


@dataclass(frozen=True)
class Planted:
    """
    Where a fault is planted, in which stream of which codec.

    at : seconds from the beginning of the stream, which is *seconds* long
    seed : of what is drawn by chance; level : RMS of the speech, full scale is 1; peak : its largest sample
    rate : Hz; frame_size : samples of a frame
    """

    at: float
    seconds: float
    seed: int
    level: float
    peak: float
    rate: int
    frame_size: int

    @property
    def share(self) -> float:
        """The place as a share of the stream, 0 to 1, without the 1."""
        return min(max(self.at / self.seconds, 0.0), 0.999)

    @property
    def frame(self) -> int:
        """The number of the frame that the place is in."""
        return int(self.at * self.rate / self.frame_size)

    def frames(self, milliseconds: float) -> int:
        """Return how many frames *milliseconds* are, 1 at least."""
        return whole_frames(milliseconds, self.rate, self.frame_size)


@dataclass(frozen=True)
class PieceOfStream:
    """*samples* are *past* old ones, zeros before the beginning, and then new ones, the first number *start*."""

    samples: Reals
    past: int
    start: int
    rate: int
    place: Planted

    @property
    def new(self) -> Reals:
        """The new samples."""
        return self.samples[self.past :]

    @property
    def time(self) -> Reals:
        """Seconds since the beginning of the stream, for each new sample."""
        return np.asarray((self.start + np.arange(len(self.new))) / self.rate)

    @property
    def _from_place(self) -> npt.NDArray[np.int64]:
        """Samples since the one that is nearest to the place of the fault, for each new sample."""
        return np.asarray(self.start + np.arange(len(self.new)) - round(self.place.at * self.rate))

    @property
    def since(self) -> Reals:
        """Seconds since the sample at the place of the fault, for each new sample; negative before it."""
        return np.asarray(self._from_place / self.rate)

    def within(self, seconds: float) -> npt.NDArray[np.bool_]:
        """Tell which new samples lie in the *seconds* from the place of the fault on."""
        return np.asarray((self._from_place >= 0) & (self._from_place < round(seconds * self.rate)))

    @property
    def close(self) -> float:
        """Seconds from which on `earlier` knows enough samples after a place to keep high frequencies there."""
        return HALF / self.rate

    def earlier(self, seconds: float | Reals) -> Reals:
        """
        Return what came so many seconds before each new sample.

        Between two samples it is what a band-limited signal has there, or, closer than `close`, on a straight line.
        """
        lag = np.broadcast_to(np.asarray(seconds, np.float64) * self.rate, len(self.new))
        lag = np.where(np.abs(lag - np.round(lag)) < 1e-6, np.round(lag), lag)
        wanted = self.past + np.arange(len(self.new)) - lag
        found = np.interp(wanted, np.arange(len(self.samples)), self.samples, left=0.0) if len(self.new) else self.new
        between = (lag >= HALF) & (wanted != np.floor(wanted))
        if between.any():
            found[between] = self._between(wanted[between])
        return np.asarray(found, dtype=np.float64)

    def _between(self, places: Reals) -> Reals:
        """Return what a band-limited signal has at *places*, numbers of samples that are no whole ones."""
        taps = np.floor(places).astype(np.int64)[:, None] + np.arange(1 - HALF, HALF + 1)
        away = places[:, None] - taps
        weights = np.sinc(away) * np.i0(BEND * np.sqrt(np.maximum(0.0, 1 - (away / HALF) ** 2)))
        known = np.where(taps >= 0, self.samples[np.maximum(taps, 0)], 0.0)
        return np.asarray((weights * known).sum(axis=1) / weights.sum(axis=1))

    def filtered(self, kernel: Reals) -> Reals:
        """Return the new samples through a causal FIR filter of at most *past* + 1 taps."""
        reach = min(len(kernel) - 1, self.past)
        given = self.samples[self.past - reach :]
        found = _convolved(given, kernel[: reach + 1]) if reach > LONG else np.convolve(given, kernel[: reach + 1])
        return np.asarray(found[reach : reach + len(self.new)], dtype=np.float64)

    def noise(self) -> Reals:
        """Return white noise of unit power, the same for each sample however the stream is cut."""
        first, last = self.start // BLOCK, (self.start + len(self.new)) // BLOCK
        blocks = [
            np.random.default_rng([self.place.seed, each]).standard_normal(BLOCK) for each in range(first, last + 1)
        ]
        begin = self.start - first * BLOCK
        return np.concatenate(blocks)[begin : begin + len(self.new)]


@dataclass
class Passing:
    """The past of one stream of samples, at most *memory* samples of it, while it passes an effect."""

    memory: int
    start: int = 0
    past: Reals | None = None

    def window(self, samples: Samples, rate: int, place: Planted) -> PieceOfStream:
        """Return the window of the next *samples*, which become the past."""
        before = np.zeros(self.memory) if self.past is None else self.past
        whole = np.concatenate([before, samples.astype(np.float64)])
        window = PieceOfStream(whole, self.memory, self.start, rate, place)
        self.start += len(samples)
        self.past = whole[len(whole) - self.memory :]
        return window

    def copy(self) -> "Passing":
        """Return a copy that goes on by itself."""
        return Passing(self.memory, self.start, self.past)


def _convolved(samples: Reals, kernel: Reals) -> Reals:
    from scipy.signal import fftconvolve  # slow to import, and short filters do without

    return np.asarray(fftconvolve(samples, kernel), dtype=np.float64)


def whole_frames(milliseconds: float, rate: int, frame_size: int) -> int:
    """Return how many frames of *frame_size* samples at *rate* Hz *milliseconds* are, 1 at least."""
    return max(1, round(milliseconds / 1000 * rate / frame_size))


def factor(decibels: float) -> float:
    """Return the factor of an amplitude that is so many dB."""
    return float(10 ** (decibels / 20))
