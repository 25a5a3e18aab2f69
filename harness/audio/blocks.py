"""
An audio file in blocks, from its beginning to its end: what a header promises is neither believed nor allocated.

FLAC may leave its length open (RFC 9639, 8.2), and any header may state one that no file holds.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

BLOCK = 1 << 18  # frames of one read
MOST_FRAMES = 1 << 28  # of a file that is read whole: 1.5 hours at 48 kHz, 1 GiB as float32


class Forward(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """A file that is only read on. `SoundFile` seeks after each read, which fails where a header promises too much."""

    def __init__(self, path: Path) -> None:
        super().__init__(os.fsencode(path))  # as text it would have to be UTF-8

    def seekable(self) -> bool:
        """Return False: whoever asks need not seek."""
        return False


def blocks(file: Forward, dtype: str) -> Iterator[npt.NDArray[Any]]:
    """
    Yield the samples that are left in *file*, shape (T, channels) of *dtype*; the last block may be short.

    Raises ValueError beyond `MOST_FRAMES`: some bytes of a compressed file can stand for hours.
    """
    read = 0
    while True:
        block = file.read(BLOCK, dtype=dtype, always_2d=True)
        read += len(block)
        if read > MOST_FRAMES:
            raise ValueError(f"it holds more than {MOST_FRAMES} samples; cut it into pieces")
        yield block
        if len(block) < BLOCK:
            return


def read_all(file: Forward) -> npt.NDArray[np.float32]:
    """Return all that is left in *file*, float32 of shape (T, channels); raises as `blocks`."""
    return np.concatenate(list(blocks(file, "float32")))


def integers(path: Path) -> Iterator[npt.NDArray[np.int32]]:
    """Yield all samples of *path* as int32 of full scale, in blocks of shape (T, channels)."""
    with Forward(path) as file:
        yield from blocks(file, "int32")
