"""
Who owns what a codec returns: once it is handed out it is the caller's, and no later call may change it.

Every array is remembered as it was returned, beside the copy that was made of it there and then, so that a buffer that
is used again shows however many calls, or other instances of the codec, come in between.
"""

from typing import Any

import numpy.typing as npt

LAW = "output-owned"  # as `harness.check` calls it


class Returned:
    """What a codec has returned so far; nothing is remembered for one that does not promise to let go of it."""

    def __init__(self, codec: object) -> None:
        self._watching = LAW not in getattr(codec, "promises_not", {})
        self._kept: list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]] = []
        self._over = False

    def keep(self, where: str, returned: npt.NDArray[Any], copy: npt.NDArray[Any]) -> None:
        """Remember what the call *where* returned; *copy* is of the same values, perhaps in another type."""
        if self._watching:
            self._kept.append((where, returned, copy))

    def changed(self) -> str | None:
        """
        Say which call's output is no longer what it was; None if all is.

        Asked when the stream is over: what is changed after that was changed by another stream, a reset or a close.
        """
        for number, (where, returned, copy) in enumerate(self._kept):
            if not _same(returned, copy):
                later = 0 if self._over else len(self._kept) - number - 1
                which = f"one of the {later} later calls" if later else "a call after its stream was over"
                return (
                    f"what {where} returned was changed by {which}: the codec uses a buffer again that it has handed "
                    "out; return a copy"
                )
        self._over = True
        return None


def _same(returned: npt.NDArray[Any], copy: npt.NDArray[Any]) -> bool:
    # Bytes, which unlike numbers tell 0 from -0, and take a tenth of the time to compare.
    now = returned if returned.dtype == copy.dtype else returned.astype(copy.dtype)
    return now.shape == copy.shape and now.tobytes() == copy.tobytes()
