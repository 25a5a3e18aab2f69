"""
Codecs without an encoder, such as the speech tokenizers of TTS models: their codes are given, not made.

To wire one like any other it gets an encoder that plays recordings of codes. What it is handed in place of speech are
samples that carry frames: every sample of a frame is the number by which the frame is known, whatever else is done to
the stream on its way (cut into calls, begun elsewhere, handed to a row of a batch). Number 0 is a frame of zeros: what
the rows of a batch get that nobody is in. There is nothing to remember on this side.
"""

import copy
from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side
from harness.errors import CodecFailed

LONGEST = 1 << 19  # frames of a recording
KEPT = 30  # recordings; all numbers of frames are below 2**24, and so whole numbers in float32
WHOLE = 1e-4  # how far a sample may be from a number: inaudible noise is added to some


class Recordings:
    """Codes that can be played, those used last."""

    def __init__(self, info: CodecInfo) -> None:
        self._info = info
        self._places: OrderedDict[bytes, int] = OrderedDict()  # by content: the slot that a recording is in
        self._kept: dict[int, Codes] = {}

    def carrier(self, codes: Codes) -> Samples:
        """Return the samples (F * frame_size,) that carry *codes* (K, F); raise `CodecFailed` if these are too many."""
        frames = codes.shape[1]
        if frames >= LONGEST:
            raise CodecFailed(f"{self._info.name}: {frames} frames of codes, wanted fewer than {LONGEST}")
        name = codes.tobytes() + str(codes.shape).encode()
        if name not in self._places:
            place = len(self._places) if len(self._places) < KEPT else self._places.popitem(last=False)[1]
            self._places[name], self._kept[place] = place, codes.copy()
        self._places.move_to_end(name)
        numbers = 1 + self._places[name] * LONGEST + np.arange(frames)
        return np.repeat(numbers, self._info.frame_size).astype(np.float32)

    def play(self, carrier: npt.NDArray[np.float32]) -> Codes:
        """Return the codes (K, n) that whole frames of samples carry; raise `CodecFailed` if they carry none."""
        whole_frames(carrier, self._info)
        given = carrier[:: self._info.frame_size]
        numbers = np.where(np.abs(given) < KEPT * LONGEST, np.rint(given), -1).astype(np.int64)  # NaN is not
        codes = np.zeros((self._info.codebooks, len(given)), dtype=self._info.codes_type)
        for at, number in enumerate(numbers):
            place, frame = divmod(int(number) - 1, LONGEST)
            recording = self._kept.get(place)
            if number == 0 and abs(given[at]) <= WHOLE:
                continue
            if not abs(given[at] - number) <= WHOLE or recording is None or frame >= recording.shape[1]:
                raise CodecFailed(f"{self._info.name} has no encoder: it was handed samples that carry no codes")
            codes[:, at] = recording[:, frame]
        return codes


class DecoderAlone:
    """The codec *inner*, which declares that it does not encode, with an encoder that plays *recordings*."""

    def __init__(self, inner: Any, info: CodecInfo, recordings: Recordings | None = None) -> None:
        self.inner = inner
        self.recordings = recordings if recordings is not None else Recordings(info)
        if hasattr(inner, "decode_offline"):
            self.encode_offline, self.decode_offline = self.recordings.play, inner.decode_offline
        if hasattr(inner, "open_batch"):
            self.open_batch = lambda rows: _Rows(inner.open_batch(rows), self.recordings)
        if hasattr(inner, "open_slots"):
            self.open_slots = lambda rows: _Rows(inner.open_slots(rows), self.recordings)
        if hasattr(inner, "with_threads"):
            self.with_threads = lambda threads: self._other(inner.with_threads(threads))
        if hasattr(inner, "with_dtype"):
            self.with_dtype = lambda dtype: self._other(inner.with_dtype(dtype))
        if hasattr(inner, "connection"):
            self.connection = lambda: self._other(inner.connection())

    def open(self) -> "_Instance":
        """Return a fresh instance."""
        return _Instance(self.inner.open(), self.recordings)

    def __getattr__(self, name: str) -> Any:
        """Return what the codec itself has: what it declares, and what it does not promise."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def _other(self, inner: Any) -> "DecoderAlone":
        return DecoderAlone(inner, inner.info, self.recordings)


class _Instance:
    """A decoder's instance, whose encoder side plays; what else it has is its own."""

    def __init__(self, inner: Any, recordings: Recordings) -> None:
        self._inner, self._recordings = inner, recordings
        if hasattr(inner, "alias"):
            self.alias = lambda: _Instance(inner.alias(), recordings)

    def encode(self, carrier: Samples) -> Codes:
        return self._recordings.play(carrier)

    def reset(self, side: Side) -> None:
        if side is not Side.ENCODER:  # there is no such side, and nothing of the other is meant
            self._inner.reset(side)

    def clone(self) -> "_Instance":
        return _Instance(self._inner.clone(), self._recordings)

    def __copy__(self) -> "_Instance":
        return _Instance(copy.copy(self._inner), self._recordings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)


class _Rows:
    """A batch of a decoder, or its slots."""

    def __init__(self, inner: Any, recordings: Recordings) -> None:
        self._inner, self._recordings = inner, recordings

    def encode(self, carriers: npt.NDArray[np.float32], _active: npt.NDArray[np.bool_] | None = None) -> Codes:
        return np.stack([self._recordings.play(carrier) for carrier in carriers])

    def reset(self, row: int, side: Side) -> None:
        if side is not Side.ENCODER:
            self._inner.reset(row, side)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)
