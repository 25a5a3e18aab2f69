"""
Opus as PyAV has it: FFmpeg with the libopus that each release of the package `av` bundles.

Codes are the bytes of the packets, at constant bitrate. There is no clone and no access to the state; reset makes new
contexts.
"""

from fractions import Fraction
from typing import Any

import av
import numpy as np

from harness import CodecFailed, CodecInfo, Codes, Samples, Side, State

SAMPLE_RATE = 48_000  # what FFmpeg decodes Opus to
FRAME = 960  # 20 ms


class PyAvOpus:
    """The codec; *bitrate* in bits per second, *complexity* 0 to 10, *application* voip, audio or lowdelay."""

    def __init__(self, bitrate: int = 16_000, complexity: int = 10, application: str = "voip") -> None:
        self.options = {
            "vbr": "off",
            "compression_level": str(complexity),
            "application": application,
            "frame_duration": "20",
        }
        self.bitrate = bitrate
        self.info = CodecInfo(
            name="pyav-opus",
            sample_rate=SAMPLE_RATE,
            frame_size=FRAME,
            codebooks=bitrate // 400,
            bins=256,
            delay=312,  # 6.5 ms look-ahead
            stateful=True,
            tolerance=1e-6,
            context=None,
            fingerprint=f"pyav-opus:1:{av.__version__}:{bitrate}:{self.options}",
            description=f"Opus of PyAV {av.__version__}, libavcodec {av.library_versions['libavcodec']}",
        )

    def open(self) -> "PyAvOpusInstance":
        """Return a fresh instance."""
        return PyAvOpusInstance(self)


class PyAvOpusInstance:
    """An encoder context and a decoder context."""

    def __init__(self, codec: PyAvOpus) -> None:
        self._codec = codec
        self.reset(Side.BOTH)

    def reset(self, side: Side) -> None:
        """Make the contexts of that side anew."""
        if side is not Side.DECODER:
            self._encoder: Any = av.CodecContext.create("libopus", "w")
            self._encoder.options = dict(self._codec.options)
            self._encoder.bit_rate = self._codec.bitrate
            self._encoder.sample_rate = SAMPLE_RATE
            self._encoder.time_base = Fraction(1, SAMPLE_RATE)
            self._encoder.layout = "mono"
            self._encoder.format = "s16"
            self._time = 0
        if side is not Side.ENCODER:
            self._decoder: Any = av.CodecContext.create("libopus", "r")
            self._decoder.sample_rate = SAMPLE_RATE
            self._decoder.layout = "mono"

    def encode(self, pcm: Samples) -> Codes:
        """Encode whole frames of 20 ms, one packet each."""
        packets: list[Any] = []
        for start in range(0, len(pcm), FRAME):
            samples = np.clip(np.round(pcm[None, start : start + FRAME] * 32768), -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), self._time
            self._time += FRAME
            packets += self._encoder.encode(frame)
        columns = [np.frombuffer(bytes(packet), np.uint8) for packet in packets]
        if [len(column) for column in columns] != [self._codec.info.codebooks] * (len(pcm) // FRAME):
            raise CodecFailed(f"PyAV made packets of {[len(column) for column in columns][:5]} bytes")
        return np.stack(columns, axis=1).astype(np.int64)

    def decode(self, codes: Codes) -> Samples:
        """Decode packets."""
        parts = []
        for column in codes.T:
            for frame in self._decoder.decode(av.Packet(column.astype(np.uint8).tobytes())):
                samples = frame.to_ndarray().reshape(-1)
                parts.append(samples / 32768 if samples.dtype == np.int16 else samples)
        return np.concatenate(parts).astype(np.float32)

    def clone(self) -> "PyAvOpusInstance":
        """Raise: PyAV cannot copy a context."""
        raise CodecFailed("PyAV cannot copy a context; use topologies without a clone")

    def state(self) -> State:
        """Return nothing: PyAV shows no state."""
        return {}
