"""
libopus by its C interface: the calls that the codec `opus` makes, with their argument types and error texts.

An encoder or decoder is one block of memory without pointers into itself, so a copy of the bytes is a copy of it.

Source: opus.h and opus_defines.h. The bundled library calls itself "libopus unknown", so it is known by the hash of its
file.
"""

import ctypes
import functools
import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import CodecFailed, SuiteInvalid
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


@functools.cache
def library() -> ctypes.CDLL:
    """Return libopus with the types of its functions set."""
    # A handle of our own: signatures set on opuslib's would be seen by everyone who uses that package.
    handle = ctypes.CDLL(libopus._name)
    pointer, number, wide = ctypes.c_void_p, ctypes.c_int, ctypes.c_int32
    handle.opus_strerror.restype = handle.opus_get_version_string.restype = ctypes.c_char_p
    handle.opus_encoder_init.argtypes = (pointer, wide, number, number)
    handle.opus_decoder_init.argtypes = (pointer, wide, number)
    handle.opus_encoder_ctl.argtypes = handle.opus_decoder_ctl.argtypes = (pointer, number)
    handle.opus_encode_float.argtypes = (pointer, pointer, number, pointer, wide)
    handle.opus_decode_float.argtypes = (pointer, pointer, wide, pointer, number, number)
    return handle


@functools.cache
def library_sha256() -> str:
    """Return the hash of the library's file."""
    path = Path(libopus._name)
    # A system libopus is known by its bare name; then its version string must do.
    content = path.read_bytes() if given.is_file(path) else library().opus_get_version_string()
    return hashlib.sha256(content).hexdigest()


def checked(result: int, doing: str) -> int:
    """Return *result*; raise `CodecFailed` with libopus's own words if it is an error."""
    if result < 0:
        raise CodecFailed(f"opus: {doing}: libopus says {library().opus_strerror(result).decode()!r}")
    return result


def new_encoder(sample_rate: int, application: str, settings: dict[int, int]) -> Memory:
    """Return an encoder with *settings*, request to value; raise `SuiteInvalid` if libopus refuses one."""
    memory = np.zeros(library().opus_encoder_get_size(1), np.uint8)
    address = memory.ctypes.data
    checked(library().opus_encoder_init(address, sample_rate, 1, APPLICATIONS[application]), "opening an encoder")
    for request, value in settings.items():
        try:
            checked(library().opus_encoder_ctl(address, request, ctypes.c_int32(value)), f"request {request}")
        except CodecFailed as error:
            raise SuiteInvalid(f"{error} for the value {value}") from error
    return memory


def new_decoder(sample_rate: int) -> Memory:
    """Return a decoder."""
    memory = np.zeros(library().opus_decoder_get_size(1), np.uint8)
    checked(library().opus_decoder_init(memory.ctypes.data, sample_rate, 1), "opening a decoder")
    return memory


def set_bitrate(encoder: Memory, bitrate: int) -> None:
    """Encode at *bitrate* bits per second from the next frame on."""
    call = library().opus_encoder_ctl(encoder.ctypes.data, SET_BITRATE, ctypes.c_int32(bitrate))
    checked(call, f"setting {bitrate} b/s")


def reset_encoder(memory: Memory) -> None:
    """Call OPUS_RESET_STATE; settings such as the bitrate stay."""
    checked(library().opus_encoder_ctl(memory.ctypes.data, _RESET_STATE), "resetting the encoder")


def reset_decoder(memory: Memory) -> None:
    """Call OPUS_RESET_STATE."""
    checked(library().opus_decoder_ctl(memory.ctypes.data, _RESET_STATE), "resetting the decoder")


def lookahead(encoder: Memory) -> int:
    """Return the encoder's look-ahead in samples."""
    samples = ctypes.c_int32()
    result = library().opus_encoder_ctl(encoder.ctypes.data, _GET_LOOKAHEAD, ctypes.byref(samples))
    checked(result, "asking for the look-ahead")
    return samples.value


def encode(encoder: Memory, pcm: npt.NDArray[np.float32], size: int, packet: Memory) -> int:
    """Encode *size* samples at the beginning of *pcm* into *packet*; return the number of bytes written."""
    # Never more bytes are asked for than the array has, so libopus cannot write past it.
    length = library().opus_encode_float(encoder.ctypes.data, pcm.ctypes.data, size, packet.ctypes.data, len(packet))
    return checked(length, "encoding a frame")


def decode(decoder: Memory, packet: Memory | None, pcm: npt.NDArray[np.float32], *, previous: bool = False) -> None:
    """
    Decode *packet* (None: lost, to be concealed) to exactly fill *pcm*.

    previous : decode what the packet says about the frame before its own (forward error correction)
    """
    got = library().opus_decode_float(
        decoder.ctypes.data,
        None if packet is None else packet.ctypes.data,
        0 if packet is None else len(packet),
        pcm.ctypes.data,
        len(pcm),
        int(previous),
    )
    if checked(got, "decoding a packet") != len(pcm):
        raise CodecFailed(f"opus: a packet decoded to {got} samples, wanted {len(pcm)}; its header is wrong")
