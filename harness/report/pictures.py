"""
Small pictures of sound: a spectrogram as WebP and a waveform outline.

They carry no axes: the page puts every picture of a cell on one time axis and draws that axis once.

Conventions
-----------
Spectrograms show 0 to 8000 Hz, -90 to -20 dB re full scale, on the same colours everywhere, so that a faint difference
looks faint. Outlines are the smallest and largest sample of each column, as signed bytes, -127 to 127 at full scale.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.metrics.filtering import Reals, filtered

TOP_HZ = 8000.0
FLOOR_DB, CEILING_DB = -90.0, -20.0
WINDOW_SECONDS = 0.032
ROWS = 128
# From silence to the ceiling, in equal steps between which colours are mixed: as bright as it is loud, in grey too.
SCALE = ("000004", "1d1147", "51127c", "832681", "b73779", "e55064", "fb8761", "fec287", "fcfdbf")
STEEPNESS = 1 / 7  # of an anchor: from 3.5 kHz to 4 kHz
QUALITY, METHOD = 40, 1  # of the WebP: more effort doubles the time and saves nothing at this size
_STOPS = np.array([list(bytes.fromhex(colour)) for colour in SCALE])
_COLOURS = np.stack(
    [np.interp(np.linspace(0, len(SCALE) - 1, 256), range(len(SCALE)), channel) for channel in _STOPS.T], axis=1
).astype(np.uint8)


@dataclass(frozen=True)
class Picture:
    """*spectrogram*: a WebP file; *outline*: base64 of signed bytes, low and high of each column; *rms* of all."""

    spectrogram: bytes
    outline: str
    seconds: float
    rms: float


def draw(waveform: Waveform) -> Picture:
    """Return the pictures of *waveform*."""
    from PIL import Image  # only reports need it

    columns = int(np.clip(waveform.seconds * 64, 160, 800))
    shades = 255 * (_levels(waveform, columns) - FLOOR_DB) / (CEILING_DB - FLOOR_DB)
    file = io.BytesIO()
    image = Image.fromarray(_COLOURS[np.clip(shades, 0, 255).astype(np.uint8)[::-1]])  # low frequencies below
    image.save(file, format="webp", quality=QUALITY, method=METHOD)
    samples = np.nan_to_num(waveform.samples)
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0
    return Picture(file.getvalue(), _outline(samples, columns), waveform.seconds, rms)


def difference(reference: Waveform, decoded: Waveform) -> Waveform:
    """Return decoded minus reference, sample by sample; what only one of them has is kept as it is."""
    length = max(len(reference.samples), len(decoded.samples))
    rest = np.zeros(length, np.float32)
    rest[: len(decoded.samples)] += decoded.samples
    rest[: len(reference.samples)] -= reference.samples
    return Waveform(rest, decoded.sample_rate)


def low_passed(waveform: Waveform, top: float) -> Waveform:
    """Return *waveform* without what is above *top* Hz, in phase, as steep as ITU-R BS.1534-3 asks of an anchor."""

    def passed(hertz: Reals) -> Reals:
        return (1 + np.cos(np.pi * np.clip((hertz - top) / (top * STEEPNESS), 0, 1))) / 2

    samples = np.nan_to_num(waveform.samples).astype(np.float64)
    return Waveform(filtered(samples, waveform.sample_rate, passed).astype(np.float32), waveform.sample_rate)


def _levels(waveform: Waveform, columns: int) -> npt.NDArray[np.float32]:
    size = int(waveform.sample_rate * WINDOW_SECONDS)
    padded = np.pad(np.nan_to_num(waveform.samples), (size // 2, size))
    starts = np.linspace(0, max(len(waveform.samples) - 1, 0), columns).astype(int)
    window = np.hanning(size).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[starts] * window
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / (window.sum() / 2) ** 2
    bins = int(TOP_HZ * WINDOW_SECONDS)
    rows = np.pad(power[:, :bins], ((0, 0), (0, max(0, bins - power.shape[1])))).reshape(columns, ROWS, -1).mean(axis=2)
    levels: npt.NDArray[np.float32] = 10 * np.log10(rows.T + 1e-12).astype(np.float32)
    return levels


def _outline(samples: Samples, columns: int) -> str:
    edges = np.linspace(0, len(samples), columns + 1).astype(int)
    starts = np.minimum(edges[:-1], max(len(samples) - 1, 0))
    if not samples.size:
        samples = np.zeros(1, np.float32)
    low, high = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    pairs = np.clip(np.stack([low, high], axis=1) * 127, -127, 127).astype(np.int8)
    return base64.b64encode(pairs.tobytes()).decode()
