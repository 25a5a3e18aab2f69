"""
The messages of a served codec, the same on a pipe, a TCP connection and a WebSocket.

`docs/command-adapter.md` and `docs/server-adapter.md` describe them for authors. All numbers are little-endian. This is
the one place that knows the layout; both ends use it.
"""

import math
import struct
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.command.said import Secrets, excerpt, said_by
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed
from harness.runtime.text import one_line

PIPE, SOCKET = 1, 2  # versions of the protocol: one program and its instances, one connection for each session
LARGEST_MESSAGE = 256 << 20  # bytes; a longer one is taken for something that is no message at all
HEAD = struct.Struct("<I")  # before each message of a stream: its length; also a number alone
REQUEST = struct.Struct("<BI")  # request, instance or session
ANSWER = struct.Struct("<BI")  # of a socket: status, session
SIDES = {Side.ENCODER: 1, Side.DECODER: 2, Side.BOTH: 3}
SIDE_OF = {number: side for side, number in SIDES.items()}
_HELLO = struct.Struct("<IIIIIIBf")
_MORE = struct.Struct("<If")  # start-up, tolerance of latents


class RequestCode(IntEnum):
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
    FLUSH = 12

    @property
    def words(self) -> str:
        """How it is called in a message for a person."""
        return self.name.lower().replace("_", " ")

    @property
    def limited_by(self) -> str:
        """The option of the adapter that says for how many seconds its answer is waited for."""
        return "start_limit" if self is RequestCode.HELLO else "limit"


WITHOUT_PAYLOAD = frozenset(
    {RequestCode.OPEN, RequestCode.CLOSE, RequestCode.RESET, RequestCode.CLONE, RequestCode.RESTORE}
)  # whose answers carry nothing


class ReplyStatus(IntEnum):
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


class KindFlag(IntFlag):
    """What hello says of the kind of a codec, in one byte; of others than STATEFUL alone two numbers more follow."""

    STATEFUL = 1
    FLUSHES = 2
    LATENTS = 4
    DECODER_ALONE = 8


class Unsupported(CodecFailed):
    """The other end answered that it does not offer what was asked."""


