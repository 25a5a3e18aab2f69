"""
Several streams in step through one Mimi: a batch, whose rows must not know of each other.

Conventions
-----------
PCM is float32 (B, T), codes are int64 (B, K, F); otherwise as in `harness.codecs.protocol`. Sums over a batch are
rounded in another order than those of a single stream, so rows equal single streams within the declared tolerance only.
"""

import numpy as np
import numpy.typing as npt
from moshi.models.compression import MimiModel

from harness.codecs.mimi.instance import decode_rows, encode_rows


class MimiBatch:
    """See `harness.codecs.optional.BatchInstance`. *model* streams already, with as many rows as the batch has."""

    def __init__(self, model: MimiModel, threads: int) -> None:
        self._model = model
        self._threads = threads

    def encode(self, pcm: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Encode (B, n * frame_size) samples to codes (B, K, n)."""
        return encode_rows(self._model, pcm, self._threads)

    def decode(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Decode codes (B, K, n) to (B, n * frame_size) samples."""
        return decode_rows(self._model, codes, self._threads)
