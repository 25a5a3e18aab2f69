"""
What programs are made of: signals that implementations part on, and codes that no signal gives.

Signals are float32, (F * frame_size,), made of *speech* whose largest sample is at most 1. Codes are int64, (K, F).
"""

from collections.abc import Callable, Mapping

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import LOST, CodecInfo, Codes

SEED = 20
SILENT, SPOKEN = 8, 8  # frames of each in turn
FULL = 4.0  # times the speech: most of it is at full scale, or above
SOFT, QUIET = 10**-1.5, 10**-3  # 30 and 60 dB below
SUBNORMAL = 1e-40  # below the least normal float32, 1.2e-38; some processors are told to take it for zero


def _pauses(speech: Samples, frame: int) -> Samples:
    silent = (np.arange(len(speech)) // frame) % (SILENT + SPOKEN) < SILENT
    return np.where(silent, np.float32(0), speech)


def _impulses(speech: Samples, frame: int) -> Samples:
    pulses = np.zeros(len(speech), np.float32)
    pulses[frame // 2 :: 3 * frame] = 1.0
    return pulses


def _square(speech: Samples, frame: int) -> Samples:
    return np.where((np.arange(len(speech)) // max(1, frame // 7)) % 2, np.float32(1), np.float32(-1))


def _noise(speech: Samples, frame: int) -> Samples:
    del frame
    return np.random.RandomState(SEED).uniform(-0.5, 0.5, len(speech)).astype(np.float32)


Signal = Callable[[Samples, int], Samples]

SIGNALS: Mapping[str, Signal] = {
    "speech": lambda speech, _: speech,
    "backwards": lambda speech, _: speech[::-1],
    "soft": lambda speech, _: speech * np.float32(SOFT),
    "quiet": lambda speech, _: speech * np.float32(QUIET),
    "silence": lambda speech, _: np.zeros_like(speech),
    "pauses": _pauses,
    "clipped": lambda speech, _: np.clip(speech * np.float32(FULL), -1, 1),
    "too-loud": lambda speech, _: speech * np.float32(FULL),
    "subnormal": lambda speech, _: (speech.astype(np.float64) * SUBNORMAL).astype(np.float32),
    "impulses": _impulses,
    "square": _square,
    "noise": _noise,
    "constant": lambda speech, _: np.full_like(speech, 0.5),
}

CODES: Mapping[str, Callable[[CodecInfo, int], Codes]] = {
    "lost": lambda info, frames: np.full((info.codebooks, frames), LOST, np.int64),
    "random": lambda info, frames: np.random.RandomState(SEED).randint(
        0, info.bins, (info.codebooks, frames), dtype=np.int64
    ),
    "zeros": lambda info, frames: np.zeros((info.codebooks, frames), np.int64),
}


def signal(name: str, speech: Samples, info: CodecInfo) -> Samples:
    """Return a signal by its name, as long as *speech*, which is brought to a largest sample of 1."""
    loudest = float(np.abs(speech).max()) or 1.0
    made = SIGNALS[name]((speech / np.float32(loudest)).astype(np.float32), info.frame_size)
    return np.ascontiguousarray(made, dtype=np.float32)
