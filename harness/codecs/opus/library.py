"""
libopus by its C interface: the calls that the codec `opus` makes, with their argument types and error texts.

An encoder or decoder is one block of memory without pointers into itself, so a copy of the bytes is a copy of it. The
bytes belong to the library that made them.

Libraries are found by name among what is installed (`LIBRARIES`), and known by the hash of their file.

Source: opus.h and opus_defines.h.
"""

import ctypes
import ctypes.util
import functools
import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import CodecFailed, MissingExtra, SuiteInvalid
from harness.files import given

try:
    from opuslib_next.api import libopus
except RuntimeError as error:  # what opuslib-next raises where its shared library is missing
    raise ImportError(str(error)) from error

APPLICATIONS = {"voip": 2048, "audio": 2049, "lowdelay": 2051}

SET_BITRATE, SET_VBR, SET_COMPLEXITY, SET_INBAND_FEC, SET_PACKET_LOSS, SET_DTX = 4002, 4006, 4010, 4012, 4014, 4016
SET_VBR_CONSTRAINT = 4020
_GET_LOOKAHEAD, _RESET_STATE = 4027, 4028

Memory = npt.NDArray[np.uint8]


def _of_pyav() -> str | None:
    """Return the file beside the package `av`, which is not imported."""
    spec = importlib.util.find_spec("av")
    if spec is None or spec.origin is None:
        return None
    return next((str(path) for path in sorted(Path(spec.origin).parents[1].glob("av.libs/libopus*.so*"))), None)


def _of_opuscodec() -> str | None:
    spec = importlib.util.find_spec("opuscodec")
    return None if spec is None else spec.origin


LIBRARIES: Mapping[str, tuple[Callable[[], str | None], str]] = {  # where the file is, and how it is had
    "bundled": (lambda: str(libopus._name), "pip install 'codec-harness[opus]'"),
    "pyav": (_of_pyav, "pip install 'codec-harness[pyav-opus]'"),
    "opuscodec": (_of_opuscodec, "pip install 'codec-harness[opuscodec]'"),
    "system": (lambda: ctypes.util.find_library("opus"), "install libopus0 of your system"),
}


