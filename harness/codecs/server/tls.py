"""A TLS connection that one thread reads while another writes."""

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from websockets.sync.client import ClientConnection

Given = TypeVar("Given")
Result = TypeVar("Result")

LOOK = 1.0  # seconds; nobody is told of a connection that was closed just before he waits for it


class Turns:
    """
    A TLS socket as `websockets` uses one, whose threads take turns at it and wait for the network outside of them.

    OpenSSL lets two threads use one connection only by turns. Python up to 3.13 does not see to that, and TLS 1.3 has
    the server send tickets after the handshake: where they are read while the first request is written, both threads
    are in the same handshake, and the request is never sent.
    """

    def __init__(self, link: ssl.SSLSocket) -> None:
        self._link, self._turn = link, threading.Lock()
        self._patience: float | None = None
        link.setblocking(False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)  # its addresses and its number

    def settimeout(self, seconds: float | None) -> None:
        """Have each `sendall` from now on take so many seconds at most; a `recv` waits for ever."""
        self._patience = seconds

    def recv(self, size: int) -> bytes:
        """Return the next bytes, no more than *size*, and none at the end."""
        return self._in_turns(None, self._link.recv, size)

    def sendall(self, content: bytes | memoryview) -> None:
        """Send all of *content*; raise `TimeoutError` when time is up."""
        until = None if self._patience is None else time.monotonic() + self._patience
        rest = memoryview(content)
        while rest:
            rest = rest[self._in_turns(until, self._link.send, rest) :]

    def shutdown(self, how: int) -> None:
        """Shut the connection below; what was received is still read as TLS."""
        socket.socket.shutdown(self._link, how)

    def close(self) -> None:
        """Close the connection; a thread that waits in `recv` is woken."""
        with contextlib.suppress(OSError):  # it is over already
            self.shutdown(socket.SHUT_RDWR)
        with self._turn:
            self._link.close()

    def _in_turns(self, until: float | None, act: Callable[[Given], Result], given: Given) -> Result:
        while True:
            try:
                with self._turn:
                    return act(given)
            except ssl.SSLWantReadError:
                event = selectors.EVENT_READ
            except ssl.SSLWantWriteError:
                event = selectors.EVENT_WRITE
            left = None if until is None else until - time.monotonic()
            with selectors.DefaultSelector() as selector:
                selector.register(self._link, event)
                if left is None:
                    selector.select(LOOK)
                elif left <= 0 or not selector.select(left):
                    raise TimeoutError


class TurningConnection(ClientConnection):
    """A WebSocket whose threads take turns at its socket, where that is one of TLS."""

    def __init__(self, link: Any, *arguments: Any, **options: Any) -> None:
        turning: Any = Turns(link) if isinstance(link, ssl.SSLSocket) else link  # as far as `websockets` looks, one
        super().__init__(turning, *arguments, **options)
