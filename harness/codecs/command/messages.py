"""
The messages of a served codec, the same on a pipe, a TCP connection and a WebSocket.

`docs/command-adapter.md` and `docs/server-adapter.md` describe them for authors. All numbers are little-endian. This is
the one place that knows the layout; both ends use it.
"""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed
from harness.runtime.text import one_line

PIPE, SOCKET = 1, 2  # versions of the protocol: one program and its instances, one connection for each session
LARGEST_MESSAGE = 256 << 20  # bytes; a longer one is taken for something that is no message at all
SHORTEST_SECRET = 4  # characters of a secret that are looked for in what the other end says; "1" is in every text
HEAD = struct.Struct("<I")  # before each message of a stream: its length; also a number alone
REQUEST = struct.Struct("<BI")  # request, instance or session
ANSWER = struct.Struct("<BI")  # of a socket: status, session
SIDES = {Side.ENCODER: 1, Side.DECODER: 2, Side.BOTH: 3}
SIDE_OF = {number: side for side, number in SIDES.items()}
_HELLO = struct.Struct("<IIIIIIBf")

Secrets = Collection[tuple[str, str]]  # name and value, of which nobody is to read the value


class Request(IntEnum):
    """The first byte of a request."""

    HELLO = 0
    OPEN = 1
    CLOSE = 2
    ENCODE = 3
    DECODE = 4
    RESET = 5
    CLONE = 6
    STATE = 7
    ENCODE_WHOLE = 8
    DECODE_WHOLE = 9
    SNAPSHOT = 10
    RESTORE = 11

    @property
    def words(self) -> str:
        """How it is called in a message for a person."""
        return self.name.lower().replace("_", " ")


class Status(IntEnum):
    """The first byte of an answer."""

    DONE = 0
    FAILED = 1
    NOT_OFFERED = 2


class Offer(IntFlag):
    """What a server has beyond open, close, encode and decode; a program on a pipe is asked instead."""

    RESET = 1
    CLONE = 2
    STATE = 4
    SNAPSHOT = 8
    WHOLE = 16

    @property
    def words(self) -> str:
        """How it is called in a message for a person."""
        return str(self.name).lower()


NOTHING = Offer(0)


class Unsupported(CodecFailed):
    """The other end answered that it does not offer what was asked."""


@dataclass(frozen=True)
class Hello:
    """
    What the other end says of itself; most fields are those of `CodecInfo`.

    offers, fingerprint : of a server only
    """

    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int
    stateful: bool
    tolerance: float
    name: str
    offers: Offer = NOTHING
    fingerprint: str = ""

    @classmethod
    def of(cls, info: CodecInfo, offers: Offer = NOTHING, fingerprint: str = "") -> "Hello":
        """Return what a codec that declares *info* says of itself."""
        sizes = (info.sample_rate, info.frame_size, info.codebooks, info.bins, info.delay)
        return cls(*sizes, info.stateful, info.tolerance, info.description, offers, fingerprint)

    def info(self, name: str, fingerprint: str, description: str) -> CodecInfo:
        """Return what the codec *name*, which talks to this other end, declares."""
        return CodecInfo(
            name=name,
            sample_rate=self.sample_rate,
            frame_size=self.frame_size,
            codebooks=self.codebooks,
            bins=self.bins,
            delay=self.delay,
            stateful=self.stateful,
            tolerance=self.tolerance,
            context=None,
            fingerprint=fingerprint,
            description=description,
        )

    def check(self, who: str) -> None:
        """Raise `CodecFailed` if a number cannot be, or does not fit the messages."""
        for what, value, most in (
            ("sample rate", self.sample_rate, 768_000),
            ("frame size", self.frame_size, 1 << 24),
            ("number of codebooks", self.codebooks, 1 << 16),
            ("number of bins", self.bins, 1 << 31),
        ):
            if not 0 < value <= most:
                raise CodecFailed(f"{who}: hello gives the {what} as {value}, wanted 1 to {most}")
        if not 0 <= self.tolerance < 1:
            raise CodecFailed(f"{who}: hello gives the tolerance as {self.tolerance}, wanted 0 to below 1")

    def pack(self, version: int) -> bytes:
        """Return the answer to hello; raise `CodecFailed` for a codec that does not fit the messages, as `pcm`."""
        self.check(self.name)
        sizes = (self.sample_rate, self.frame_size, self.codebooks, self.bins, self.delay)
        body = _HELLO.pack(version, *sizes, self.stateful, self.tolerance)
        if version == PIPE:
            return body + self.name.encode()
        texts = (self.name.encode(), self.fingerprint.encode())
        return body + HEAD.pack(self.offers) + b"".join(HEAD.pack(len(text)) + text for text in texts)

    @classmethod
    def unpack(cls, body: bytes, version: int, who: str, secrets: Secrets = ()) -> "Hello":
        """Read the answer to hello of *who*; raise `CodecFailed` if it is none, or says what cannot be."""
        if len(body) < _HELLO.size:
            raise CodecFailed(f"{who}: hello was answered with {len(body)} bytes, wanted {_HELLO.size}+")
        theirs, rate, size, codebooks, bins, delay, stateful, tolerance = _HELLO.unpack_from(body)
        if theirs != version:
            raise CodecFailed(f"{who} speaks version {theirs} of the protocol, wanted {version}")
        numbers = (rate, size, codebooks, bins, delay, bool(stateful), tolerance)
        cls(*numbers, "").check(who)
        rest = body[_HELLO.size :]
        if version == PIPE:
            return cls(*numbers, said_by(rest, secrets))
        if len(rest) < HEAD.size:
            raise CodecFailed(f"{who}: hello ends before it says what is offered")
        name, fingerprint = (said_by(text, secrets) for text in _parts(rest[HEAD.size :], 2, f"{who}: hello"))
        if not fingerprint:
            raise CodecFailed(
                f"{who}: hello gives no fingerprint; wanted a text that changes with weights, options and code, since "
                "results are kept under it"
            )
        return cls(*numbers, name, Offer(HEAD.unpack_from(rest)[0] & sum(Offer)), fingerprint)


