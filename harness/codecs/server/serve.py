"""
Any adapter as a server: `python -m harness.codecs.server.serve ADAPTER OPTIONS --listen URL`, OPTIONS as JSON.

URL is tcp://HOST:PORT or ws://HOST:PORT/PATH; port 0 is any free one. The URL that it listens on is printed as the one
line of standard output. Each connection is a session, and calls are made one after the other, whatever their sessions.
"""

import asyncio
import os
import sys
from pathlib import Path

from harness.codecs.command.messages import HEAD, SOCKET, Offer, RequestCode
from harness.codecs.command.serve import Responder, hello_of, options_of
from harness.codecs.identity import describe
from harness.codecs.opening import open_codec
from harness.codecs.optional import Closes, DeclaresExemptions, Snapshots
from harness.codecs.protocol import Codec, OfflineCodec
from harness.codecs.server.address import address
from harness.codecs.server.listening import listen
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed, HarnessError
from harness.runtime.importing import find_beside


class Adapted:
    """A service that has a codec of the harness behind it."""

    def __init__(self, codec: Codec, fingerprint: str) -> None:
        self._responder = Responder(codec)
        self._hello = hello_of(codec, offers_of(codec), fingerprint).pack(SOCKET)

    async def answer(self, request: int, session: int, payload: bytes) -> bytes | None:
        """Return the payload of the answer to one request; None if that request is not offered."""
        match request:
            case RequestCode.HELLO:
                return self._hello
            case RequestCode.OPEN | RequestCode.CLONE if session in self._responder:
                raise CodecFailed(f"session {session} is open already")
            case RequestCode.CLONE:  # a program's clone is asked of the source
                (source,) = HEAD.unpack(payload)
                return self._responder.answer(request, source, HEAD.pack(session))
            case _:
                return self._responder.answer(request, session, payload)

    def left(self, session: int) -> None:
        """Close the session if it is still open."""
        if session in self._responder:
            self._responder.close(session)


def offers_of(codec: Codec) -> Offer:
    """Return what a codec has beyond open, close, encode and decode."""
    declared = codec.promises_not if isinstance(codec, DeclaresExemptions) else {}
    offers = Offer.RESET | Offer.STATE
    if "clone-continues" not in declared:
        offers |= Offer.CLONE
    instance = codec.open()
    if isinstance(instance, Closes):
        instance.close()
    if isinstance(instance, Snapshots):
        offers |= Offer.SNAPSHOT
    return offers | Offer.WHOLE if isinstance(codec, OfflineCodec) else offers


def main(arguments: list[str]) -> int:
    """Load the codec and serve it until a signal comes; return the exit code."""
    if len(arguments) != 4 or arguments[2] != "--listen":
        print(__doc__, file=sys.stderr)
        return 2
    adapter, options, _, url = arguments
    # Standard output is for the one line: whatever a codec's package prints goes to standard error instead.
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    find_beside(Path.cwd())
    try:
        place = address(url)
        spec = CodecSpec(name=adapter, adapter=adapter, options=options_of(options))
        described = describe(spec)
        service = Adapted(open_codec(spec).inner, f"{described.info.fingerprint}:{described.code[:16]}")
        asyncio.run(listen(lambda _path: service, place, lambda listening: print(listening, file=said)))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
