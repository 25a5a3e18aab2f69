"""
Whisper's input: the log-mel spectrogram of 30 s, in numpy.

Conventions
-----------
Audio is mono float32 at 16 000 Hz, shape (T,), followed by silence up to 30 s or cut there. A frame is 10 ms. The
result is float32, shape (bands, 3000): log10 of the power in a band, at most 8 below its highest, then (x + 4) / 4.

Source
------
`log_mel_spectrogram` of openai-whisper `audio.py`, which tests hold this against: frames of 400 samples in steps of
160, a Hann window, and the mel bands of Slaney, "Auditory Toolbox", 1998, each of unit area.
"""

import functools

import numpy as np
import numpy.typing as npt
from scipy.fft import rfft

from harness.audio.waveform import Samples
from harness.metrics.whisper.windows import SAMPLE_RATE

WINDOW, HOP = 400, 160  # samples
FRAMES = 3000
LEAST_POWER, RANGE = 1e-10, 8.0  # of log10
LINEAR_HZ, BREAK_HZ = 200 / 3, 1000.0  # Hz for a mel below the break, where the scale turns logarithmic
LOG_STEP = np.log(6.4) / 27  # of ln Hz for a mel above it

Array = npt.NDArray[np.float64]


def log_mel(samples: Samples, bands: int) -> npt.NDArray[np.float32]:
    """Return the input of a Whisper model that has *bands* of them, 80 or 128."""
    window = np.zeros(FRAMES * HOP)
    heard = min(len(samples), FRAMES * HOP)
    window[:heard] = samples[:heard]
    sounding = min(FRAMES, (heard + WINDOW // 2) // HOP + 1)  # the others hold nothing but silence
    padded = np.pad(window, WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: sounding * HOP : HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.full((bands, FRAMES), LEAST_POWER)
    spectrum = np.square(np.abs(rfft(frames * hann, axis=-1)))
    power[:, :sounding] = np.maximum(mel_filters(bands) @ spectrum.T, LEAST_POWER)
    log = np.log10(power)
    scaled: npt.NDArray[np.float32] = ((np.maximum(log, log.max() - RANGE) + 4) / 4).astype(np.float32)
    return scaled


@functools.cache
def mel_filters(bands: int) -> Array:
    """Return how much of each of 201 frequencies, 0 to 8000 Hz, belongs to each of *bands*: shape (bands, 201)."""
    frequencies = np.linspace(0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    break_mel = BREAK_HZ / LINEAR_HZ
    highest = break_mel + np.log(SAMPLE_RATE / 2 / BREAK_HZ) / LOG_STEP
    mels = np.linspace(0, highest, bands + 2)
    corners = np.where(mels < break_mel, LINEAR_HZ * mels, BREAK_HZ * np.exp(LOG_STEP * (mels - break_mel)))
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    found: Array = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return found
