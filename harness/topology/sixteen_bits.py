"""
Samples as 16-bit integers and as bytes, and how each of these steps goes wrong.

Conventions
-----------
Numbers are int16, shape (T,); as bytes, little-endian, two each. Full scale, -1 to 1 in floating point, is -32768 to
32767.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

FULL_SCALE = 32768.0

Overflow = Literal["clamp", "wrap"]
OddByte = Literal["dropped", "padded", "carried"]
ByteOrder = Literal["native", "swapped"]
Numbers = npt.NDArray[np.int16]


def rounded(samples: npt.NDArray[np.floating], overflow: Overflow) -> Numbers:
    """Return *samples* (T,) as numbers; what lies beyond full scale clamps there, or wraps round to the other end."""
    if overflow == "clamp":
        return np.round(np.clip(samples, -1, (FULL_SCALE - 1) / FULL_SCALE) * FULL_SCALE).astype(np.int16)
    whole = np.round(samples.astype(np.float64) * FULL_SCALE) % (2 * FULL_SCALE)
    return whole.astype(np.uint16).view(np.int16)


def through_bytes(numbers: Numbers, size: int, odd: OddByte) -> Numbers:
    """
    Return what is read of *numbers* (T,) that travel in messages of *size* bytes, each read by itself.

    odd : what becomes of the last byte of a message whose bytes are an odd number, one that begins a sample or, in
        every second message, one that ends one: it is `dropped`, or a zero byte is appended (`padded`), and all that
        follows in the next message is read one byte off; or it is `carried` into the next message, and all is well
    """
    sent = numbers.astype("<i2").tobytes()
    if odd == "carried":
        return numbers
    messages = [sent[at : at + size] for at in range(0, len(sent), size)]
    if odd == "dropped":
        heard = b"".join(message[: len(message) - len(message) % 2] for message in messages)
    else:
        heard = b"".join(message + b"\0" * (len(message) % 2) for message in messages)
    return np.frombuffer(heard, dtype="<i2").astype(np.int16)


def read(numbers: Numbers, order: ByteOrder) -> npt.NDArray[np.float64]:
    """Return *numbers* (T,) as samples, -1 to 1; `swapped`: with the two bytes of each exchanged."""
    return (numbers.byteswap() if order == "swapped" else numbers) / FULL_SCALE
