"""
Who owns what a codec returns: once it is handed out it is the caller's, and no later call may change it.

Every array is remembered as it was returned, beside a checksum of its content, so that a buffer that is used again
shows however many calls, or other instances of the codec, come in between.
"""

import zlib
from typing import Any

import numpy.typing as npt

LAW = "output-owned"  # as `harness.check` calls it


class Returned:
    """What a codec has returned so far; nothing is remembered for one that does not promise to let go of it."""

    def __init__(self, codec: object) -> None:
        self._watching = LAW not in getattr(codec, "promises_not", {})
        self._kept: list[tuple[str, npt.NDArray[Any], int]] = []

    def keep(self, where: str, returned: npt.NDArray[Any]) -> None:
        """Remember what the call *where* returned."""
        if self._watching:
            self._kept.append((where, returned, _checksum(returned)))

    def changed(self) -> str | None:
        """Say which call's output is no longer what it was; None if all is."""
        for number, (where, returned, checksum) in enumerate(self._kept):
            if _checksum(returned) != checksum:
                later = len(self._kept) - number - 1
                return (
                    f"what {where} returned was changed by one of the {later} later calls: the codec uses a buffer "
                    "again that it has handed out; return a copy"
                )
        return None


def _checksum(array: npt.NDArray[Any]) -> int:
    """Return a CRC of the content; one in four thousand million changes is not seen by it."""
    return zlib.crc32(array.data if array.flags.c_contiguous else array.tobytes())
