"""
Slots of one Mimi: rows of a batch that streams join and leave, by moshi's own `set_exec_mask` and `reset_streaming`.

Measured with moshi 0.2.13 over 40 frames: a reset row is a fresh row, its neighbour is undisturbed, and an idle row
goes on where it was; codes are equal, PCM within 5.1e-7.
"""

import numpy as np
import numpy.typing as npt
import torch
from moshi.models.compression import MimiModel

from harness.codecs.mimi import state as mimi_state
from harness.codecs.mimi.instance import decode_rows, encode_rows
from harness.codecs.protocol import Side
from harness.codecs.side_by_side import SlotRows


class MimiSlots(SlotRows):
    """See `harness.codecs.optional.SlotInstance`. *model* streams already, with *rows* rows."""

    def __init__(self, model: MimiModel, rows: int, threads: int) -> None:
        super().__init__(rows)
        self._model = model
        self._threads = threads

    def reset(self, row: int, side: Side) -> None:
        """Reset one side of a row; for both, call moshi's `reset_streaming(reset_mask)`."""
        self.check(row)
        mask = np.zeros(len(self._taken), dtype=np.bool_)
        mask[row] = True
        mimi_state.reset(self._model, side, rows=torch.from_numpy(mask))

    def fork(self, row: int) -> int:
        """Return a free row with a copy of the state of *row*."""
        self.check(row)
        new = self.join()
        mimi_state.copy_row(self._model, row, new)
        return new

    def encode(self, pcm: npt.NDArray[np.float32], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Encode (B, n * frame_size) samples to codes (B, K, n) in the *active* rows."""
        self._use(active)
        return encode_rows(self._model, pcm, self._threads)

    def decode(self, codes: npt.NDArray[np.int64], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Decode codes (B, K, n) to (B, n * frame_size) samples in the *active* rows."""
        self._use(active)
        return decode_rows(self._model, codes, self._threads)

    def _use(self, active: npt.NDArray[np.bool_]) -> None:
        self.check_active(active)
        with torch.no_grad():
            self._model.set_exec_mask(torch.from_numpy(np.ascontiguousarray(active)))
