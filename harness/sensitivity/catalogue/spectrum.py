"""
Faults of the spectrum.

What a band is worth: speech to 3.4 kHz is telephone quality, to 7 kHz wide band, and most of the difference lies below
6 kHz (ITU-T P.341, G.722). A spectral peak of 1 to 3 dB is just heard (Zwicker and Fastl, 7). Echoes: talkers notice
one of 80 ms from about -40 dB on (ITU-T G.131); a listener, whose ear the speech masks, about 20 dB later.
"""

import functools
from collections.abc import Sequence

import numpy as np

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault
from harness.sensitivity.plants import OnSamples
from harness.sensitivity.window import PieceOfStream, Reals, factor

FIR = 255 / 8000  # s of the past, at every rate alike: what a filter tells apart is some 30 Hz
BANDS = "wide band ends at 7 kHz (ITU-T P.341); what ends at 3.4 kHz is heard unless the codec ends there itself"
COLOUR = "a peak of 3 dB is heard in comparison (Zwicker and Fastl, 7)"
ECHO = "speech masks an echo of 80 ms down to about -30 dB (ITU-T G.131, for who does not talk)"


@functools.lru_cache(maxsize=64)
def _kernel(gains: tuple[float, ...], frequencies: tuple[float, ...]) -> Reals:
    """Return a causal filter of least delay with *gains* at *frequencies* (Hz), the last one half of the rate."""
    from scipy.signal import firwin2, minimum_phase

    taps = round(FIR * 2 * frequencies[-1]) // 2 * 2 + 1
    linear = firwin2(taps, np.asarray(frequencies) / frequencies[-1], gains)
    return np.asarray(minimum_phase(linear, half=False))


def _shaped(window: PieceOfStream, gains: Sequence[float], frequencies: Sequence[float]) -> Reals:
    return window.filtered(_kernel(tuple(map(float, gains)), (*map(float, frequencies), window.rate / 2)))


def low_pass(window: PieceOfStream, kilohertz: float) -> Reals:
    """Return the new samples without what lies above so many kHz; as they are, where nothing can lie there."""
    nyquist, edge = window.rate / 2, kilohertz * 1000
    if edge >= nyquist:
        return window.new
    return _shaped(window, (1, 1, 1e-4, 1e-4), (0, edge, min(edge * 1.1 + 50, (edge + nyquist) / 2)))


def _high_pass(window: PieceOfStream, hertz: float) -> Reals:
    # One pole, so that low frequencies fall off gently, as behind a coupling capacitor: 3 dB down at *hertz*, 0 on top.
    turn = np.tan(np.pi * hertz / window.rate)
    pole = (1 - turn) / (1 + turn)
    kernel = np.concatenate([[1.0], -(1 - pole) * pole ** np.arange(window.past)])
    return window.filtered((1 + pole) / 2 * kernel)


def _tilt(window: PieceOfStream, per_octave: float) -> Reals:
    inner = [hertz for hertz in (0, 62.5, 125, 250, 500, 1000, 2000, 4000, 8000) if hertz < window.rate / 2]
    gains = [factor(-per_octave * np.log2(max(hertz, 62.5) / 1000)) for hertz in (*inner, window.rate / 2)]
    return _shaped(window, gains, inner)


def _resonance(window: PieceOfStream, decibels: float) -> Reals:
    return _shaped(window, (1, 1, factor(decibels), 1, 1), (0, 1600, 2000, 2400))


def _echo(window: PieceOfStream, decibels: float) -> Reals:
    return np.asarray(window.new + factor(decibels) * window.earlier(0.08))


def _comb(window: PieceOfStream, decibels: float) -> Reals:
    return np.asarray(window.new + factor(decibels) * window.earlier(0.002))


def _aliased(window: PieceOfStream, times: float) -> Reals:
    held = (window.start + np.arange(len(window.new))) % round(times)
    return np.asarray(window.samples[window.past + np.arange(len(window.new)) - held])


def _pre_emphasis(window: PieceOfStream, coefficient: float) -> Reals:
    return np.asarray(window.new - coefficient * window.earlier(1 / window.rate))


ROWS = (
    Fault(
        "low-pass", Family.SPECTRUM, "kHz", (7.5, 7.0, 6.0, 5.0, 4.0, 3.4, 2.5, 1.5, 0.7), "aa????d!c", BANDS,
        "high frequencies are missing from the output", OnSamples(low_pass, FIR),
    ),
    Fault(
        "low-passed-input", Family.SPECTRUM, "kHz", (7.5, 7.0, 6.0, 5.0, 4.0, 3.4, 2.5, 1.5, 0.7), "aa????d!c", BANDS,
        "high frequencies are missing from what is encoded", OnSamples(low_pass, FIR, Side.ENCODER),
    ),
    Fault(
        "high-pass", Family.SPECTRUM, "Hz", (20.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0), "aa??ddd",
        "telephone speech begins at 300 Hz (ITU-T G.712)", "low frequencies are missing", OnSamples(_high_pass, 0.05),
    ),
    Fault(
        "tilted", Family.SPECTRUM, "dB/octave", (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0), "aa??ddd", COLOUR,
        "the output sounds darker", OnSamples(_tilt, FIR),
    ),
    Fault(
        "resonance", Family.SPECTRUM, "dB", (0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 20.0), "aa???dd", COLOUR,
        "the output rings at 2 kHz", OnSamples(_resonance, FIR),
    ),
    Fault(
        "echo", Family.SPECTRUM, "dB", (-60.0, -50.0, -40.0, -30.0, -20.0, -12.0, -6.0), "aa??ddd", ECHO,
        "an echo of 80 ms", OnSamples(_echo, 0.1),
    ),
    Fault(
        "comb", Family.SPECTRUM, "dB", (-60.0, -40.0, -30.0, -20.0, -12.0, -6.0, -1.0), "aaa??dd",
        "a reflection of 2 ms colours from about -20 dB on", "an early reflection", OnSamples(_comb, 0.01),
    ),
    Fault(
        "aliased", Family.SPECTRUM, "samples held", (2.0, 3.0, 4.0, 6.0, 8.0, 12.0), "?ddd!!",
        "mirrored speech above the new limit is not masked by anything",
        "every so many samples one is kept, and held without a filter", OnSamples(_aliased, 0.01),
    ),
    Fault(
        "pre-emphasis", Family.SPECTRUM, "", (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95), "aa???dd", COLOUR,
        "pre-emphasis is not undone", OnSamples(_pre_emphasis, 0.01),
    ),
)  # fmt: skip
