"""
A codec behind a socket: each instance is a session on a connection of its own.

`docs/server-adapter.md` says what the server has to answer, and how to put that before an existing service.
"""

import weakref
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.command.messages import (
    SIDES,
    Hello,
    Offer,
    RequestCode,
    answered_codes,
    answered_pcm,
    answered_rest,
    answered_state,
    pack_codes,
    pack_pcm,
)
from harness.codecs.command.served import whole_of
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.server.address import address, check_headers, header_values
from harness.codecs.server.connection import Connection
from harness.errors import CodecFailed, CodecUnavailable, SuiteInvalid, TriedAgain

WITHOUT = {  # laws that a server cannot keep without what it does not offer
    Offer.RESET: (
        "reset-encoder",
        "reset-decoder",
        "reset-one-side",
        "reset-after-nan",
        "reset-after-silence",
        "reset-into-silence",
        "reset-after-failure",
        "reset-many-times",
        "late-copies",
    ),
    Offer.CLONE: ("clone-continues", "clone-independent"),
    Offer.STATE: ("state-is-copied",),
    Offer.SNAPSHOT: ("snapshot-restores",),
}


class ServerCodec:
    """
    The codec `server`.

    url : `tcp://HOST:PORT`, `ws://HOST:PORT/PATH` or `wss://HOST:PORT/PATH`
    limit : seconds that one message may take to be answered
    start_limit : seconds that the server may take to accept a connection, and then to answer hello
    headers : of a WebSocket: name to the environment variable that holds the value, so that no record has it
    Raises `SuiteInvalid` for impossible options, `CodecUnavailable` if there is no server, `CodecFailed` if it does not
    introduce itself properly.
    """

    thread_safe = True  # each instance is a connection of its own

    def __init__(
        self, url: str, limit: float = 60.0, start_limit: float = 20.0, headers: Mapping[str, str] | None = None
    ) -> None:
        for name, number in (("limit", limit), ("start_limit", start_limit)):
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < 1e6:
                raise SuiteInvalid(f"server: {name} is {number!r}, wanted a number of seconds above 0")
        self._address, self._limit, self._start_limit = address(url), float(limit), float(start_limit)
        self._headers = check_headers(headers, self._address.scheme)
        self._hello: Hello | None = None
        first = self._connect()
        first.close()
        hello = self._hello = first.hello
        served = f"{hello.name or 'a codec'}, served at {self._address}"
        self.info = hello.info("server", f"server:1:{hello}", served)
        missing = {offer: laws for offer, laws in WITHOUT.items() if offer not in hello.offers}
        self.promises_not = {
            law: f"the server does not offer {str(offer.name).lower()}"
            for offer, laws in missing.items()
            for law in laws
        }

    def open(self) -> "ServerInstance":
        """Begin a session, on a connection of its own."""
        return self._begin(None)

    def clone_of(self, source: int) -> "ServerInstance":
        """Begin a session that goes on where the session *source* is."""
        return self._begin(source)

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal: without a session if the server offers that, else in one call of a fresh one."""
        frames = whole_frames(pcm, self.info)
        if not self.offers(Offer.WHOLE):
            with closing(self.open()) as instance:
                return instance.encode(pcm)
        return answered_codes(self._once(RequestCode.ENCODE_WHOLE, pack_pcm(pcm)), self.info, frames)

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes, as `encode_offline`."""
        frames = whole_codes(codes, self.info, lowest=-1)
        if not self.offers(Offer.WHOLE):
            with closing(self.open()) as instance:
                return whole_of(instance, codes, self.info)
        return answered_pcm(self._once(RequestCode.DECODE_WHOLE, pack_codes(codes)), self.info, frames)

    def offers(self, offer: Offer) -> bool:
        """Return whether the server said that it has *offer*."""
        return self._hello is not None and offer in self._hello.offers

    def need(self, offer: Offer) -> None:
        """Raise `CodecFailed` if the server does not have *offer*."""
        if not self.offers(offer):
            raise CodecFailed(
                f"server: {self._address} does not offer {str(offer.name).lower()}: its hello does not say so"
            )

    def _begin(self, source: int | None) -> "ServerInstance":
        connection = self._connect()
        try:
            connection.begin(source)
        except CodecFailed:
            connection.close()
            raise
        kind = SnapshotInstance if self.offers(Offer.SNAPSHOT) else ServerInstance
        instance = kind(self, connection)
        if connection.hello.flushes:
            instance.flush = partial(_flush, connection, self.info)
        return instance

    def _once(self, request: RequestCode, payload: bytes) -> bytes:
        connection = self._connect()
        try:
            return connection.ask(request, payload)
        finally:
            connection.close()

    def _connect(self) -> Connection:
        headers = header_values(self._headers)
        try:
            connection = Connection(self._address, headers, limit=self._limit, start_limit=self._start_limit)
        except CodecUnavailable as error:
            if self._hello is None:
                raise
            raise CodecFailed(f"{error}; it answered before") from error
        if self._hello is not None and connection.hello != self._hello:
            connection.close()
            raise TriedAgain(
                f"server: {self._address} says that it is another codec than before "
                f"({self._hello.fingerprint!r:.60}, now {connection.hello.fingerprint!r:.60}); was it restarted, "
                "or are there several? Run again with one"
            )
        return connection


