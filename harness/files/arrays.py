"""
Arrays that somebody gives us, as .npy files of NumPy: numbers only, read from a plain file of a size that makes sense.

No pickle is read, and nothing is allocated before the file is seen to hold as much as its header says.
"""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from harness.errors import HarnessError
from harness.files import given

LARGEST = 256 << 20  # bytes
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_array(path: Path, kind: type[HarnessError], *, wanted: str) -> tuple[npt.NDArray[Any], bytes]:
    """Return the numbers in the .npy file *path*, and the file's bytes; raise *kind* if it is damaged or of others."""
    data = given.content(path, kind, wanted=wanted, most=LARGEST)
    file = io.BytesIO(data)
    try:
        shape, by_columns, dtype = HEADERS[npy.read_magic(file)](file)  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise kind(f"{path}: not a .npy file of NumPy; wanted {wanted}") from None
    if dtype.kind not in "iuf":
        raise kind(f"{path}: an array of {dtype}; wanted {wanted}")
    count, held = math.prod(shape), len(data) - file.tell()
    if count * dtype.itemsize != held:
        raise kind(
            f"{path}: cut off or damaged: shape {shape} of {dtype} is {count * dtype.itemsize} bytes, it has {held}; "
            f"wanted {wanted}"
        )
    array = np.frombuffer(data, dtype, count, file.tell()).reshape(shape, order="F" if by_columns else "C")
    return array.astype(dtype.newbyteorder("=")), data
