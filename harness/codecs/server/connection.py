"""
One session on a server: a connection, and the number that every message on it carries, both ways.

Every wait has a time limit, and a connection on which something went wrong is closed: what is on its way would be taken
for the answer to the next request.
"""

import contextlib
import secrets
import threading
import time

from harness.codecs.command.messages import (
    ANSWER,
    HEAD,
    REQUEST,
    SOCKET,
    Hello,
    RequestCode,
    status_trouble,
    told,
)
from harness.codecs.server.address import Address, secrets_of
from harness.codecs.server.transport import Late, Lost, Misspoken, connect
from harness.errors import CodecFailed

GOODBYE = 2.0  # seconds that a server may take to close a session


class Connection:
    """
    A connection to the server at *address*; the first message on it is hello.

    limit : seconds that one request may take; start_limit : that connecting, and hello, may take
    Raises `CodecUnavailable` if there is no server, `CodecFailed` if it does not introduce itself properly.
    """

    def __init__(self, address: Address, headers: dict[str, str], *, limit: float, start_limit: float) -> None:
        self._who = f"server: {address}"
        self._limit, self._secrets = limit, secrets_of(headers)
        self._lock = threading.Lock()
        self.session = secrets.randbelow((1 << 32) - 1) + 1
        self.broken: str | None = None
        self._opened = False
        try:
            self._transport = connect(address, headers, start_limit)
        except Late as error:
            raise CodecFailed(f"{self._who} {error} within {start_limit:g} s, its start_limit") from error
        except Lost as error:
            raise CodecFailed(f"{self._who} {error}") from error
        try:
            said = self.ask(RequestCode.HELLO, HEAD.pack(SOCKET), limit=start_limit)
            self.hello = Hello.unpack(said, SOCKET, self._who, self._secrets)
        except CodecFailed:
            self.close()
            raise

    def begin(self, source: int | None = None) -> None:
        """Have the server begin the session, as a clone of the session *source* if there is one."""
        if source is None:
            self.ask(RequestCode.OPEN)
        else:
            self.ask(RequestCode.CLONE, HEAD.pack(source))
        self._opened = True

    def ask(self, request: RequestCode, payload: bytes = b"", *, limit: float | None = None) -> bytes:
        """
        Send one request and return the payload of its answer.

        Raises `Unsupported` or `CodecFailed` with the server's own words if it refuses, and `CodecFailed`, now and
        ever after, if it closes the connection, is late, or answers with something that is not one message of this
        session.
        """
        message = REQUEST.pack(request, self.session) + payload
        limit = self._limit if limit is None else limit
        with self._lock:
            if self.broken is not None:
                raise CodecFailed(f"{self._who}: {request.words}: the session is gone: {self.broken}")
            try:
                status, body = self._exchange(message, time.monotonic() + limit)
            except Lost as error:
                late = f"; no answer within {limit:g} s, its {request.limited_by}" if isinstance(error, Late) else ""
                self.broken = f"{self._who}: {request.words}: the server {error}{late}"
                self._transport.close()
                raise CodecFailed(self.broken) from error
        return told(status, body, self._who, request, self._secrets)

    def close(self) -> None:
        """End the session and close the connection; what the server says to it is not asked."""
        if self.broken is None and self._opened:
            with contextlib.suppress(CodecFailed):  # it may be gone already
                self.ask(RequestCode.CLOSE, limit=min(self._limit, GOODBYE))
        if self.broken is None:
            self.broken = "it was closed"
            self._transport.close()

    def end(self) -> None:
        """End the session; raise `CodecFailed` if the server refuses, or does not say in time that it is over."""
        if self.broken is None:
            try:
                self.ask(RequestCode.CLOSE)
            except CodecFailed as error:
                if not isinstance(error.__cause__, Lost) or isinstance(error.__cause__, Late | Misspoken):
                    raise
                return  # a connection that ends has ended its session too
            finally:
                self._opened = False
                self.close()

    def drop(self) -> None:
        """Lose the connection, with no word to the server that the session is over."""
        if self.broken is None:
            self.broken = "its connection was dropped"
            self._transport.drop()

    def _exchange(self, message: bytes, deadline: float) -> tuple[int, bytes]:
        self._transport.unasked()
        self._transport.send(message, deadline)
        answer = self._transport.receive(deadline)
        status, session = ANSWER.unpack_from(answer)
        if session != self.session:
            raise Misspoken(f"answered with a message of session {session}, and this is session {self.session}")
        if (trouble := status_trouble(status)) is not None:
            raise Misspoken(trouble)
        return status, answer[ANSWER.size :]
