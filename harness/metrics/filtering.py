"""
Filters that are told how much of each frequency they pass: in phase, over all of a signal at once.

Conventions
-----------
The signal is continued with 0.1 s of its mean, so that what a filter smears at one end does not come round at the
other, and to a length that is quick to transform: 70,160 samples, of which 877 is a factor, take 25 times as long as
73,728.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.floating]

AFTER_SECONDS = 0.1
LOUDEST = 2.0**40  # times full scale: float32 holds no sums of what is far beyond, as of codes whose bits are flipped
LARGEST = float(np.finfo(np.float32).max)
ODD = (1, 3, 5, 9, 15, 27)  # of lengths that are one of these times a power of two, the next is at most 20 % longer


def filtered(samples: Reals, rate: int, passed: Callable[[Reals], Reals]) -> npt.NDArray[np.float64]:
    """Return *samples* (T,) at *rate* Hz, each frequency (Hz) times what *passed* says; float32 fits float32."""
    if samples.dtype == np.float32 and np.abs(samples).max(initial=0.0) > LOUDEST:
        return np.clip(filtered(samples.astype(np.float64), rate, passed), -LARGEST, LARGEST)
    size = quick_length(len(samples) + int(AFTER_SECONDS * rate))
    mean = samples.dtype.type(samples.mean(dtype=np.float64))
    gains = passed(np.fft.rfftfreq(size, 1 / rate))
    kept: npt.NDArray[np.float64] = (
        np.fft.irfft(np.fft.rfft(samples - mean, size) * gains, size)[: len(samples)] + mean * gains[0]
    )
    return kept


def quick_length(least: int) -> int:
    """Return a length of at least *least* that is quick to transform."""
    return min(odd << (-(-least // odd) - 1).bit_length() for odd in ODD)
