"""One fault of the catalogue on samples, codes or a signal path by itself, and what is measured of what comes out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.codecs.protocol import Codes
from harness.sensitivity import catalogue
from harness.sensitivity.plants import OnCodes, OnPath, OnSamples, OnWire
from harness.sensitivity.window import Passing, Planted, Reals
from harness.topology.signal_path import SignalPath, feed
from harness.topology.wire import Wire, send

RATES = (8_000, 16_000, 24_000, 48_000)
AT = 0.5  # s
BINS = 16


def hiss(rate: int, seconds: float = 1.0, seed: int = 1) -> Samples:
    """Return white noise at -20 dB."""
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * rate))).astype(np.float32)


def tone(hertz: float, rate: int, seconds: float = 1.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def place(pcm: Samples, rate: int, at: float = AT, seed: int = 0) -> Planted:
    level = float(np.sqrt(np.square(pcm, dtype=np.float64).mean())) if len(pcm) else 0.0
    peak = float(np.abs(pcm).max(initial=0.0))
    return Planted(at, max(len(pcm), 1) / rate, seed, level, peak, rate, rate // 50)


def planted(
    name: str, size: float, pcm: Samples, rate: int, *, at: float = AT, seed: int = 0, cuts: Sequence[int] = ()
) -> Samples:
    """Return *pcm* with the fault in it, given in calls that end at *cuts*."""
    plant = catalogue.find(name).plant
    assert isinstance(plant, OnSamples)
    passing, where = Passing(round(plant.memory * rate)), place(pcm, rate, at, seed)
    parts = [plant.effect(passing.window(part, rate, where), size) for part in np.split(pcm, list(cuts))]
    return np.concatenate(parts).astype(np.float32)


def coded(name: str, size: float, codes: Codes, *, seed: int = 0, bins: int = BINS, first: int = 0) -> Codes:
    """Return *codes*, of which the first has the number *first*, with the fault in them, at 20 ms a frame."""
    plant = catalogue.find(name).plant
    assert isinstance(plant, OnCodes)
    where = Planted(AT, 2.0, seed, 0.1, 0.5, 16_000, 320)
    return plant.effect(codes.copy(), first, size, where, bins)


def sent(name: str, size: float, codes: Codes, *, seed: int = 0) -> Codes:
    """Return what arrives of *codes*, of 20 ms a frame, through the faulty wire."""
    plant = catalogue.find(name).plant
    assert isinstance(plant, OnWire)
    where = Planted(AT, codes.shape[1] * 0.02, seed, 0.1, 0.5, 16_000, 320)
    return send(Wire(**plant.make(size, where)), codes, BINS)


def through(name: str, size: float, pcm: Samples, rate: int) -> Samples:
    """Return what a codec at *rate* is fed of *pcm* through the faulty signal path."""
    plant = catalogue.find(name).plant
    assert isinstance(plant, OnPath)
    return feed(SignalPath.model_validate(plant.make(size, rate)), Waveform(pcm, rate), rate)


def decibels(ratio: npt.ArrayLike) -> Reals:
    return np.asarray(20 * np.log10(np.maximum(np.abs(ratio), 1e-12)))


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float64).mean()))


def response(name: str, size: float, rate: int, hertz: npt.ArrayLike) -> Reals:
    """Return by how many dB the fault raises tones of so many Hz."""
    impulse = np.zeros(rate, np.float32)
    impulse[rate // 4] = 1.0
    spectrum = np.fft.rfft(planted(name, size, impulse, rate).astype(np.float64))
    return decibels(spectrum[np.round(np.asarray(hertz)).astype(int)])


def lag(given: Samples, heard: Samples) -> int:
    """Return by how many samples *heard* is later than *given*, by their correlation."""
    size = 2 * len(given)
    found = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(given, size)))
    at = int(np.argmax(found))
    return at if at < size // 2 else at - size
