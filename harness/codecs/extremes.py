"""
The least and the greatest value of an array, fast where the array is short.

Every call of a codec is looked at, and a call may be of one frame. A reduction of NumPy has a fixed cost of some
microseconds, with which an hour of speech spends more time on checks than on an easy codec; looking for the place of an
extreme, which is no universal function, has a tenth of that.
"""

import math

import numpy as np
import numpy.typing as npt


def extremes(integers: npt.NDArray[np.integer]) -> tuple[int, int]:
    """Return the least and the greatest of *integers*, of any shape but empty."""
    return int(integers.item(integers.argmin())), int(integers.item(integers.argmax()))


def all_finite(samples: npt.NDArray[np.floating]) -> bool:
    """Tell whether none of *samples*, of any shape, is infinite or NaN, which is both least and greatest."""
    if not samples.size:
        return True
    return math.isfinite(samples.item(samples.argmin())) and math.isfinite(samples.item(samples.argmax()))
