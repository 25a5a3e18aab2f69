"""
Faults of timing.

A constant delay is heard against a picture from 45 ms on (ITU-R BT.1359) and in a conversation from about 100 ms
(ITU-T G.114); who only listens never hears it. Speech may be played 1 % too fast unnoticed; wow is heard from about
0.3 % on. Reversed pieces of speech stay intelligible to 50 ms and are lost by 130 ms (Saberi and Perrott 1999). A gap
of 2 to 3 ms is the least that is heard in noise; the shortest sounds of speech last 20 ms.
"""

import numpy as np

from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import PieceOfStream, Reals, factor

LIPS = "against a picture 45 ms are noticed (ITU-R BT.1359), in a conversation 100 ms (ITU-T G.114)"
GAPS = "a gap of 2 ms is the least that is heard, and the shortest sounds of speech last 20 ms"


def _whole(window: PieceOfStream, milliseconds: float) -> float:
    """Return the seconds of the nearest whole number of samples, 1 at least: what is late loses no treble by it."""
    return max(1, round(milliseconds / 1000 * window.rate)) / window.rate


def _late(window: PieceOfStream, milliseconds: float) -> Reals:
    return window.earlier(_whole(window, milliseconds))


def _jump(window: PieceOfStream, milliseconds: float) -> Reals:
    return window.earlier(np.where(window.since >= 0, _whole(window, milliseconds), 0.0))


# What falls between samples is late by `close` all the way (0.75 ms at most), as nothing is known of what comes.
def _wow(window: PieceOfStream, percent: float) -> Reals:
    depth = percent / 100 / (2 * np.pi * 4)  # seconds: the rate of the lag is then so many percent
    return window.earlier(window.close + depth * (1 - np.cos(2 * np.pi * 4 * window.time)))


def _slow(window: PieceOfStream, ppm: float) -> Reals:
    return window.earlier(window.close + np.minimum(window.time * ppm * 1e-6, 0.45))


def _gap(window: PieceOfStream, milliseconds: float) -> Reals:
    return np.where(window.within(milliseconds / 1000), 0.0, window.new)


def _stutter(window: PieceOfStream, milliseconds: float) -> Reals:
    seconds = milliseconds / 1000
    return np.where(window.within(seconds), window.earlier(seconds), window.new)


def _reversed_pieces(window: PieceOfStream, milliseconds: float) -> Reals:
    piece = max(1, round(milliseconds / 1000 * window.rate))
    into = (window.start + np.arange(len(window.new))) % piece  # late by one piece, so that its end is there already
    return window.earlier(2 * into / window.rate)


def _seams(window: PieceOfStream, decibels: float) -> Reals:
    border = (window.start + np.arange(len(window.new))) % window.place.frame_size == 0
    return np.asarray(window.new + border * window.place.level * factor(decibels))


def _jitter(window: PieceOfStream, milliseconds: float) -> Reals:
    number = (window.start + np.arange(len(window.new))) // window.place.frame_size
    drawn = np.random.default_rng(window.place.seed).uniform(0, milliseconds / 1000, int(number.max(initial=0)) + 1)
    return window.earlier(window.close + drawn[number])


ROWS = (
    Fault(
        "late", Family.TIMING, "ms", (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0), "aaa?????dd", LIPS,
        "the output is late all the way", OnSamples(_late, 0.2),
    ),
    Fault(
        "jumps-back", Family.TIMING, "ms", (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0), "aa???ddd", GAPS,
        "at one moment the output jumps back and is late from then on", OnSamples(_jump, 0.2), Where.SPEECH,
    ),
    Fault(
        "wow", Family.TIMING, "%", (0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 6.0), "aaa?ddd",
        "wow of 0.3 % is just heard (IEC 60386)", "the pitch wobbles four times a second", OnSamples(_wow, 0.05),
    ),
    Fault(
        "slow-clock", Family.TIMING, "ppm", (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0), "aa????dd",
        "a pitch 1 % lower is noticed by some; what drifts in a call costs a slip of its buffer each minute",
        "the output's clock is slow", OnSamples(_slow, 0.5),
    ),
    Fault(
        "gap", Family.TIMING, "ms", (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "aa???dd!!!", GAPS,
        "the output is silent for a moment", OnSamples(_gap), Where.SPEECH,
    ),
    Fault(
        "stutter", Family.TIMING, "ms", (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "aa??dd!!!", GAPS,
        "a piece of the output is what came before it", OnSamples(_stutter, 0.5), Where.SPEECH,
    ),
    Fault(
        "reversed-pieces", Family.TIMING, "ms", (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 130.0, 200.0), "?ddd!!cc",
        "intelligible to 50 ms, lost by 130 ms (Saberi and Perrott, Nature 398, 1999)",
        "each piece of the output is played backwards", OnSamples(_reversed_pieces, 0.5),
    ),
    Fault(
        "seam-clicks", Family.TIMING, "dB", (-50.0, -40.0, -30.0, -20.0, -10.0, 0.0, 10.0), "aa??ddd",
        "a buzz at the rate of frames, in pauses above all", "a click where one frame meets the next",
        OnSamples(_seams),
    ),
    Fault(
        "frame-jitter", Family.TIMING, "ms", (0.05, 0.1, 0.3, 1.0, 3.0, 10.0), "???ddd",
        "1 ms is a quarter of a period of a high voice: each seam is then a jump of the waveform",
        "each frame is played a little late, by chance", OnSamples(_jitter, 0.05),
    ),
)  # fmt: skip
