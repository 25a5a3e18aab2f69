"""
Opus, through the libopus that the package `opuslib-next-bundled` carries.

Conventions
-----------
Constant bitrate, so every packet has the same number of bytes: codes (K, F) are the bytes of F packets, one column
each, 0 to 255. A column of -1 is a lost packet, and the decoder conceals it. Variable bitrate is not offered: packets
of different lengths are not a (K, F) array.

State is one block of memory per side, without pointers into itself, so a copy of the bytes is a clone. The bytes hold
addresses of libopus's constant tables: compare them within one process only.

Reset is libopus's own OPUS_RESET_STATE. With the default options an instance acts exactly like a fresh one after it.
Not with all: at 48 kHz, 10 ms and 16 kb/s a third of the packets differ. Eleven words of the encoder survive the
reset, and putting one of them back, -1 when fresh and a percentage after speech (by its values the `voice_ratio`),
cures it. `tests/codecs/test_opus.py` keeps the case.

Source: RFC 6716; the API of opus.h. The bundled library calls itself "libopus unknown", so the fingerprint is the
hash of its file.
"""

import ctypes
import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio import Samples
from harness.codec import CodecInfo, Codes, Side, State
from harness.codecs.chunks import whole_codes, whole_frames
from harness.errors import CodecFailed, SuiteInvalid

try:
    from opuslib_next.api import libopus
except RuntimeError as error:  # what opuslib-next raises where its shared library is missing
    raise ImportError(str(error)) from error

SAMPLE_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
FRAME_MS = (2.5, 5.0, 10.0, 20.0, 40.0, 60.0)
APPLICATIONS = {"voip": 2048, "audio": 2049, "lowdelay": 2051}
FEWEST_BYTES = 3  # below this libopus sends empty packets and the decoder conceals: silence, without any error

_SET_BITRATE, _SET_VBR, _SET_COMPLEXITY, _GET_LOOKAHEAD, _RESET_STATE = 4002, 4006, 4010, 4027, 4028

_Memory = npt.NDArray[np.uint8]


@functools.cache
def _library() -> ctypes.CDLL:
    # A handle of our own: signatures set on opuslib's would be seen by everyone who uses that package.
    library = ctypes.CDLL(libopus._name)
    pointer, number, wide = ctypes.c_void_p, ctypes.c_int, ctypes.c_int32
    library.opus_strerror.restype = ctypes.c_char_p
    library.opus_encoder_init.argtypes = (pointer, wide, number, number)
    library.opus_decoder_init.argtypes = (pointer, wide, number)
    library.opus_encoder_ctl.argtypes = library.opus_decoder_ctl.argtypes = (pointer, number)
    library.opus_encode_float.argtypes = (pointer, pointer, number, pointer, wide)
    library.opus_decode_float.argtypes = (pointer, pointer, wide, pointer, number, number)
    return library


@functools.cache
def _library_sha256() -> str:
    path = Path(libopus._name)
    # A system libopus is known by its bare name; then its version string must do.
    content = path.read_bytes() if path.is_file() else _version().encode()
    return hashlib.sha256(content).hexdigest()


def _version() -> str:
    _library().opus_get_version_string.restype = ctypes.c_char_p
    return str(_library().opus_get_version_string().decode())


def _checked(result: int, doing: str) -> int:
    if result < 0:
        raise CodecFailed(f"opus: {doing}: libopus says {_library().opus_strerror(result).decode()!r}")
    return result


