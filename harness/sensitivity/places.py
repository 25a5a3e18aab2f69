"""Where in an utterance a fault is planted: in clear speech, in a pause, after the last word."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.audio.waveform import Waveform
from harness.codecs.protocol import CodecInfo
from harness.sensitivity.fault import Fault, Where
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import Planted, Reals

WINDOW = 0.02  # s
CLEAR, SPEECH, PAUSE = 15.0, 30.0, 35.0  # dB below the loud windows
SHORTEST_PAUSE = 0.14  # s; a burst of 80 ms and a frame on either side
AFTER = 0.1  # s from the last word to what is planted after it


@dataclass(frozen=True)
class Landscape:
    """Where an utterance is loud, and where it is not."""

    waveform: Waveform

    @cached_property
    def _windows(self) -> Reals:
        """The samples in whole windows of 20 ms; of speech that is shorter, one that silence fills up."""
        size = round(WINDOW * self.waveform.sample_rate)
        samples = self.waveform.samples.astype(np.float64)
        if len(samples) < size:
            samples = np.pad(samples, (0, size - len(samples)))
        return np.asarray(samples[: len(samples) // size * size].reshape(-1, size))

    @cached_property
    def _levels(self) -> Reals:
        """Level of each window in dB, against the loud ones (their 95th percentile)."""
        power = 10 * np.log10((self._windows**2).mean(axis=1) + 1e-12)
        return np.asarray(power - np.percentile(power, 95))

    @cached_property
    def level(self) -> float:
        """RMS of the speech while it speaks."""
        return float(np.sqrt((self._windows[self._levels > -SPEECH] ** 2).mean()))

    @cached_property
    def first(self) -> float:
        """Seconds at which the first word begins."""
        return float(np.flatnonzero(self._levels > -SPEECH)[0] * WINDOW)

    @cached_property
    def last(self) -> float:
        """Seconds at which the last word ends."""
        return float((np.flatnonzero(self._levels > -SPEECH)[-1] + 1) * WINDOW)

    @cached_property
    def pauses(self) -> list[float]:
        """Where pauses begin that are long enough to plant something in."""
        least, found, run = round(SHORTEST_PAUSE / WINDOW), [], 0
        for index, level in enumerate([*self._levels, 0.0]):
            if level < -PAUSE:
                run += 1
                continue
            if run >= least:
                found.append((index - run + 1) * WINDOW)
            run = 0
        return found

    @property
    def tail(self) -> float:
        """Seconds of silence after the last word."""
        return self.waveform.seconds - self.last

    def at(self, where: Where, seed: int, of: float = 0.0) -> float:
        """
        Return a place, drawn by *seed* where there are several; the end of the utterance if it has no such place.

        In speech it has clear speech *of* seconds before it too, if any place has.
        """
        drawn = np.random.default_rng([seed, 15]).random()
        match where:
            case Where.SPEECH:
                loud = self._levels > -CLEAR
                clear = np.flatnonzero(loud) * WINDOW
                clear = clear[(clear > self.first) & (clear < self.last - WINDOW)]
                back = round(of / WINDOW)
                both = np.array([one for one in clear if one >= of and loud[round(one / WINDOW) - back]])
                clear = both if len(both) else clear
                return float(clear[int(drawn * len(clear))]) if len(clear) else self.first
            case Where.PAUSE:
                return self.pauses[int(drawn * len(self.pauses))] if self.pauses else self.waveform.seconds
            case Where.TAIL:
                return min(self.last + AFTER, self.waveform.seconds)
            case Where.BEGINNING:
                return self.first
            case Where.ENDING:
                return self.last
            case _:
                return 0.0

    def place(self, fault: Fault, seed: int, info: CodecInfo) -> Planted:
        """Return where *fault* is planted in a codec that declares *info*: what is planted after it comes later."""
        of = fault.plant.of if isinstance(fault.plant, OnSamples) else 0.0
        late = info.lag / info.sample_rate if "decoder" in fault.plant.sides and fault.once else 0.0
        return Planted(
            at=round(self.at(fault.where, seed, of) + late, 4),
            seconds=self.waveform.seconds,
            seed=seed,
            level=round(self.level, 6),
            peak=round(float(np.abs(self.waveform.samples).max()), 6),
            rate=info.sample_rate,
            frame_size=info.frame_size,
        )

    def has(self, where: Where) -> bool:
        """Tell whether there is such a place."""
        return self.at(where, 0) < self.waveform.seconds - WINDOW