@dataclass(frozen=True)
class Hello:
    """
    What the other end says of itself; most fields are those of `CodecInfo`.

    offers, fingerprint : of a server only
    flushes : whether instances have a flush(), as those of a codec with a start-up must
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
    flushes: bool = False
    start_up: int = 0
    latent_tolerance: float | None = None
    encodes: bool = True

    @classmethod
    def of(
        cls, info: CodecInfo, offers: Offer = NOTHING, fingerprint: str = "", *, flushes: bool | None = None
    ) -> "Hello":
        """Return what a codec that declares *info* says of itself; *flushes* is None where its start-up says it."""
        sizes = (info.sample_rate, info.frame_size, info.codebooks, info.bins, info.delay)
        return cls(
            *sizes, info.stateful, info.tolerance, info.description, offers, fingerprint,
            bool(info.start_up) if flushes is None else flushes, info.start_up, info.latent_tolerance, info.encodes,
        )  # fmt: skip

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
            encodes=self.encodes,
            latent_tolerance=self.latent_tolerance,
            start_up=self.start_up,
        )

    def check(self, who: str) -> None:
        """Raise `CodecFailed` if a number cannot be, or does not fit the messages."""
        latents = self.latent_tolerance is not None
        for what, value, least, most in (
            ("sample rate", self.sample_rate, 1, 768_000),
            ("frame size", self.frame_size, 1, 1 << 24),
            ("number of codebooks", self.codebooks, 1, 1 << 16),
            ("number of bins", self.bins, 0 if latents else 1, 0 if latents else 1 << 31),
            ("start-up", self.start_up, 0, 1 << 24 if self.flushes else 0),
        ):
            if not least <= value <= most:
                wanted = f"{least} to {most}" if most else "0 for this kind of codec"
                raise CodecFailed(f"{who}: hello gives the {what} as {value}, wanted {wanted}")
        if not 0 <= self.tolerance < 1:
            raise CodecFailed(f"{who}: hello gives the tolerance as {self.tolerance}, wanted 0 to below 1")
        if self.latent_tolerance is not None and not 0 <= self.latent_tolerance < math.inf:
            raise CodecFailed(
                f"{who}: hello gives the tolerance of latents as {self.latent_tolerance}, wanted a number from 0 on"
            )

    @property
    def kind(self) -> KindFlag:
        """What is said of the kind of the codec."""
        return KindFlag(
            KindFlag.STATEFUL * self.stateful
            + KindFlag.FLUSHES * self.flushes
            + KindFlag.LATENTS * (self.latent_tolerance is not None)
            + KindFlag.DECODER_ALONE * (not self.encodes)
        )

    def pack(self, version: int) -> bytes:
        """Return the answer to hello; raise `CodecFailed` for a codec that does not fit the messages, as `pcm`."""
        self.check(self.name)
        sizes = (self.sample_rate, self.frame_size, self.codebooks, self.bins, self.delay)
        body = _HELLO.pack(version, *sizes, self.kind, self.tolerance)
        if self.kind > KindFlag.STATEFUL:
            body += _MORE.pack(self.start_up, self.latent_tolerance or 0.0)
        if version == PIPE:
            return body + self.name.encode()
        texts = (self.name.encode(), self.fingerprint.encode())
        return body + HEAD.pack(self.offers) + b"".join(HEAD.pack(len(text)) + text for text in texts)

    @classmethod
    def unpack(cls, body: bytes, version: int, who: str, secrets: Secrets = ()) -> "Hello":
        """Read the answer to hello of *who*; raise `CodecFailed` if it is none, or says what cannot be."""
        if len(body) < _HELLO.size:
            raise CodecFailed(f"{who}: hello was answered with {len(body)} bytes, wanted {_HELLO.size}+")
        theirs, rate, size, codebooks, bins, delay, said, tolerance = _HELLO.unpack_from(body)
        if theirs != version:
            raise CodecFailed(f"{who} speaks version {theirs} of the protocol, wanted {version}")
        if said > sum(KindFlag):
            raise CodecFailed(f"{who}: hello gives the kind of codec as {said}, wanted a sum of 1, 2, 4 and 8")
        kind, rest, start_up, of_latents = KindFlag(said), body[_HELLO.size :], 0, 0.0
        if kind > KindFlag.STATEFUL:
            if len(rest) < _MORE.size:
                raise CodecFailed(f"{who}: hello ends before it says the start-up and the tolerance of latents")
            (start_up, of_latents), rest = _MORE.unpack_from(rest), rest[_MORE.size :]
        hello = cls(
            rate, size, codebooks, bins, delay, KindFlag.STATEFUL in kind, tolerance, "",
            flushes=KindFlag.FLUSHES in kind, start_up=start_up,
            latent_tolerance=of_latents if KindFlag.LATENTS in kind else None,
            encodes=KindFlag.DECODER_ALONE not in kind,
        )  # fmt: skip
        hello.check(who)
        if version == PIPE:
            return replace(hello, name=said_by(rest, secrets))
        if len(rest) < HEAD.size:
            raise CodecFailed(f"{who}: hello ends before it says what is offered")
        name, fingerprint = (said_by(text, secrets) for text in _parts(rest[HEAD.size :], 2, f"{who}: hello"))
        if not fingerprint:
            raise CodecFailed(
                f"{who}: hello gives no fingerprint; wanted a text that changes with weights, options and code, since "
                "results are kept under it"
            )
        return replace(hello, name=name, offers=Offer(HEAD.unpack_from(rest)[0] & sum(Offer)), fingerprint=fingerprint)


def status_trouble(status: int) -> str | None:
    """Say what is wrong with the status of an answer; None if it is one of the protocol's."""
    if status in set(ReplyStatus):
        return None
    return f"answered with status {status}, wanted {', '.join(str(int(known)) for known in ReplyStatus)}"


