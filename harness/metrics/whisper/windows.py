"""
Cutting audio into the windows that a recogniser can take.

Conventions
-----------
Samples are mono float32, shape (T,); cuts are in samples. A recogniser's window is 30 s, fixed by Whisper.

Longer audio is cut at its quietest place: the 0.2 s of least energy between 18 and 29.5 s after the last cut, so that
words stay whole. The place depends on the audio alone.
"""

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Waveform

SAMPLE_RATE = 16_000  # Hz, fixed by Whisper too
WINDOW_SECONDS = 30.0
EARLIEST_CUT, LATEST_CUT = 18.0, 29.5  # seconds after the last cut
PAUSE_SECONDS = 0.2
SILENCE_RMS = 1e-4  # -80 dB of full scale, about three steps of 16-bit audio
# How a clip shorter than the window is shown. With torch (`model`), in positions of 20 ms: whole after the clip, stood
# for by one, whole at the window's end. With CTranslate2 (`ctranslate2`): seconds after the clip encoded with it.
MARGIN, STRIDE, EDGE = 25, 25, 50
SILENCE_ENCODED = 8.0
SHORTEST_SECONDS = 0.1  # no word is shorter; Whisper makes one up


def is_silent(waveform: Waveform) -> bool:
    """Tell whether the level of *waveform* is below -80 dB of full scale RMS, its mean taken out."""
    samples = waveform.samples.astype(np.float64)
    return not samples.size or float(samples.std()) < SILENCE_RMS


def pieces(waveform: Waveform) -> list[Waveform]:
    """Return *waveform* cut into pieces of at most 30 s, in order and without gaps; one piece if it fits."""
    rate, samples = waveform.sample_rate, waveform.samples
    found: list[Waveform] = []
    start = 0
    while len(samples) - start > WINDOW_SECONDS * rate:
        first, last = start + round(EARLIEST_CUT * rate), start + round(LATEST_CUT * rate)
        stop = first + _quietest(samples[first:last], round(PAUSE_SECONDS * rate))
        found.append(Waveform(samples[start:stop], rate))
        start = stop
    return [*found, Waveform(samples[start:], rate)]


def _quietest(samples: npt.NDArray[np.float32], width: int) -> int:
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    return int(np.argmin(energy[width:] - energy[:-width])) + width // 2
