"""
Codec 2, David Rowe's speech codec of 700 to 3200 bits per second, through the package `pycodec2`.

Conventions
-----------
Codes (K, F) are the bytes of F frames, one column each, 0 to 255; where a frame is no whole number of bytes, the rest
of the last one is 0. There is no concealment: lost frames are refused. PCM is rounded to 16 bits.

The package offers no copy of the state and no access to it. A side is reset by making it anew.

One call of the package codes one frame, whatever it is given, so frames are given one by one.

Source: codec2.h of libcodec2 1.2; pycodec2 4.1.1.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np
import pycodec2

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed, SuiteInvalid

MODES = (700, 1200, 1300, 1400, 1600, 2400, 3200)
SAMPLE_RATE = 8_000
FULL_SCALE = 32_768
NO_COPY = "pycodec2 cannot copy the state"


class Codec2Codec:
    """
    The codec `codec2`.

    mode : bits per second: 700 (700C), 1200, 1300, 1400, 1600, 2400 or 3200
    """

    promises_not: ClassVar[Mapping[str, str]] = {"clone-continues": NO_COPY, "clone-independent": NO_COPY}

    def __init__(self, mode: int = 3_200) -> None:
        if mode not in MODES:
            raise SuiteInvalid(f"codec2: mode is {mode!r}, wanted one of {', '.join(map(str, MODES))}")
        self._mode = mode
        made = pycodec2.Codec2(mode)
        self.info = CodecInfo(
            name="codec2",
            sample_rate=SAMPLE_RATE,
            frame_size=made.samples_per_frame(),
            codebooks=made.bytes_per_frame(),
            bins=256,
            delay=0,
            stateful=True,
            tolerance=0.0,
            context=None,
            fingerprint=f"codec2:1:{mode}:{version('pycodec2')}",
            description=f"libcodec2, {mode} b/s",
            gain_db=None,
        )

    def open(self) -> "Codec2Instance":
        """Return a fresh instance."""
        return Codec2Instance(self.info, self._mode)


class Codec2Instance:
    """An instance of `codec2`: see `harness.codecs.protocol.Instance`."""

    def __init__(self, info: CodecInfo, mode: int) -> None:
        self._info, self._mode = info, mode
        self.reset(Side.BOTH)

    def encode(self, pcm: Samples) -> Codes:
        """Encode frame by frame."""
        whole_frames(pcm, self._info)
        rounded = np.clip(np.rint(pcm * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        packets = [self._encoder.encode(frame.copy()) for frame in rounded.reshape(-1, self._info.frame_size)]
        return np.stack([np.frombuffer(packet, np.uint8) for packet in packets], axis=1).astype(np.int64)

    def decode(self, codes: Codes) -> Samples:
        """Decode frame by frame."""
        whole_codes(codes, self._info)
        parts = [self._decoder.decode(column.astype(np.uint8).tobytes()) for column in codes.T]
        pcm: Samples = np.concatenate(parts).astype(np.float32) / np.float32(FULL_SCALE)
        return pcm

    def reset(self, side: Side) -> None:
        """Make the side anew."""
        if side is not Side.DECODER:
            self._encoder: Any = pycodec2.Codec2(self._mode)
        if side is not Side.ENCODER:
            self._decoder: Any = pycodec2.Codec2(self._mode)

    def clone(self) -> "Codec2Instance":
        """Raise `CodecFailed`: the package cannot copy a codec's state."""
        raise CodecFailed(f"codec2: {NO_COPY}; use topologies without a clone")

    def state(self) -> State:
        """Return no arrays: the package shows no state."""
        return {}
