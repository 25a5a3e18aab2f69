"""
Slots made of instances side by side, one a row: what a batch of slots must be like, and how a codec without batches is
served.
"""

import numpy as np
import numpy.typing as npt

from harness.codecs.protocol import LOST, Codec, Instance, Side
from harness.errors import CodecFailed


class SlotRows:
    """The rows of a batch of slots, and which of them are taken: what every `SlotInstance` of ours begins with."""

    def __init__(self, rows: int) -> None:
        self._taken = [False] * rows

    def join(self) -> int:
        """Return the lowest free row, as its last stream left it; raise `CodecFailed` if all are taken."""
        if all(self._taken):
            raise CodecFailed(f"join: all {len(self._taken)} rows are taken; a stream has to leave first")
        row = self._taken.index(False)
        self._taken[row] = True
        return row

    def leave(self, row: int) -> None:
        """Free a row; raise `CodecFailed` if it is not taken."""
        self.check(row)
        self._taken[row] = False

    def check(self, row: int) -> None:
        """Raise `CodecFailed` unless *row* is one that is taken."""
        if not 0 <= row < len(self._taken):
            raise CodecFailed(f"row {row} is out of range; there are rows 0 to {len(self._taken) - 1}")
        if not self._taken[row]:
            raise CodecFailed(f"row {row} is not taken: its stream has left, or none has joined")

    def check_active(self, active: npt.NDArray[np.bool_]) -> None:
        """Raise `CodecFailed` unless *active* (B,) names taken rows only."""
        if len(active) != len(self._taken):
            raise CodecFailed(f"got a mask of {len(active)} rows, wanted {len(self._taken)}")
        for row in np.flatnonzero(active):
            self.check(int(row))


class SideBySide(SlotRows):
    """See `harness.codecs.optional.SlotInstance`."""

    def __init__(self, codec: Codec, rows: int) -> None:
        super().__init__(rows)
        self._info = codec.info
        self._rows: list[Instance] = [codec.open() for _ in range(rows)]

    def reset(self, row: int, side: Side) -> None:
        """Reset the row's instance."""
        self.check(row)
        self._rows[row].reset(side)

    def fork(self, row: int) -> int:
        """Return a free row with a clone of the instance of *row*."""
        self.check(row)
        new = self.join()
        self._rows[new] = self._rows[row].clone()
        return new

    def encode(self, pcm: npt.NDArray[np.float32], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Encode the active rows, one after the other."""
        self.check_active(active)
        frames = pcm.shape[1] // self._info.frame_size
        codes = np.full((len(self._rows), self._info.codebooks, frames), LOST, dtype=self._info.codes_type)
        for row in np.flatnonzero(active):
            codes[row] = self._rows[row].encode(pcm[row])
        return codes

    def decode(self, codes: npt.NDArray[np.int64], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Decode the active rows, one after the other."""
        self.check_active(active)
        pcm = np.zeros((len(self._rows), codes.shape[2] * self._info.frame_size), dtype=np.float32)
        for row in np.flatnonzero(active):
            pcm[row] = self._rows[row].decode(codes[row])
        return pcm