def told(status: int, body: bytes, who: str, what: str, secrets: Secrets = ()) -> bytes:
    """Return the payload of an answer; raise `Unsupported` or `CodecFailed` in the other end's words if it refused."""
    if status == Status.DONE:
        return body
    words = said_by(body, secrets)[:400] or "no reason given"
    if status == Status.NOT_OFFERED:
        raise Unsupported(f"{who} does not offer {what}: {words}")
    raise CodecFailed(f"{who}: {what} failed: {words}")


def said_by(text: bytes, secrets: Secrets = ()) -> str:
    """Return text from the other end so that it can stand in a message or on a terminal, without *secrets*."""
    return one_line(without(text.decode(errors="replace"), secrets))


def without(text: str, secrets: Secrets) -> str:
    """Return *text* with each secret replaced by its name, the longest first."""
    for name, value in sorted(secrets, key=lambda secret: -len(secret[1])):
        text = text.replace(value, f"({name})") if len(value) >= SHORTEST_SECRET else text
    return text


def excerpt(received: bytes | bytearray, secrets: Secrets = ()) -> str:
    """Show the beginning of what was received."""
    shown = without(received.decode("latin-1"), secrets).encode("latin-1")
    return repr(shown[:24]) + ("..." if len(shown) > 24 else "")


def pack_pcm(pcm: Samples) -> bytes:
    """Return samples (T,) as f32."""
    return np.ascontiguousarray(pcm, dtype="<f4").tobytes()


def pack_codes(codes: Codes) -> bytes:
    """Return codes (K, F) as i32, frame after frame."""
    return np.ascontiguousarray(np.asarray(codes).T, dtype="<i4").tobytes()


def pack_state(state: State) -> bytes:
    """Return named arrays as length, name, length, bytes, and so on."""
    parts = ((name.encode(), value.tobytes()) for name, value in state.items())
    return b"".join(HEAD.pack(len(part)) + part for pair in parts for part in pair)


def request_pcm(payload: bytes) -> Samples:
    """Read the samples of a request."""
    return np.frombuffer(payload, "<f4").astype(np.float32)


def request_codes(payload: bytes, codebooks: int) -> Codes:
    """Read the codes of a request as (K, F)."""
    codes: Codes = np.frombuffer(payload, "<i4").reshape(-1, codebooks).T.astype(np.int64)
    return codes


def answered_codes(body: bytes, info: CodecInfo, frames: int) -> Codes:
    """Read codes (K, frames) from an answer; raise `CodecFailed` if it has another size."""
    wanted = frames * info.codebooks
    if len(body) != 4 * wanted:
        raise CodecFailed(f"{info.name}: encode was answered with {len(body)} bytes, wanted {wanted} codes of 4 bytes")
    values: npt.NDArray[np.int64] = np.frombuffer(body, "<i4").astype(np.int64)
    return np.ascontiguousarray(values.reshape(frames, info.codebooks).T)


def answered_pcm(body: bytes, info: CodecInfo, frames: int) -> Samples:
    """Read the samples of *frames* frames from an answer; raise `CodecFailed` if it has another size."""
    wanted = frames * info.frame_size
    if len(body) != 4 * wanted:
        raise CodecFailed(
            f"{info.name}: decode was answered with {len(body)} bytes, wanted {wanted} samples of 4 bytes"
        )
    return np.frombuffer(body, "<f4").astype(np.float32)


def answered_state(body: bytes, who: str) -> State:
    """Read named state from an answer, byte for byte; raise `CodecFailed` if it is cut short."""
    parts = _parts(body, None, f"{who}: state")
    return {
        name.decode(errors="replace"): np.frombuffer(content, np.uint8).copy()
        for name, content in zip(parts[::2], parts[1::2], strict=False)
    }


def _parts(body: bytes, count: int | None, what: str) -> list[bytes]:
    """Split what consists of lengths and bytes; *count* of them, if that is known."""
    parts = []
    while body:
        (length,) = HEAD.unpack_from(body) if len(body) >= HEAD.size else (len(body) + 1,)
        if HEAD.size + length > len(body):
            raise CodecFailed(f"{what} is cut short; wanted length, text or bytes, and so on")
        parts.append(body[HEAD.size : HEAD.size + length])
        body = body[HEAD.size + length :]
    if count is not None and len(parts) != count:
        raise CodecFailed(f"{what} has {len(parts)} texts, wanted {count}")
    return parts
