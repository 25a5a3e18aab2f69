"""
One stream as a row of a batched instance whose other rows carry other speech.

To the interpreter it is an instance like any other, so a topology needs to know no more than how many rows there are.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.optional import BatchInstance
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Beside:
    """
    Another stream in the same calls as ours: its place among the streams, its row, what it carried and what it gave.

    pcm : (F * frame_size,); codes : (K, F); decoded : (F * frame_size,)
    """

    place: int
    row: int
    pcm: Samples
    codes: Codes
    decoded: Samples


class Companions:
    """
    What the other rows of a batch carry, for the whole stream: each row the same speech, begun elsewhere.

    pcm : (B - 1, F * frame_size), float32; codes : (B - 1, K, F), filled in as an encoding batch goes on, as is what
        was decoded
    """

    def __init__(self, speech: Samples, rows: int, info: CodecInfo) -> None:
        shift = len(speech) // rows
        self.pcm = np.stack([np.roll(speech, row * shift) for row in range(1, rows)])
        self.codes = np.zeros((rows - 1, info.codebooks, len(speech) // info.frame_size), dtype=info.codes_type)
        self._decoded: list[npt.NDArray[np.float32]] = []

    def take(self, pcm: npt.NDArray[np.float32]) -> None:
        """Keep what a decoding batch gave next, (B - 1, n * frame_size)."""
        self._decoded.append(np.array(pcm, dtype=np.float32))

    def beside(self, ours: int) -> tuple[Beside, ...]:
        """Return each of them with its row, where our stream is in row *ours*."""
        decoded = np.concatenate([self.pcm[:, :0], *self._decoded], axis=1)
        rows = [row for row in range(len(self.pcm) + 1) if row != ours]
        return tuple(Beside(row, row, *parts) for row, *parts in zip(rows, self.pcm, self.codes, decoded, strict=True))


class Row:
    """Row *row* of *batch*; *companions* is shared by all batches of a topology, so that a second one can decode."""

    def __init__(self, batch: BatchInstance, info: CodecInfo, companions: Companions, row: int) -> None:
        self._batch, self._info, self.companions, self.row = batch, info, companions, row
        self._encoded = self._decoded = 0

    def encode(self, pcm: Samples) -> Codes:
        """Encode our samples and, in the same call, the companions'; return our codes (K, n)."""
        size = self._info.frame_size
        start, stop = self._encoded, self._encoded + len(pcm) // size
        codes = np.asarray(self._batch.encode(self._among(pcm, self.companions.pcm[:, start * size : stop * size])))
        self._check("codes", codes, (len(self.companions.pcm) + 1, self._info.codebooks, stop - start))
        self.companions.codes[:, :, start:stop] = np.delete(codes, self.row, axis=0)
        self._encoded = stop
        ours: Codes = codes[self.row]
        return ours

    def decode(self, codes: Codes) -> Samples:
        """Decode our codes and, in the same call, the companions'; return our samples."""
        start, stop = self._decoded, self._decoded + codes.shape[1]
        pcm = np.asarray(self._batch.decode(self._among(codes, self.companions.codes[:, :, start:stop])))
        self._check("PCM", pcm, (len(self.companions.pcm) + 1, (stop - start) * self._info.frame_size))
        self.companions.take(np.delete(pcm, self.row, axis=0))
        self._decoded = stop
        ours: Samples = pcm[self.row]
        return ours

    def reset(self, side: Side) -> None:
        """Refuse: what a reset of one row is, no protocol says."""
        raise CodecFailed(f"reset({side}): a row of a batch cannot be reset alone")

    def clone(self) -> "Row":
        """Refuse, as `reset`."""
        raise CodecFailed("clone: a row of a batch cannot be cloned alone")

    def state(self) -> State:
        """Return nothing: a batch shows no state."""
        return {}

    def beside(self) -> tuple[Beside, ...]:
        """Return what the other rows carried and gave."""
        return self.companions.beside(self.row)

    def _among(self, ours: npt.NDArray[Number], others: npt.NDArray[Number]) -> npt.NDArray[Number]:
        if ours.shape != others.shape[1:]:
            raise CodecFailed(
                f"a call of a batch is of one shape: ours is {ours.shape}, the other rows are {others.shape[1:]}; "
                "wanted a wire that changes the number neither of frames nor of codebooks"
            )
        return np.concatenate([others[: self.row], ours[None], others[self.row :]])

    def _check(self, what: str, array: npt.NDArray[np.generic], wanted: tuple[int, ...]) -> None:
        if array.shape != wanted:
            raise CodecFailed(f"the batch returned {what} of shape {array.shape}, wanted {wanted}")