def _choose(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if value not in allowed:
        raise SuiteInvalid(f"opus: {name} is {value!r}, wanted one of {', '.join(map(str, allowed))}")


class OpusCodec:
    """
    The codec `opus`.

    bitrate : bits per second, rounded to whole bytes per frame
    frame_ms : 2.5, 5, 10, 20, 40 or 60
    sample_rate : 8000, 12000, 16000, 24000 or 48000 Hz
    complexity : 0 (fast) to 10 (good)
    application : `audio` keeps the waveform, `voip` high-passes it, `lowdelay` never uses the speech coder

    The declared delay is the encoder's look-ahead; the decoder adds none.
    """

    def __init__(
        self,
        bitrate: int = 16_000,
        frame_ms: float = 20.0,
        sample_rate: int = 16_000,
        complexity: int = 10,
        application: str = "audio",
    ) -> None:
        _choose("sample_rate", sample_rate, SAMPLE_RATES)
        _choose("frame_ms", frame_ms, FRAME_MS)
        _choose("complexity", complexity, tuple(range(11)))
        _choose("application", application, tuple(APPLICATIONS))
        packet = round(bitrate * frame_ms / 8000)
        if packet < FEWEST_BYTES:
            raise SuiteInvalid(
                f"opus: {bitrate} b/s in frames of {frame_ms:g} ms is {packet} bytes a packet, wanted {FEWEST_BYTES} "
                "or more; raise bitrate or frame_ms"
            )
        self._encoder = _new_encoder(sample_rate, bitrate, complexity, application)
        self._decoder = np.zeros(_library().opus_decoder_get_size(1), np.uint8)
        _checked(_library().opus_decoder_init(self._decoder.ctypes.data, sample_rate, 1), "opening a decoder")
        settings = f"{bitrate}:{frame_ms:g}:{sample_rate}:{complexity}:{application}"
        self.info = CodecInfo(
            name="opus",
            sample_rate=sample_rate,
            frame_size=round(sample_rate * frame_ms / 1000),
            codebooks=packet,
            bins=256,
            delay=_lookahead(self._encoder),
            stateful=True,
            tolerance=0.0,
            context=None,
            fingerprint=f"opus:1:{settings}:{_library_sha256()}",
            description=f"libopus, {bitrate / 1000:g} kb/s constant, frames of {frame_ms:g} ms, {application}",
        )
        try:
            self.open().encode(np.zeros(self.info.frame_size, np.float32))
        except CodecFailed as error:
            raise SuiteInvalid(f"opus: libopus cannot keep {bitrate} b/s at {frame_ms:g} ms: {error}") from error

    def open(self) -> "OpusInstance":
        """Return a fresh instance."""
        return OpusInstance(self.info, self._encoder.copy(), self._decoder.copy())


class OpusInstance:
    """An instance of `opus`: see `harness.codec.Instance`."""

    def __init__(self, info: CodecInfo, encoder: _Memory, decoder: _Memory) -> None:
        self._info = info
        self._encoder = encoder
        self._decoder = decoder

    def encode(self, pcm: Samples) -> Codes:
        """Encode frame by frame; however *pcm* is cut into calls, the packets are the same."""
        frames, size = whole_frames(pcm, self._info), self._info.frame_size
        pcm = np.ascontiguousarray(pcm)
        packets = np.zeros((frames, self._info.codebooks), np.uint8)
        for frame in range(frames):
            # Never more than K bytes are asked for, so libopus cannot write past this row.
            length = _library().opus_encode_float(
                self._encoder.ctypes.data,
                pcm[frame * size :].ctypes.data,
                size,
                packets[frame].ctypes.data,
                self._info.codebooks,
            )
            if _checked(length, "encoding a frame") != self._info.codebooks:
                raise CodecFailed(f"opus: got a packet of {length} bytes, wanted {self._info.codebooks}")
        return np.ascontiguousarray(packets.T.astype(np.int64))

    def decode(self, codes: Codes) -> Samples:
        """Decode packet by packet; a column of -1 is concealed as a lost packet."""
        frames, size = whole_codes(codes, self._info, lowest=-1), self._info.frame_size
        negative = (codes < 0).sum(axis=0)
        lost = [int(count) == self._info.codebooks for count in negative]
        if sum(lost) != np.count_nonzero(negative):
            raise CodecFailed("opus: decode got a packet with some bytes -1; wanted all of them (lost) or none")
        packets = np.ascontiguousarray(codes.T).astype(np.uint8)
        pcm = np.zeros(frames * size, np.float32)
        for frame in range(frames):
            got = _library().opus_decode_float(
                self._decoder.ctypes.data,
                None if lost[frame] else packets[frame].ctypes.data,
                0 if lost[frame] else self._info.codebooks,
                pcm[frame * size :].ctypes.data,
                size,
                0,
            )
            if _checked(got, "decoding a packet") != size:
                raise CodecFailed(f"opus: a packet decoded to {got} samples, wanted {size}; its header is wrong")
        return pcm

    def reset(self, side: Side) -> None:
        """Call OPUS_RESET_STATE; settings such as the bitrate stay."""
        if side in (Side.ENCODER, Side.BOTH):
            _checked(_library().opus_encoder_ctl(self._encoder.ctypes.data, _RESET_STATE), "resetting the encoder")
        if side in (Side.DECODER, Side.BOTH):
            _checked(_library().opus_decoder_ctl(self._decoder.ctypes.data, _RESET_STATE), "resetting the decoder")

    def clone(self) -> "OpusInstance":
        """Return an instance with copies of both blocks of state."""
        return OpusInstance(self._info, self._encoder.copy(), self._decoder.copy())

    def state(self) -> State:
        """Return both blocks of state as bytes."""
        return {"encoder/state": self._encoder.copy(), "decoder/state": self._decoder.copy()}

    def snapshot(self) -> tuple[_Memory, _Memory]:
        """Return a copy of the state that `restore` takes."""
        return self._encoder.copy(), self._decoder.copy()

    def restore(self, snapshot: tuple[_Memory, _Memory]) -> None:
        """Put a snapshot back, taken from this instance or another of the same codec in the same process."""
        self._encoder[:], self._decoder[:] = snapshot


def _new_encoder(sample_rate: int, bitrate: int, complexity: int, application: str) -> _Memory:
    library = _library()
    memory = np.zeros(library.opus_encoder_get_size(1), np.uint8)
    address = memory.ctypes.data
    _checked(library.opus_encoder_init(address, sample_rate, 1, APPLICATIONS[application]), "opening an encoder")
    for request, value in ((_SET_BITRATE, bitrate), (_SET_VBR, 0), (_SET_COMPLEXITY, complexity)):
        try:
            _checked(library.opus_encoder_ctl(address, request, ctypes.c_int32(value)), f"request {request}")
        except CodecFailed as error:
            raise SuiteInvalid(f"{error} for the value {value}") from error
    return memory


def _lookahead(encoder: _Memory) -> int:
    samples = ctypes.c_int32()
    result = _library().opus_encoder_ctl(encoder.ctypes.data, _GET_LOOKAHEAD, ctypes.byref(samples))
    _checked(result, "asking for the look-ahead")
    return samples.value
