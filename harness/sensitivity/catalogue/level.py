"""
Faults of level.

Listeners tell 1 dB in direct comparison and 3 dB at once (just noticeable difference of loudness, Zwicker and Fastl,
*Psychoacoustics*, 7.1). Modulation at 4 Hz is heard from a few percent on in a steady tone, and much later in speech,
which is modulated at that rate itself (ibid., 10.1). Flat tops and wrap-round are distortion, which speech hides until
its loud parts are hit.
"""

import numpy as np

from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import PieceOfStream, Reals, factor

LOUDNESS = "a difference of 1 dB is heard in direct comparison, 3 dB at once"
DISTORTION = "peaks are short and rare; what is flat for milliseconds at a time is heard as distortion"


def _gain(window: PieceOfStream, decibels: float) -> Reals:
    return window.new * factor(decibels)


def _step(window: PieceOfStream, decibels: float) -> Reals:
    return np.where(window.since >= 0, window.new * factor(decibels), window.new)


def _fade(window: PieceOfStream, decibels: float) -> Reals:
    return np.asarray(window.new * 10 ** (-decibels * window.time / 20))


def _tremolo(window: PieceOfStream, percent: float) -> Reals:
    return np.asarray(window.new * (1 - percent / 100 * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * window.time))))


def _clip(window: PieceOfStream, below: float) -> Reals:
    limit = window.place.peak * factor(-below)
    return np.clip(window.new, -limit, limit)


def _wrap(window: PieceOfStream, below: float) -> Reals:
    limit = window.place.peak * factor(-below)
    if not limit:  # silence has no peaks
        return window.new
    return np.asarray((window.new + limit) % (2 * limit) - limit)


def _polarity(window: PieceOfStream, _: float) -> Reals:
    return -window.new


ROWS = (
    Fault(
        "quieter", Family.LEVEL, "dB", (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0, 12.0), "aaa??dddd", LOUDNESS,
        "the output is too quiet all the way", OnSamples(lambda window, size: _gain(window, -size)),
    ),
    Fault(
        "louder", Family.LEVEL, "dB", (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0), "aaa??ddd", LOUDNESS,
        "the output is too loud all the way", OnSamples(_gain),
    ),
    Fault(
        "level-step", Family.LEVEL, "dB", (0.2, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0), "aa??ddd", LOUDNESS,
        "from one moment on the output is too quiet", OnSamples(lambda window, size: _step(window, -size)),
        Where.SPEECH,
    ),
    Fault(
        "fading", Family.LEVEL, "dB/s", (0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 6.0), "aaa??dd", LOUDNESS,
        "the output gets quieter and quieter", OnSamples(_fade),
    ),
    Fault(
        "tremolo", Family.LEVEL, "%", (2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0), "aa???dd",
        "speech itself is modulated at 4 Hz, so that a fifth is hardly noticed and a half is",
        "the level swings four times a second", OnSamples(_tremolo),
    ),
    Fault(
        "clipped", Family.LEVEL, "dB below the peak", (0.2, 0.5, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 18.0), "aa???dddd",
        DISTORTION, "the peaks of the output are cut off", OnSamples(_clip),
    ),
    Fault(
        "wrapped", Family.LEVEL, "dB below the peak", (0.2, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0), "??ddddd",
        "each step across full scale is a click louder than the speech",
        "peaks of the output wrap round to the other end", OnSamples(_wrap),
    ),
    Fault(
        "inverted", Family.LEVEL, "", (1.0,), "?",
        "one ear does not hear polarity; two devices that differ in it cancel each other",
        "the output is inverted", OnSamples(_polarity),
    ),
)  # fmt: skip