class ServerInstance:
    """
    One session; it ends with `close()`, or when nobody holds the instance any more.

    flush : there where the server says that it flushes; it does not hold the instance
    """

    flush: Callable[[], Samples]

    def __init__(self, codec: ServerCodec, connection: Connection) -> None:
        self._codec, self._connection, self._info = codec, connection, codec.info
        self._end = weakref.finalize(self, connection.close)

    def close(self) -> None:
        """End the session, once; raise `CodecFailed` if the server refuses, or does not answer in time."""
        if self._end.detach() is not None:
            self._connection.end()

    def abort(self) -> None:
        """Drop the connection without ending the session, as a client that crashes does."""
        self._end.detach()
        self._connection.drop()

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next whole frames."""
        frames = whole_frames(pcm, self._info)
        return answered_codes(self._connection.ask(RequestCode.ENCODE, pack_pcm(pcm)), self._info, frames)

    def decode(self, codes: Codes) -> Samples:
        """Decode the next frames; codes of -1 are passed on as losses."""
        frames = whole_codes(codes, self._info, lowest=-1)
        return answered_pcm(self._connection.ask(RequestCode.DECODE, pack_codes(codes)), self._info, frames)

    def reset(self, side: Side) -> None:
        """Have the server reset one side, or both."""
        self._codec.need(Offer.RESET)
        self._connection.ask(RequestCode.RESET, bytes([SIDES[side]]))

    def clone(self) -> "ServerInstance":
        """Have the server begin another session that goes on where this one is."""
        self._codec.need(Offer.CLONE)
        return self._codec.clone_of(self._connection.session)

    def state(self) -> State:
        """Return what the server gives as its state, byte for byte; nothing if it offers none."""
        if not self._codec.offers(Offer.STATE):
            return {}
        return answered_state(self._connection.ask(RequestCode.STATE), self._info.name)


def _flush(connection: Connection, info: CodecInfo) -> Samples:
    """Have the server end the decoded stream; return what has not come yet."""
    return answered_rest(connection.ask(RequestCode.FLUSH), info)


@dataclass(frozen=True)
class Snapshot:
    """What the server gave as a snapshot; it keeps the session open that the snapshot was taken of."""

    content: bytes
    taken_of: ServerInstance


class SnapshotInstance(ServerInstance):
    """A session on a server that offers snapshots."""

    def snapshot(self) -> Snapshot:
        """Have the server take a snapshot; it is valid as long as this session."""
        return Snapshot(self._connection.ask(RequestCode.SNAPSHOT), self)

    def restore(self, snapshot: Any) -> None:
        """Have the server put a snapshot back, of this or another session."""
        if not isinstance(snapshot, Snapshot):
            raise CodecFailed(f"server: restore was given a {type(snapshot).__name__}, wanted what snapshot() returned")
        self._connection.ask(RequestCode.RESTORE, snapshot.content)
