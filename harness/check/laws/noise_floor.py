"""The law of the noise floor: what a decoder adds does not grow with the length of the stream."""

from functools import partial

import numpy as np

from harness.check.finding import NotApplicable, Violation
from harness.check.laws.pieces import AUDIBLE, SPEAKS, both, decibel
from harness.check.subject import Subject
from harness.metrics.delay import CONFIDENT, Signal, by_waveform
from harness.record import Measurement

SEGMENT = 1.0  # s in which error and floor are compared early and late
CLICK, CLICK_ABOVE = 0.02, 8  # bend of samples (second difference), also so many times what is near without a click
BESIDE_CLICK = 0.002  # s
# More late than early, also in standard deviations: 1 in 1000 if they come evenly.
FEWEST_CLICKS, CLICK_CHANCE = 10, 3.1
GROWN = {"error": 3.0, "floor": 6.0}  # dB: twice the power of the error on equal speech; four times that of a floor
TOLD = {
    "error": "the error on equal speech is {rise:.1f} dB larger at {at:.1f} s than",
    "floor": "the noise floor at {at:.1f} s is {level:.0f} dB of full scale, {rise:.0f} dB higher than on equal input",
}


def noise_floor(subject: Subject) -> Violation | None:
    """
    Check that equal speech is decoded with no more error, and pauses no louder, late in a stream than early.

    Nor the other way round, once it was as good as late: a codec may find its way at the very beginning.
    """
    info = subject.info
    half = -(-subject.long_frames // 2)
    if not info.stateful or subject.long_frames < 2 * subject.plain_frames:
        raise NotApplicable("there is no long stream" if info.stateful else "each call is a stream of its own")
    spoken, heard = both(subject, subject.long_frames)
    spoken, heard = spoken[: len(spoken) - info.lag], heard[info.lag :]
    size = int(SEGMENT * info.sample_rate)
    period = half * info.frame_size
    follows = by_waveform(spoken[:period], heard[:period], info.sample_rate).correlation >= CONFIDENT
    settled: set[str] = set()  # what was as good early as late once
    for start in range(size // 2, len(spoken) - period - size, size):
        given, *two = (
            signal[at : at + size] for signal, at in ((spoken, start), (heard, start), (heard, start + period))
        )
        looks = {"floor": partial(_floor, info.sample_rate)}
        if follows and np.square(given).mean() > SPEAKS * np.square(spoken).mean():
            looks = {"error": partial(_error, given)} | looks
        for what, level in looks.items():
            for worse, other in ((1, 0), (0, 1)):
                found = level(two[worse], two[other])
                rise = found - level(two[other], two[other])
                if rise <= GROWN[what]:
                    settled |= {what} if other else set()
                elif found > AUDIBLE and (worse or what in settled):
                    at = start + worse * period
                    said = TOLD[what].format(at=at / info.sample_rate, level=found, rise=rise)
                    than = "the beginning" if worse else f"{(start + period) / info.sample_rate:.1f} s"
                    return Violation(f"{said} at {than}", at // info.frame_size, Measurement.of(rise, "dB"))
    return _clicks(heard[:period], heard[period : 2 * period], info.sample_rate) if follows else None


def _error(given: Signal, heard: Signal, base: Signal) -> float:
    """Return the level of what is in *heard* beside *given*, as loud as that is in *base*, in dB of full scale."""
    return decibel(heard - float(np.dot(given, base) / np.dot(given, given)) * given)


def _clicks(early: Signal, late: Signal, rate: int) -> Violation | None:
    """Tell whether there are more clicks in *late* than in *early*, both decoded from equal speech."""
    count = min(len(early), len(late))
    bends = [np.abs(np.diff(signal[:count], 2)) for signal in (early, late)]
    found = [_clicked(without, bent, rate) for without, bent in (bends, bends[::-1])]
    if found[0] - found[1] < max(FEWEST_CLICKS, CLICK_CHANCE * np.sqrt(sum(found))):
        return None
    said = f"{found[0]} clicks come in the second half of {2 * count / rate:.0f} s, {found[1]} on equal speech before"
    return Violation(said, None, Measurement.of(found[0] - found[1], "clicks"))


def _clicked(without: Signal, bends: Signal, rate: int) -> int:
    """Count where samples bend more than a click does and *without* one nothing near comes close."""
    size = 2 * round(BESIDE_CLICK * rate) + 1
    nearby = np.pad(without, size // 2)
    least = np.lib.stride_tricks.sliding_window_view(nearby, size).max(axis=1)
    places = np.flatnonzero((bends > CLICK) & (bends > CLICK_ABOVE * least))
    return int(len(places) > 0) + int((np.diff(places) > BESIDE_CLICK * rate).sum())


def _floor(rate: int, signal: Signal, _base: Signal) -> float:
    """Return the level of the quietest 20 ms, in dB of full scale."""
    size = rate // 50
    return min(decibel(piece) for piece in signal[: len(signal) // size * size].reshape(-1, size))
