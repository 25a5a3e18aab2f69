"""
Any adapter as a program of its own: `python -m harness.codecs.command.serve ADAPTER OPTIONS`, OPTIONS as JSON.

It answers the protocol of `docs/command-adapter.md` on standard input and output, so that a codec can run under another
interpreter or with other versions of its packages than the harness has (`harness.bisect.history.packages`).
"""

import json
import os
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from harness.codecs.command.messages import (
    HEAD,
    NOTHING,
    PIPE,
    REQUEST,
    SIDE_OF,
    Hello,
    Offer,
    ReplyStatus,
    RequestCode,
    pack_codes,
    pack_pcm,
    pack_state,
    request_codes,
    request_pcm,
)
from harness.codecs.loading import load
from harness.codecs.optional import Closes, Snapshots
from harness.codecs.protocol import Codec, Codes, Flushes, Instance, decode_whole, encode_whole
from harness.codecs.sealed import sealed
from harness.errors import CodecFailed, HarnessError, UsageInvalid

SNAPSHOT = struct.Struct("<II")


class Responder:
    """Answers requests about one codec; instances and snapshots are known by number."""

    def __init__(self, codec: Codec) -> None:
        self._codec, self._whole = codec, sealed(codec)
        self._instances: dict[int, Instance] = {}
        self._snapshots: dict[tuple[int, int], Any] = {}  # by instance that it was taken of, and how many before

    def answer(self, request: int, number: int, payload: bytes) -> bytes | None:
        """Return the payload of the answer; None if the request is not offered."""
        match request:
            case RequestCode.HELLO:
                return hello_of(self._codec).pack(PIPE)
            case RequestCode.OPEN:
                self._instances[number] = self._codec.open()
            case RequestCode.CLOSE:
                self.close(number)
            case RequestCode.ENCODE_WHOLE:
                return pack_codes(encode_whole(self._whole, request_pcm(payload)))
            case RequestCode.DECODE_WHOLE:
                return pack_pcm(decode_whole(self._whole, self._codes(payload)))
            case _:
                return self._of_instance(request, number, payload)
        return b""

    def __contains__(self, number: int) -> bool:
        return number in self._instances

    def close(self, number: int) -> None:
        """Close an instance, and forget the snapshots that were taken of it."""
        instance = self._instances.pop(number, None)
        if instance is None:
            raise CodecFailed(f"there is no open instance {number}")
        if isinstance(instance, Closes):
            instance.close()
        self._snapshots = {key: taken for key, taken in self._snapshots.items() if key[0] != number}

    def _of_instance(self, request: int, number: int, payload: bytes) -> bytes | None:
        instance = self._instances.get(number)
        if instance is None:
            raise CodecFailed(f"there is no open instance {number}")
        match request:
            case RequestCode.ENCODE:
                return pack_codes(instance.encode(request_pcm(payload)))
            case RequestCode.DECODE:
                return pack_pcm(instance.decode(self._codes(payload)))
            case RequestCode.RESET:
                instance.reset(SIDE_OF[payload[0]])
            case RequestCode.CLONE:
                (new,) = HEAD.unpack(payload)
                self._instances[new] = instance.clone()
            case RequestCode.STATE:
                return pack_state(instance.state())
            case RequestCode.FLUSH if isinstance(instance, Flushes):
                return pack_pcm(instance.flush())
            case RequestCode.SNAPSHOT if isinstance(instance, Snapshots):
                key = (number, sum(1 for of, _ in self._snapshots if of == number))
                self._snapshots[key] = instance.snapshot()
                return SNAPSHOT.pack(*key)
            case RequestCode.RESTORE if isinstance(instance, Snapshots):
                instance.restore(self._snapshot(payload))
            case _:
                return None
        return b""

    def _snapshot(self, payload: bytes) -> Any:
        key = SNAPSHOT.unpack(payload) if len(payload) == SNAPSHOT.size else None
        if key not in self._snapshots:
            raise CodecFailed("there is no such snapshot: it is kept as long as the instance that it was taken of")
        return self._snapshots[key]

    def _codes(self, payload: bytes) -> Codes:
        info = self._codec.info
        return request_codes(payload, info.codebooks, latents=info.continuous)


def hello_of(codec: Codec, offers: Offer = NOTHING, fingerprint: str = "") -> Hello:
    """Return what *codec* says of itself, an instance of which is asked whether it can be flushed."""
    instance = codec.open()
    if isinstance(instance, Closes):
        instance.close()
    return Hello.of(codec.info, offers, fingerprint, flushes=isinstance(instance, Flushes))


def answered(answer: Callable[[], bytes | None]) -> tuple[ReplyStatus, bytes]:
    """Return status and payload of what *answer* gives or raises."""
    try:
        body = answer()
    except Exception as error:  # noqa: BLE001 whatever an adapter raises is the answer to this call
        return ReplyStatus.FAILED, f"{type(error).__name__}: {error}".encode()
    return (ReplyStatus.NOT_OFFERED, b"not offered") if body is None else (ReplyStatus.DONE, body)


def serve(program: Responder, source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests until *source* ends."""
    while head := source.read(HEAD.size):
        (length,) = HEAD.unpack(head)
        message = source.read(length)
        request, number = REQUEST.unpack_from(message)
        status, body = answered(partial(program.answer, request, number, message[REQUEST.size :]))
        target.write(HEAD.pack(1 + len(body)) + bytes([status]) + body)
        target.flush()


def options_of(text: str) -> dict[str, Any]:
    """Return the options of an adapter that *text* is, an object of JSON; raise `UsageInvalid` if it is none."""
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageInvalid(f"OPTIONS is {text!r:.120}, wanted an object of JSON ({error})") from None
    if not isinstance(found, dict):
        raise UsageInvalid(f"OPTIONS is {text!r:.120}, wanted an object of JSON, such as {{}}")
    return found


def main(arguments: list[str]) -> int:
    """Load the codec and serve it; return the exit code."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    # Standard output is for answers only: whatever a codec's package prints goes to standard error instead.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        codec = load(arguments[0], options_of(arguments[1]))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 2
    serve(Responder(codec), sys.stdin.buffer, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
