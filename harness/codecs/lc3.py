"""
LC3, the codec of Bluetooth LE Audio, through Google's liblc3 that the package `lc3py` carries.

Conventions
-----------
Codes (K, F) are the bytes of F frames, one column each, 0 to 255; the bitrate is constant. A column of -1 is a lost
frame, which liblc3 conceals.

State is one block of memory per side that holds no addresses, so a copy of the bytes is a clone. liblc3 has no reset: a
side is set up anew in its memory. The package's own classes neither conceal a loss nor free their memory, so its
library is called directly.

Source: Bluetooth SIG, Low Complexity Communication Codec 1.0; lc3.h of liblc3 1.1.3.
"""

import hashlib
from pathlib import Path
from typing import Any

import lc3
import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.side_by_side import SideBySide
from harness.errors import CodecFailed, SuiteInvalid

SAMPLE_RATES = (8_000, 16_000, 24_000, 32_000, 48_000)
FRAME_MS = (2.5, 5.0, 7.5, 10.0)
FLOAT = 3  # LC3_PCM_FORMAT_FLOAT

Memory = npt.NDArray[np.uint8]


class Lc3Codec:
    """
    The codec `lc3`.

    bitrate : bits per second, rounded to whole bytes per frame
    frame_ms : 2.5, 5, 7.5 or 10
    sample_rate : 8000, 16000, 24000, 32000 or 48000 Hz
    """

    thread_safe = True  # each instance has its own blocks of state, and liblc3 has none beside them

    def __init__(self, bitrate: int = 32_000, frame_ms: float = 10.0, sample_rate: int = 16_000) -> None:
        for name, value, allowed in (("sample_rate", sample_rate, SAMPLE_RATES), ("frame_ms", frame_ms, FRAME_MS)):
            if value not in allowed:
                raise SuiteInvalid(f"lc3: {name} is {value!r}, wanted one of {', '.join(map(str, allowed))}")
        self._library = _Liblc3(round(frame_ms * 1000), sample_rate)
        wrapped = lc3.Encoder(round(frame_ms * 1000), sample_rate)
        fewest, most = (wrapped.get_frame_bytes(limit) for limit in (0, 2**31 - 1))
        size = round(bitrate * frame_ms / 8000)
        if not fewest <= size <= most:
            raise SuiteInvalid(
                f"lc3: {bitrate} b/s in frames of {frame_ms:g} ms is {size} bytes a frame, wanted {fewest} to {most}"
            )
        self.info = CodecInfo(
            name="lc3",
            sample_rate=sample_rate,
            frame_size=wrapped.get_frame_samples(),
            codebooks=size,
            bins=256,
            delay=wrapped.get_delay_samples(),
            stateful=True,
            tolerance=0.0,
            context=None,
            fingerprint=f"lc3:1:{bitrate}:{frame_ms}:{sample_rate}:{self._library.sha256}",
            description=f"liblc3, {bitrate / 1000:g} kb/s, frames of {frame_ms:g} ms",
        )

    def open(self) -> "Lc3Instance":
        """Return a fresh instance."""
        return Lc3Instance(self.info, self._library, self._library.new("encoder"), self._library.new("decoder"))

    def open_slots(self, rows: int) -> SideBySide:
        """Return a fresh instance with *rows* free rows."""
        return SideBySide(self, rows)


