"""
Instances of codecs that know whole signals only.

Such a codec has no streaming state: each call is a signal of its own, with silence before and after it. An instance
makes the calls all the same, since that is what happens to a user who streams with it: the more calls, the more seams.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State

if TYPE_CHECKING:
    import torch

_SEAMS = "each call is coded as a signal of its own, so the length of calls matters"

PROMISES_NOT: Mapping[str, str] = dict.fromkeys(
    ("offline", "chunks", "past-context-offline", "past-context-chunks", "call-past-context"), _SEAMS
)


class WholeSignals(Protocol):
    """What a codec offers here: the two calls of `harness.codecs.protocol.OfflineCodec`."""

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal."""

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode a whole signal."""


class Network(Protocol):
    """What computes for such a codec in PyTorch."""

    def encode(self, pcm: "torch.Tensor") -> "torch.Tensor":
        """Encode a signal (1, 1, T) to codes (1, K, F)."""

    def decode(self, codes: "torch.Tensor") -> "torch.Tensor":
        """Decode codes (1, K, F) to a signal (1, 1, T)."""


class NetworkCodec:
    """
    The calls of a codec that *network* computes with *threads* torch threads, and that *info* describes.

    Some networks return fewer samples than whole frames; what they lack at the end is silence.
    """

    info: CodecInfo
    promises_not: ClassVar[Mapping[str, str]] = PROMISES_NOT
    _network: Network
    _threads: int

    def open(self) -> "WholeSignalInstance":
        """Return an instance; all are alike."""
        return WholeSignalInstance(self)

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal."""
        import torch

        whole_frames(pcm, self.info)
        torch.set_num_threads(self._threads)
        with torch.no_grad():
            return np.ascontiguousarray(self._network.encode(torch.tensor(pcm)[None, None])[0].numpy())

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode a whole signal, from all codebooks or the first few."""
        import torch

        frames = whole_codes(codes, self.info, fewest_codebooks=1)
        torch.set_num_threads(self._threads)
        with torch.no_grad():
            pcm = self._network.decode(torch.tensor(codes)[None])[0, 0].numpy()
        whole = np.zeros(frames * self.info.frame_size, np.float32)
        whole[: len(pcm)] = pcm[: len(whole)]
        return whole


class WholeSignalInstance:
    """Codes each call by itself: see `harness.codecs.protocol.Instance`."""

    def __init__(self, codec: WholeSignals) -> None:
        self._codec = codec

    def encode(self, pcm: Samples) -> Codes:
        """Encode *pcm* as a signal of its own."""
        return self._codec.encode_offline(pcm)

    def decode(self, codes: Codes) -> Samples:
        """Decode *codes* as a signal of their own."""
        return self._codec.decode_offline(codes)

    def reset(self, side: Side) -> None:
        """Do nothing: there is no state."""

    def clone(self) -> "WholeSignalInstance":
        """Return another instance of the same codec."""
        return WholeSignalInstance(self._codec)

    def state(self) -> State:
        """Return no arrays."""
        return {}
