"""
Any adapter as a program of its own: `python -m harness.codecs.command.serve ADAPTER OPTIONS`, OPTIONS as JSON.

It answers the protocol of `docs/command-adapter.md` on standard input and output, so that a codec can run under another
interpreter or with other versions of its packages than the harness has (`harness.bisect.history.packages`).
"""

import json
import os
import struct
import sys
from typing import BinaryIO

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.command.server import HEAD, VERSION, Request
from harness.codecs.loading import load
from harness.codecs.protocol import Codec, Codes, Instance, Side, decode_whole, encode_whole
from harness.errors import HarnessError

SIDES = {1: Side.ENCODER, 2: Side.DECODER, 3: Side.BOTH}


class Responder:
    """Answers requests about one codec."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._instances: dict[int, Instance] = {}

    def answer(self, request: int, number: int, payload: bytes) -> bytes | None:
        """Return the payload of the answer; None if the request is not offered."""
        match request:
            case Request.HELLO:
                return self._hello()
            case Request.OPEN:
                self._instances[number] = self._codec.open()
            case Request.CLOSE:
                del self._instances[number]
            case Request.ENCODE:
                return _codes(self._instances[number].encode(_floats(payload)))
            case Request.DECODE:
                return _samples(self._instances[number].decode(self._frames(payload)))
            case Request.RESET:
                self._instances[number].reset(SIDES[payload[0]])
            case Request.CLONE:
                (new,) = HEAD.unpack(payload)
                self._instances[new] = self._instances[number].clone()
            case Request.STATE:
                parts = ((name.encode(), value.tobytes()) for name, value in self._instances[number].state().items())
                return b"".join(HEAD.pack(len(part)) + part for pair in parts for part in pair)
            case Request.ENCODE_WHOLE:
                return _codes(encode_whole(self._codec, _floats(payload)))
            case Request.DECODE_WHOLE:
                return _samples(decode_whole(self._codec, self._frames(payload)))
            case _:
                return None
        return b""

    def _hello(self) -> bytes:
        info = self._codec.info
        numbers = (info.sample_rate, info.frame_size, info.codebooks, info.bins, info.delay, info.stateful)
        return struct.pack("<IIIIIIBf", VERSION, *numbers, info.tolerance) + info.description.encode()

    def _frames(self, payload: bytes) -> Codes:
        codes: Codes = np.frombuffer(payload, "<i4").reshape(-1, self._codec.info.codebooks).T.astype(np.int64)
        return codes


def _floats(payload: bytes) -> Samples:
    return np.frombuffer(payload, "<f4").astype(np.float32)


def _codes(codes: Codes) -> bytes:
    return np.ascontiguousarray(np.asarray(codes).T, dtype="<i4").tobytes()


def _samples(pcm: Samples) -> bytes:
    return np.ascontiguousarray(pcm, dtype="<f4").tobytes()


def serve(program: Responder, source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests until *source* ends."""
    while head := source.read(HEAD.size):
        (length,) = HEAD.unpack(head)
        message = source.read(length)
        request, number = struct.unpack_from("<BI", message)
        try:
            body = program.answer(request, number, message[5:])
            answer = b"\x02not offered" if body is None else b"\x00" + body
        except Exception as error:  # noqa: BLE001 whatever an adapter raises is the answer to this call
            answer = b"\x01" + f"{type(error).__name__}: {error}".encode()
        target.write(HEAD.pack(len(answer)) + answer)
        target.flush()


def main(arguments: list[str]) -> int:
    """Load the codec and serve it; return the exit code."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    # Standard output is for answers only: whatever a codec's package prints goes to standard error instead.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        codec = load(arguments[0], json.loads(arguments[1]))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 2
    serve(Responder(codec), sys.stdin.buffer, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
