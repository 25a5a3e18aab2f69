"""
Faults of words: speech is there, and it is another one.

The shortest sounds last 20 ms, a syllable about 200 ms, a word 300 to 500 ms.
"""

import numpy as np

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import PieceOfStream, Reals, factor

SYLLABLE = "a syllable lasts about 200 ms, and one that is another makes another word"
ELSEWHERE = 0.7  # seconds before: other words of the same voice


def _replaced(window: PieceOfStream, milliseconds: float) -> Reals:
    return np.where(window.within(milliseconds / 1000), window.earlier(ELSEWHERE), window.new)


def _babble(window: PieceOfStream, decibels: float) -> Reals:
    others = sum(window.earlier(lag) for lag in (0.45, 0.83, 1.21)) / np.sqrt(3)
    return np.asarray(window.new + factor(decibels) * others)


def _smeared(window: PieceOfStream, milliseconds: float) -> Reals:
    """Reverberation: an exponential tail of noise that falls by 60 dB in so many milliseconds."""
    length = min(window.past, round(milliseconds / 1000 * window.rate))
    decay = 10 ** (-3 * np.arange(length + 1) / max(1, length))
    kernel = decay * np.random.default_rng(window.place.seed).standard_normal(length + 1)
    kernel[0] = 0.0
    kernel *= 0.5 / max(np.sqrt((kernel**2).sum()), 1e-12)
    kernel[0] = 1.0
    return window.filtered(kernel)


def _backwards(window: PieceOfStream, milliseconds: float) -> Reals:
    seconds = milliseconds / 1000
    return np.where(window.within(seconds), window.earlier(2 * np.maximum(window.since, 0.0)), window.new)


ROWS = (
    Fault(
        "words-replaced", Family.WORDS, "ms", (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 800.0), "???d!!!c", SYLLABLE,
        "a piece of the output is other speech", OnSamples(_replaced, 0.8, of=ELSEWHERE), Where.SPEECH,
    ),
    Fault(
        "input-replaced", Family.WORDS, "ms", (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 800.0), "???d!!!c", SYLLABLE,
        "a piece of what is encoded is other speech", OnSamples(_replaced, 0.8, Side.ENCODER, ELSEWHERE), Where.SPEECH,
    ),
    Fault(
        "words-backwards", Family.WORDS, "ms", (10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 800.0), "??d!!!c", SYLLABLE,
        "a piece of the output is played backwards", OnSamples(_backwards, 1.7), Where.SPEECH,
    ),
    Fault(
        "babble", Family.WORDS, "dB", (-60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0), "aa?ddd!",
        "other speech is heard in pauses 40 dB below, and words go at about 0 dB (Miller 1947)",
        "other talkers are mixed in", OnSamples(_babble, 1.3),
    ),
    Fault(
        "smeared", Family.WORDS, "ms", (20.0, 50.0, 100.0, 200.0, 400.0, 800.0), "???ddd",
        "a room of 0.2 s is a good one; the tail lies 6 dB below the speech",
        "the output reverberates", OnSamples(_smeared, 0.8),
    ),
)  # fmt: skip
