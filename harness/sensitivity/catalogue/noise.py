"""
Faults by noise.

Levels are against the speech, by its RMS while it speaks. MNRU is ITU-T P.810: noise that is multiplied with the
speech, so that Q dB lie between them at every moment; Q of 35 is as good as the original to most listeners, and 15 is
poor. In a quiet room steady noise is heard in pauses down to 50 dB below the speech (`harness.metrics.activity`).
"""

import numpy as np

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import PieceOfStream, Reals, factor

MNRU = "ITU-T P.810: Q of 35 dB is as good as the original, 20 fair, 10 bad"
PAUSES = "speech hides noise 30 dB below it, and in its pauses a quiet room hides it 50 dB below"


def mnru(window: PieceOfStream, q: float) -> Reals:
    """Return the modulated noise reference unit of ITU-T P.810: y = x (1 + 10^(-Q/20) n), Q in dB."""
    return np.asarray(window.new * (1 + factor(-q) * window.noise()))


def _white(window: PieceOfStream, snr: float) -> Reals:
    return np.asarray(window.new + window.place.level * factor(-snr) * window.noise())


def _hum(window: PieceOfStream, decibels: float) -> Reals:
    tones = sum(np.sin(2 * np.pi * hertz * window.time) for hertz in (50.0, 150.0, 250.0))
    return np.asarray(window.new + window.place.level * factor(decibels) * tones / np.sqrt(1.5))


def _whistle(window: PieceOfStream, decibels: float) -> Reals:
    tone = np.sqrt(2) * np.sin(2 * np.pi * 1000 * window.time)
    return np.asarray(window.new + window.place.level * factor(decibels) * tone)


def _quantised(window: PieceOfStream, bits: float) -> Reals:
    steps = 2 ** (bits - 1)
    return np.asarray(np.round(window.new * steps) / steps)


def _clicks(window: PieceOfStream, a_second: float) -> Reals:
    chance = a_second / window.rate
    uniform = np.abs(window.noise())
    from scipy.special import erfinv

    return np.where(uniform > np.sqrt(2) * erfinv(1 - chance), window.place.peak, window.new)


def _burst(window: PieceOfStream, decibels: float) -> Reals:
    loud = window.place.level * factor(decibels) * window.noise()
    return np.asarray(window.new + np.where(window.within(0.08), loud, 0.0))


def _after(window: PieceOfStream, decibels: float) -> Reals:
    loud = window.place.level * factor(decibels) * window.noise()
    return np.asarray(window.new + np.where(window.since >= 0, loud, 0.0))


ROWS = (
    Fault(
        "white-noise", Family.NOISE, "dB below", (70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 0.0), "aa??ddd!", PAUSES,
        "white noise is added", OnSamples(_white),
    ),
    Fault(
        "noisy-input", Family.NOISE, "dB below", (70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 0.0), "aa???dd!", PAUSES,
        "white noise is added to what is encoded", OnSamples(_white, side=Side.ENCODER),
    ),
    Fault(
        "mnru", Family.NOISE, "dB Q", (50.0, 40.0, 35.0, 30.0, 25.0, 20.0, 15.0, 10.0, 5.0, 0.0), "aa??ddddd!", MNRU,
        "noise that follows the speech (MNRU)", OnSamples(mnru),
    ),
    Fault(
        "hum", Family.NOISE, "dB", (-70.0, -60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0), "aa???ddd", PAUSES,
        "hum of the mains", OnSamples(_hum),
    ),
    Fault(
        "whistle", Family.NOISE, "dB", (-80.0, -70.0, -60.0, -50.0, -40.0, -30.0, -20.0), "aa??ddd",
        "a steady tone is heard in pauses as soon as the room does not hide it", "a tone of 1 kHz", OnSamples(_whistle),
    ),
    Fault(
        "fewer-bits", Family.NOISE, "bits", (16.0, 14.0, 12.0, 11.0, 10.0, 9.0, 8.0, 6.0, 4.0), "aa???dddd",
        "noise of 6 dB a bit; speech lies 20 to 30 dB below full scale", "samples are rounded too coarsely",
        OnSamples(_quantised),
    ),
    Fault(
        "clicks", Family.NOISE, "a second", (0.5, 1.0, 2.0, 5.0, 20.0, 100.0, 500.0), "?dddddd",
        "a sample at the speech's own peak is a click that anybody hears", "single samples are wrong",
        OnSamples(_clicks),
    ),
    Fault(
        "burst-in-pause", Family.NOISE, "dB", (-60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0), "aa??ddd", PAUSES,
        "80 ms of noise in a pause", OnSamples(_burst), Where.PAUSE,
    ),
    Fault(
        "noise-after-speech", Family.NOISE, "dB", (-60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0), "aa??ddd", PAUSES,
        "when the speech is over the output goes on with noise", OnSamples(_after), Where.TAIL,
    ),
)  # fmt: skip
