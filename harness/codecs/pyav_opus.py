"""
Opus as FFmpeg has it, through the package `av` (PyAV), which carries FFmpeg and its libopus.

Conventions
-----------
Codes (K, F) are the bytes of F packets of constant bitrate, one column each, 0 to 255. FFmpeg decodes Opus to 48 kHz.
There is no concealment: FFmpeg takes an empty packet for the end of the stream, so a lost packet is refused.

The package offers no copy of a context and no access to its state. A side is reset by making its context anew. To use
the libopus of this package without FFmpeg around it, take the codec `opus` with `library = "pyav"`.

Source: libavcodec's libopusenc.c and libopusdec.c.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import av
import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed, SuiteInvalid

SAMPLE_RATE = 48_000
FRAME = 960  # 20 ms
DELAY = 312  # 6.5 ms, the encoder's look-ahead
BITRATES = range(6_000, 510_001, 400)  # whole bytes a packet
APPLICATIONS = ("voip", "audio", "lowdelay")
NO_COPY = "PyAV cannot copy a context"


class PyAvOpusCodec:
    """
    The codec `pyav-opus`.

    bitrate : bits per second, a multiple of 400
    complexity : 0 (fast) to 10 (good)
    application : `audio`, `voip` or `lowdelay`
    """

    promises_not: ClassVar[Mapping[str, str]] = {"clone-continues": NO_COPY, "clone-independent": NO_COPY}

    def __init__(self, bitrate: int = 16_000, complexity: int = 10, application: str = "audio") -> None:
        if bitrate not in BITRATES:
            raise SuiteInvalid(f"pyav-opus: bitrate is {bitrate!r}, wanted a multiple of 400 from 6000 to 510000")
        if complexity not in range(11):
            raise SuiteInvalid(f"pyav-opus: complexity is {complexity!r}, wanted 0 to 10")
        if application not in APPLICATIONS:
            raise SuiteInvalid(f"pyav-opus: application is {application!r}, wanted one of {', '.join(APPLICATIONS)}")
        self.bitrate = bitrate
        self.options = {
            "vbr": "off",
            "compression_level": str(complexity),
            "application": application,
            "frame_duration": "20",
        }
        self.info = CodecInfo(
            name="pyav-opus",
            sample_rate=SAMPLE_RATE,
            frame_size=FRAME,
            codebooks=bitrate // 400,
            bins=256,
            delay=DELAY if application != "lowdelay" else 120,
            stateful=True,
            tolerance=0.0,
            context=None,
            fingerprint=f"pyav-opus:1:{av.__version__}:{av.library_versions}:{bitrate}:{self.options}",
            description=f"Opus of PyAV {av.__version__}, {bitrate / 1000:g} kb/s, {application}",
        )

    def open(self) -> "PyAvOpusInstance":
        """Return a fresh instance."""
        return PyAvOpusInstance(self)


class PyAvOpusInstance:
    """An instance of `pyav-opus`, an encoder's and a decoder's context: see `harness.codecs.protocol.Instance`."""

    def __init__(self, codec: PyAvOpusCodec) -> None:
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
            self._encoder.format = "flt"
            self._time = 0
        if side is not Side.ENCODER:
            self._decoder: Any = av.CodecContext.create("libopus", "r")
            self._decoder.sample_rate = SAMPLE_RATE
            self._decoder.layout = "mono"

    def encode(self, pcm: Samples) -> Codes:
        """Encode frame by frame, one packet each."""
        frames = whole_frames(pcm, self._codec.info)
        packets: list[Any] = []
        for samples in pcm.reshape(frames, 1, FRAME):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="flt", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), self._time
            self._time += FRAME
            packets += self._encoder.encode(frame)
        columns = [np.frombuffer(bytes(packet), np.uint8) for packet in packets]
        lengths = [len(column) for column in columns]
        if lengths != [self._codec.info.codebooks] * frames:
            wanted = self._codec.info.codebooks
            raise CodecFailed(f"pyav-opus: got packets of {lengths[:5]} bytes, wanted {frames} of {wanted}")
        return np.stack(columns, axis=1).astype(np.int64)

    def decode(self, codes: Codes) -> Samples:
        """Decode packet by packet."""
        frames = whole_codes(codes, self._codec.info)
        parts = []
        try:
            for column in codes.T:
                for frame in self._decoder.decode(av.Packet(column.astype(np.uint8).tobytes())):
                    samples = frame.to_ndarray().reshape(-1)
                    parts.append(samples / np.float32(32768) if samples.dtype == np.int16 else samples)
        except av.FFmpegError as error:
            raise CodecFailed(f"pyav-opus: FFmpeg cannot decode a packet: {error}") from error
        pcm: Samples = np.concatenate(parts or [np.zeros(0, np.float32)]).astype(np.float32)
        if len(pcm) != frames * FRAME:
            raise CodecFailed(f"pyav-opus: {frames} packets decoded to {len(pcm)} samples, wanted {frames * FRAME}")
        return pcm

    def clone(self) -> "PyAvOpusInstance":
        """Raise `CodecFailed`: PyAV cannot copy a context."""
        raise CodecFailed(f"pyav-opus: {NO_COPY}; use topologies without a clone")

    def state(self) -> State:
        """Return no arrays: PyAV shows no state."""
        return {}