class _Liblc3:
    """liblc3 at one frame length and rate; *memory* is what one side keeps."""

    def __init__(self, frame_us: int, sample_rate: int) -> None:
        self._setting = (False, frame_us, sample_rate)  # not the high-resolution mode
        self._rate = sample_rate
        self._encoder: Any = lc3.Encoder(frame_us, sample_rate).lib  # each with the types of its own functions set
        self._decoder: Any = lc3.Decoder(frame_us, sample_rate).lib
        self.sha256 = hashlib.sha256(Path(self._encoder._name).read_bytes()).hexdigest()

    def new(self, side: str) -> Memory:
        """Return the state of a fresh `encoder` or `decoder`."""
        library = self._encoder if side == "encoder" else self._decoder
        memory = np.zeros(getattr(library, f"lc3_hr_{side}_size")(*self._setting), np.uint8)
        self.set_up(side, memory)
        return memory

    def set_up(self, side: str, memory: Memory) -> None:
        """Put *memory* into the state of a fresh side."""
        library = self._encoder if side == "encoder" else self._decoder
        memory[:] = 0
        if not getattr(library, f"lc3_hr_setup_{side}")(*self._setting, self._rate, memory.ctypes.data).value:
            raise CodecFailed(f"lc3: liblc3 cannot set up the {side}")

    def encode(self, memory: Memory, pcm: Samples, data: Memory) -> None:
        """Encode one frame at the beginning of *pcm*, to fill *data*."""
        handle = self._encoder.lc3_encode.argtypes[0](memory.ctypes.data)
        if self._encoder.lc3_encode(handle, FLOAT, pcm.ctypes.data, 1, len(data), data.ctypes.data):
            raise CodecFailed("lc3: liblc3 refuses to encode the frame")

    def decode(self, memory: Memory, data: Memory | None, size: int, pcm: Samples) -> None:
        """Decode a frame of *size* bytes into *pcm*; None is concealed."""
        handle = self._decoder.lc3_decode.argtypes[0](memory.ctypes.data)
        address = None if data is None else data.ctypes.data
        # 1 says that the frame was concealed, which liblc3 also does with one whose bits make no sense.
        if self._decoder.lc3_decode(handle, address, size, FLOAT, pcm.ctypes.data, 1) < 0:
            raise CodecFailed("lc3: liblc3 refuses to decode the frame")


class Lc3Instance:
    """An instance of `lc3`: see `harness.codecs.protocol.Instance`."""

    def __init__(self, info: CodecInfo, library: _Liblc3, encoder: Memory, decoder: Memory) -> None:
        self._info, self._library = info, library
        self._encoder, self._decoder = encoder, decoder

    def encode(self, pcm: Samples) -> Codes:
        """Encode frame by frame."""
        frames, size = whole_frames(pcm, self._info), self._info.frame_size
        pcm = np.ascontiguousarray(pcm)
        data = np.zeros((frames, self._info.codebooks), np.uint8)
        for frame in range(frames):
            self._library.encode(self._encoder, pcm[frame * size :], data[frame])
        return np.ascontiguousarray(data.T.astype(np.int64))

    def decode(self, codes: Codes) -> Samples:
        """Decode frame by frame; a column of -1 is a lost frame."""
        frames, size = whole_codes(codes, self._info, lowest=-1), self._info.frame_size
        if np.any(np.any(codes < 0, axis=0) != np.all(codes < 0, axis=0)):
            raise CodecFailed("lc3: decode got a frame with some bytes -1; wanted all of them (lost) or none")
        pcm = np.zeros(frames * size, np.float32)
        for frame, column in enumerate(codes.T):
            data = None if column[0] < 0 else np.ascontiguousarray(column).astype(np.uint8)
            self._library.decode(self._decoder, data, self._info.codebooks, pcm[frame * size :])
        return pcm

    def reset(self, side: Side) -> None:
        """Set the side up anew."""
        if side in (Side.ENCODER, Side.BOTH):
            self._library.set_up("encoder", self._encoder)
        if side in (Side.DECODER, Side.BOTH):
            self._library.set_up("decoder", self._decoder)

    def clone(self) -> "Lc3Instance":
        """Return an instance with copies of both blocks of state."""
        return Lc3Instance(self._info, self._library, *self.snapshot())

    def state(self) -> State:
        """Return both blocks of state as bytes."""
        return {"encoder/state": self._encoder.copy(), "decoder/state": self._decoder.copy()}

    def snapshot(self) -> tuple[Memory, Memory]:
        """Return a copy of the state that `restore` takes."""
        return self._encoder.copy(), self._decoder.copy()

    def restore(self, snapshot: tuple[Memory, Memory]) -> None:
        """Put a snapshot back."""
        self._encoder[:], self._decoder[:] = snapshot
