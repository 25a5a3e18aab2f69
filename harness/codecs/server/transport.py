"""
How messages travel over a connection: framed by their length on TCP, one in each binary frame of a WebSocket.

A transport carries whole messages and knows nothing of what is in them. Whatever goes wrong is a `Lost`, whose words
complete the sentence "the server ...".
"""

import contextlib
import socket
import struct
import time
from typing import Protocol

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER, HEAD
from harness.codecs.command.said import excerpt
from harness.codecs.server.address import Address
from harness.errors import CodecUnavailable, MissingExtra

PARTLY = 1 << 20  # bytes that are read at once


class Lost(Exception):
    """The connection cannot be used any more; the message says why, as of the server."""


class Late(Lost):
    """Time was up."""


class Misspoken(Lost):
    """What came is no answer to what was asked."""


class Transport(Protocol):
    """A connection that carries whole messages; every wait ends at a deadline of `time.monotonic`."""

    def send(self, message: bytes, deadline: float) -> None:
        """Send one message; raise `Lost`."""

    def receive(self, deadline: float) -> bytes:
        """Return the next message; raise `Lost`."""

    def unasked(self) -> None:
        """Raise `Lost` if something has arrived, or the connection was closed, although nothing was asked."""

    def close(self) -> None:
        """Close the connection; never raises."""

    def drop(self) -> None:
        """Close the connection as that of a client that crashes is closed, with no goodbye; never raises."""


def connect(address: Address, headers: dict[str, str], limit: float) -> Transport:
    """
    Connect within *limit* seconds.

    Raises `CodecUnavailable` if nobody is there, `MissingExtra` if `websockets` is not installed, `Lost` if what is
    there speaks otherwise.
    """
    deadline = time.monotonic() + limit
    try:
        link = socket.create_connection((address.host, address.port), limit)
    except TimeoutError as error:
        late = f"server: {address} did not accept a connection within {limit:g} s, its start_limit"
        raise CodecUnavailable(late) from error
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CodecUnavailable(
            f"server: nobody answers at {address} ({reason}); start the server, or correct the url"
        ) from error
    link.settimeout(None)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address.scheme == "tcp":
        return Tcp(link)
    try:
        from harness.codecs.server.websocket import WebSocket
    except ImportError as error:
        link.close()
        raise MissingExtra(f"server: {error}; pip install 'codec-harness[server]'") from error
    return WebSocket(link, address.url, headers, deadline)


class Tcp:
    """Messages over TCP, each after its length."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def send(self, message: bytes, deadline: float) -> None:
        """Send one message; raise `Lost`."""
        try:
            self._link.settimeout(left(deadline))
            self._link.sendall(HEAD.pack(len(message)) + message)
        except TimeoutError as error:
            raise Late("did not read the request") from error
        except OSError as error:
            raise Lost(f"closed the connection ({error.strerror or error})") from error

    def receive(self, deadline: float) -> bytes:
        """Return the next message; raise `Lost`."""
        head = self._exactly(HEAD.size, deadline, "")
        (length,) = HEAD.unpack(head)
        if not ANSWER.size <= length <= messages.LARGEST_MESSAGE:
            raise Misspoken(
                f"answered with {excerpt(head + self._waiting())}, which does not begin with a length of {ANSWER.size} "
                f"to {messages.LARGEST_MESSAGE} bytes"
            )
        return self._exactly(length, deadline, f" of a message of {length}")

    def unasked(self) -> None:
        """Raise `Lost` if something has arrived, or the connection was closed, although nothing was asked."""
        with contextlib.suppress(BlockingIOError):
            self._link.settimeout(0)
            try:
                part = self._link.recv(PARTLY)
            except BlockingIOError:
                return
            except OSError as error:
                raise Lost(f"closed the connection between two messages ({error.strerror or error})") from error
            if part:
                raise Misspoken(f"sent {excerpt(part)} without being asked, or more than the length of its answer said")
            raise Lost("closed the connection between two messages")

    def close(self) -> None:
        """Close the connection; never raises."""
        with contextlib.suppress(OSError):
            self._link.close()

    def drop(self) -> None:
        """Close the connection as that of a client that crashes is closed, with no goodbye; never raises."""
        self.close()

    def _exactly(self, size: int, deadline: float, of: str) -> bytes:
        received = bytearray()
        while len(received) < size:
            try:
                self._link.settimeout(left(deadline))
                part = self._link.recv(min(PARTLY, size - len(received)))
            except TimeoutError as error:
                some = f"{len(received)} bytes{of or ' of an answer'}"
                raise Late(f"sent {some if received or of else 'nothing'}") from error
            except OSError as error:
                part, why = b"", f" ({error.strerror or error})"
            else:
                why = ""
            if not part:
                after = f" after {len(received)} bytes{of}" if received or of else ""
                raise Lost(f"closed the connection{after}{why}")
            received += part
        return bytes(received)

    def _waiting(self) -> bytes:
        """Return what else has arrived, to be shown."""
        with contextlib.suppress(OSError):
            self._link.settimeout(0.05)
            return self._link.recv(64)
        return b""


def left(deadline: float) -> float:
    """Return the seconds until *deadline*; raise `TimeoutError` if there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def send_timeout(link: socket.socket, seconds: float) -> None:
    """Have the operating system end a blocking send that makes no progress for *seconds*."""
    whole, rest = divmod(max(seconds, 0.001), 1.0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(whole), int(rest * 1e6)))