def told(status: int, body: bytes, who: str, request: RequestCode, secrets: Secrets = ()) -> bytes:
    """
    Return the payload of an answer; raise `Unsupported` or `CodecFailed` in the other end's words if it refused.

    Raises `CodecFailed` too of a payload where there is none to give: it is the answer to something else.
    """
    what = request.words
    if status == ReplyStatus.DONE:
        if body and request in WITHOUT_PAYLOAD:
            raise CodecFailed(
                f"{who}: {what} was answered with {len(body)} bytes, wanted none: {excerpt(body, secrets)}"
            )
        return body
    words = said_by(body, secrets)[:400] or "no reason given"
    if status == ReplyStatus.NOT_OFFERED:
        raise Unsupported(f"{who} does not offer {what}: {words}")
    raise CodecFailed(f"{who}: {what} failed: {words}")


def pack_pcm(pcm: Samples) -> bytes:
    """Return samples (T,) as f32."""
    return np.ascontiguousarray(pcm, dtype="<f4").tobytes()


def pack_codes(codes: Codes) -> bytes:
    """Return codes (K, F) as i32, or latents (D, F) as f32, frame after frame."""
    given = np.asarray(codes)
    return np.ascontiguousarray(given.T, dtype="<f4" if given.dtype.kind == "f" else "<i4").tobytes()


def pack_state(state: State) -> bytes:
    """Return named arrays as length, name, length, bytes, and so on."""
    parts = ((name.encode(), value.tobytes()) for name, value in state.items())
    return b"".join(HEAD.pack(len(part)) + part for pair in parts for part in pair)


def request_pcm(payload: bytes) -> Samples:
    """Read the samples of a request."""
    return np.frombuffer(payload, "<f4").astype(np.float32)


def request_codes(payload: bytes, codebooks: int, *, latents: bool = False) -> Codes:
    """Read the codes of a request as int64 (K, F), or *latents* as float32 (D, F)."""
    sent, kept = (("<f4", np.float32), ("<i4", np.int64))[not latents]
    codes: Codes = np.frombuffer(payload, sent).reshape(-1, codebooks).T.astype(kept)
    return codes


def answered_codes(body: bytes, info: CodecInfo, frames: int) -> Codes:
    """Read codes (K, frames) from an answer; raise `CodecFailed` if it has another size."""
    wanted, kind = frames * info.codebooks, "latent values" if info.continuous else "codes"
    if len(body) != 4 * wanted:
        raise CodecFailed(f"{info.name}: encode was answered with {len(body)} bytes, wanted {wanted} {kind} of 4 bytes")
    return np.ascontiguousarray(request_codes(body, info.codebooks, latents=info.continuous))


def answered_pcm(body: bytes, info: CodecInfo, frames: int) -> Samples:
    """
    Read the samples of *frames* frames from an answer; raise `CodecFailed` if it has another size.

    A codec that declares a start-up may give others: whoever asked counts them.
    """
    wanted = frames * info.frame_size
    if len(body) % 4 or (len(body) != 4 * wanted and not info.start_up):
        raise CodecFailed(
            f"{info.name}: decode was answered with {len(body)} bytes, wanted {wanted} samples of 4 bytes"
        )
    return request_pcm(body)


def answered_rest(body: bytes, info: CodecInfo) -> Samples:
    """Read the samples that flush gave from an answer; raise `CodecFailed` if it is no whole samples."""
    if len(body) % 4:
        raise CodecFailed(f"{info.name}: flush was answered with {len(body)} bytes, wanted samples of 4 bytes")
    return request_pcm(body)


def answered_state(body: bytes, who: str) -> State:
    """Read named state from an answer, byte for byte; raise `CodecFailed` if it is cut short or names one twice."""
    parts = _parts(body, None, f"{who}: state")
    names = [name.decode(errors="replace") for name in parts[::2]]
    if len(parts) % 2:
        raise CodecFailed(f"{who}: state is cut short; {one_line(names[-1], 80)!r} has a name and no bytes")
    if twice := [name for name in names if names.count(name) > 1]:
        raise CodecFailed(f"{who}: state names {one_line(twice[0], 80)!r} twice")
    return {name: np.frombuffer(content, np.uint8).copy() for name, content in zip(names, parts[1::2], strict=True)}


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
