"""
Pass-through: samples travel as codes and come back bit for bit. The control that every topology must leave perfect.

Conventions
-----------
One code per sample: K is the frame size, and a code is the bit pattern of a float32 read as an unsigned integer, so
that NaN, infinities and signed zeros survive too. There is no state: `reset` does nothing and `clone` has nothing to
copy. If a topology makes this codec anything but identical, the harness is wrong, not the codec.
"""

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.side_by_side import SideBySide
from harness.errors import SuiteInvalid

BINS = 1 << 32


class PcmCodec:
    """
    The codec `pcm`.

    sample_rate : Hz
    frame_ms : length of a frame in milliseconds; must be a whole number of samples, else `SuiteInvalid`
    """

    thread_safe = True

    def __init__(self, sample_rate: int = 16_000, frame_ms: float = 20.0) -> None:
        frame_size = round(sample_rate * frame_ms / 1000)
        if frame_size < 1 or abs(frame_size - sample_rate * frame_ms / 1000) > 1e-9:
            raise SuiteInvalid(
                f"pcm: {frame_ms} ms at {sample_rate} Hz is {sample_rate * frame_ms / 1000:g} samples; "
                "wanted a whole number, such as 20 ms at 16000 Hz"
            )
        self.info = CodecInfo(
            name="pcm",
            sample_rate=sample_rate,
            frame_size=frame_size,
            codebooks=frame_size,
            bins=BINS,
            delay=0,
            stateful=False,
            tolerance=0.0,
            context=0,
            fingerprint=f"pcm:1:{sample_rate}:{frame_size}",
            description=f"pass-through, frames of {frame_ms:g} ms",
        )

    def open(self) -> "PcmInstance":
        """Return an instance; all are alike."""
        return PcmInstance(self.info)

    def open_slots(self, rows: int) -> SideBySide:
        """Return a fresh instance with *rows* free rows."""
        return SideBySide(self, rows)


class PcmInstance:
    """An instance of `pcm`: see `harness.codecs.protocol.Instance`."""

    def __init__(self, info: CodecInfo) -> None:
        self._info = info

    def encode(self, pcm: Samples) -> Codes:
        """Return the bit patterns of *pcm*, shape (frame size, n)."""
        frames = whole_frames(pcm, self._info)
        bits = np.ascontiguousarray(pcm).view(np.uint32).astype(np.int64)
        return np.ascontiguousarray(bits.reshape(frames, self._info.frame_size).T)

    def decode(self, codes: Codes) -> Samples:
        """Return the samples whose bit patterns are *codes*."""
        whole_codes(codes, self._info)
        return np.ascontiguousarray(codes.T).astype(np.uint32).view(np.float32).reshape(-1)

    def reset(self, side: Side) -> None:
        """Do nothing: there is no state."""

    def clone(self) -> "PcmInstance":
        """Return another instance."""
        return PcmInstance(self._info)

    def state(self) -> State:
        """Return no arrays."""
        return {}