class Libopus:
    """One libopus; *file* is its path, or the bare name of the system's."""

    def __init__(self, file: str) -> None:
        # A handle of our own: signatures set on opuslib's would be seen by everyone who uses that package.
        handle = ctypes.CDLL(file)
        pointer, number, wide = ctypes.c_void_p, ctypes.c_int, ctypes.c_int32
        handle.opus_strerror.restype = handle.opus_get_version_string.restype = ctypes.c_char_p
        handle.opus_encoder_init.argtypes = (pointer, wide, number, number)
        handle.opus_decoder_init.argtypes = (pointer, wide, number)
        handle.opus_encoder_ctl.argtypes = handle.opus_decoder_ctl.argtypes = (pointer, number)
        handle.opus_encode_float.argtypes = (pointer, pointer, number, pointer, wide)
        handle.opus_decode_float.argtypes = (pointer, pointer, wide, pointer, number, number)
        self._library = handle
        self.version: str = handle.opus_get_version_string().decode()
        path = Path(file)
        # A system libopus is known by its bare name; then its version string must do.
        content = path.read_bytes() if given.is_file(path) else self.version.encode()
        self.sha256 = hashlib.sha256(content).hexdigest()

    def _checked(self, result: int, doing: str) -> int:
        """Return *result*; raise `CodecFailed` with libopus's own words if it is an error."""
        if result < 0:
            raise CodecFailed(f"opus: {doing}: libopus says {self._library.opus_strerror(result).decode()!r}")
        return result

    def new_encoder(self, sample_rate: int, application: str, settings: dict[int, int]) -> Memory:
        """Return an encoder with *settings*, request to value; raise `SuiteInvalid` if libopus refuses one."""
        memory = np.zeros(self._library.opus_encoder_get_size(1), np.uint8)
        address = memory.ctypes.data
        self._checked(
            self._library.opus_encoder_init(address, sample_rate, 1, APPLICATIONS[application]), "opening an encoder"
        )
        for request, value in settings.items():
            try:
                self._checked(
                    self._library.opus_encoder_ctl(address, request, ctypes.c_int32(value)), f"request {request}"
                )
            except CodecFailed as error:
                raise SuiteInvalid(f"{error} for the value {value}") from error
        return memory

    def new_decoder(self, sample_rate: int) -> Memory:
        """Return a decoder."""
        memory = np.zeros(self._library.opus_decoder_get_size(1), np.uint8)
        self._checked(self._library.opus_decoder_init(memory.ctypes.data, sample_rate, 1), "opening a decoder")
        return memory

    def set_bitrate(self, encoder: Memory, bitrate: int) -> None:
        """Encode at *bitrate* bits per second from the next frame on."""
        call = self._library.opus_encoder_ctl(encoder.ctypes.data, SET_BITRATE, ctypes.c_int32(bitrate))
        self._checked(call, f"setting {bitrate} b/s")

    def reset_encoder(self, memory: Memory) -> None:
        """Call OPUS_RESET_STATE; settings such as the bitrate stay."""
        self._checked(self._library.opus_encoder_ctl(memory.ctypes.data, _RESET_STATE), "resetting the encoder")

    def reset_decoder(self, memory: Memory) -> None:
        """Call OPUS_RESET_STATE."""
        self._checked(self._library.opus_decoder_ctl(memory.ctypes.data, _RESET_STATE), "resetting the decoder")

    def lookahead(self, encoder: Memory) -> int:
        """Return the encoder's look-ahead in samples."""
        samples = ctypes.c_int32()
        result = self._library.opus_encoder_ctl(encoder.ctypes.data, _GET_LOOKAHEAD, ctypes.byref(samples))
        self._checked(result, "asking for the look-ahead")
        return samples.value

    def encode(self, encoder: Memory, pcm: npt.NDArray[np.float32], size: int, packet: Memory) -> int:
        """Encode *size* samples at the beginning of *pcm* into *packet*; return the number of bytes written."""
        # Never more bytes are asked for than the array has, so libopus cannot write past it.
        length = self._library.opus_encode_float(
            encoder.ctypes.data, pcm.ctypes.data, size, packet.ctypes.data, len(packet)
        )
        return self._checked(length, "encoding a frame")

    def decode(
        self, decoder: Memory, packet: Memory | None, pcm: npt.NDArray[np.float32], *, previous: bool = False
    ) -> None:
        """
        Decode *packet* (None: lost, to be concealed) to exactly fill *pcm*.

        previous : decode what the packet says about the frame before its own (forward error correction)
        """
        got = self._library.opus_decode_float(
            decoder.ctypes.data,
            None if packet is None else packet.ctypes.data,
            0 if packet is None else len(packet),
            pcm.ctypes.data,
            len(pcm),
            int(previous),
        )
        if self._checked(got, "decoding a packet") != len(pcm):
            raise CodecFailed(f"opus: a packet decoded to {got} samples, wanted {len(pcm)}; its header is wrong")


@functools.cache
def library(name: str) -> Libopus:
    """Return a libopus by its name in `LIBRARIES`; raise `SuiteInvalid` for another name, `MissingExtra` if missing."""
    if name not in LIBRARIES:
        raise SuiteInvalid(f"opus: library is {name!r}, wanted one of {', '.join(LIBRARIES)}")
    find, install = LIBRARIES[name]
    file = find()
    if file is None:
        raise MissingExtra(f"opus: the library {name!r} is not installed; {install}")
    try:
        return Libopus(file)
    except (OSError, AttributeError) as error:
        raise MissingExtra(f"opus: the library {name!r} cannot be used ({error}); {install}") from error
