"""
Reader for the weights file of CTranslate2 (`model.bin`, binary version 6), as numpy arrays.

Conventions
-----------
All integers are little-endian. A file is: u32 version, spec name, u32 revision, u32 count; per variable its name, u8
rank, u32 per dimension, u8 type, u32 bytes, data; then u32 count of aliases, each alias name and variable name. Names
are u16 length and that many bytes, the last one NUL.

Source: `ctranslate2/specs/model_spec.py` of CTranslate2 4 (MIT).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import WeightsInvalid

VERSION = 6
# Only what a float16 or float32 conversion holds: its scalars are the integers. Quantised weights (int8 or int16 of
# rank 2, bfloat16) would need their scales, and are refused.
TYPES: dict[int, str] = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
FLOATS = ("<f4", "<f2")

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Variables:
    """Content of a `model.bin`: the spec's name, arrays by variable name, and alias -> variable name."""

    path: Path
    spec: str
    arrays: dict[str, Array]
    aliases: dict[str, str]

    def __getitem__(self, name: str) -> Array:
        """Return a variable; raise `WeightsInvalid` if the file has none of that name."""
        if name not in self.arrays:
            raise WeightsInvalid(f"{self.path}: has no variable {name!r}; wanted a Whisper model of CTranslate2")
        return self.arrays[name]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.at = 0

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.at:
            raise EOFError
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece

    def number(self, form: str) -> int:
        value: int = struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]
        return value

    def name(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("utf-8")


def read_variables(path: Path) -> Variables:
    """Read a `model.bin`; raise `WeightsInvalid` if it is missing, truncated, quantised or of another version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsInvalid(f"{path}: cannot be read ({error.strerror}); wanted a CTranslate2 model.bin") from error
    cursor = _Cursor(data)
    try:
        version = cursor.number("I")
        if version != VERSION:
            raise WeightsInvalid(f"{path}: CTranslate2 binary version {version}, wanted {VERSION}")
        spec = cursor.name()
        cursor.number("I")  # revision of the spec: names of variables are checked where they are used
        arrays = dict(_variable(cursor, path) for _ in range(cursor.number("I")))
        aliases = {cursor.name(): cursor.name() for _ in range(cursor.number("I"))}
    except (EOFError, UnicodeDecodeError, ValueError) as error:
        raise WeightsInvalid(f"{path}: truncated or damaged near byte {cursor.at} of {len(data)}") from error
    if cursor.at != len(data):
        raise WeightsInvalid(f"{path}: {len(data) - cursor.at} bytes left over after the last variable")
    return Variables(path, spec, arrays, aliases)


def _variable(cursor: _Cursor, path: Path) -> tuple[str, Array]:
    name = cursor.name()
    shape = tuple(cursor.number("I") for _ in range(cursor.number("B")))
    code = cursor.number("B")
    data = cursor.take(cursor.number("I"))
    kind = TYPES.get(code)
    if kind is None or (shape and kind not in FLOATS):
        held = {1: "int8", 2: "int16", 3: "int32", 5: "bfloat16"}.get(code, f"type {code}")
        raise WeightsInvalid(f"{path}: {name} is {held}; wanted a float16 or float32 conversion, not a quantised one")
    return name, np.frombuffer(data, kind).reshape(shape)
