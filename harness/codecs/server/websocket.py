"""Messages over a WebSocket, each in a binary frame, by the package `websockets` (extra `server`)."""

import contextlib
import logging
import socket
import time

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER
from harness.codecs.command.said import excerpt, said_by
from harness.codecs.server.address import secrets_of
from harness.codecs.server.tls import TurningConnection, Turns
from harness.codecs.server.transport import Late, Lost, Misspoken, left, send_timeout

GOODBYE = 1.0  # seconds that the closing handshake may take
TOO_BIG, INTERNAL = 1009, 1011  # close codes of RFC 6455
SILENT = logging.Logger("websockets", logging.CRITICAL + 1)  # what goes wrong is told by what is raised


class WebSocket:
    """
    A WebSocket on a connected socket.

    The socket is made by the caller: a redirect to elsewhere, with our headers, is thereby refused. No proxy is used,
    nothing is compressed, and no pings are sent: each message has its own time limit.
    """

    def __init__(self, link: socket.socket, url: str, headers: dict[str, str], deadline: float) -> None:
        self._open, self._secrets = contextlib.ExitStack(), secrets_of(headers)
        try:
            opening = connect(
                url,
                sock=link,
                additional_headers=headers,
                open_timeout=left(deadline),
                close_timeout=GOODBYE,
                max_size=messages.LARGEST_MESSAGE,
                compression=None,
                ping_interval=None,
                proxy=None,
                logger=SILENT,
                create_connection=TurningConnection,
            )
            self._socket = self._open.enter_context(opening)
        except TimeoutError as error:
            raise Late("did not open the WebSocket") from error
        except InvalidStatus as error:
            raise Lost(f"refused the WebSocket with HTTP status {error.response.status_code}") from error
        except (InvalidHandshake, OSError, EOFError, ValueError) as error:
            raise Lost(f"did not open a WebSocket ({said_by(str(error).encode(), self._secrets)[:200]})") from error

    def send(self, message: bytes, deadline: float) -> None:
        """Send one message; raise `Lost`."""
        try:
            link = self._socket.socket
            if isinstance(link, Turns):
                link.settimeout(left(deadline))
            else:
                send_timeout(link, left(deadline))  # the timeout of the socket would end a receive too
            self._socket.send(message)
        except TimeoutError as error:
            raise Late("did not read the request") from error
        except (ConnectionClosed, OSError) as error:
            if time.monotonic() >= deadline - 0.01:
                raise Late("did not read the request") from error
            raise self._lost(error) from error

    def receive(self, deadline: float) -> bytes:
        """Return the next message; raise `Lost`."""
        try:
            return self._binary(self._socket.recv(timeout=left(deadline)))
        except TimeoutError as error:
            raise Late("sent no whole message") from error
        except WebSocketException as error:
            raise self._lost(error) from error

    def unasked(self) -> None:
        """Raise `Lost` if something has arrived, or the connection was closed, although nothing was asked."""
        try:
            message = self._socket.recv(timeout=0)
        except TimeoutError:
            return
        except WebSocketException as error:
            raise self._lost(error, " between two messages") from error
        received = message.encode() if isinstance(message, str) else message
        raise Misspoken(f"sent {excerpt(received, self._secrets)} without being asked")

    def close(self) -> None:
        """Close the connection; never raises."""
        with contextlib.suppress(WebSocketException, OSError):
            self._open.close()

    def drop(self) -> None:
        """Close the connection as that of a client that crashes is closed, with no goodbye; never raises."""
        with contextlib.suppress(OSError):
            self._socket.socket.shutdown(socket.SHUT_RDWR)
        self.close()

    def _binary(self, message: str | bytes) -> bytes:
        if isinstance(message, str):
            shown = excerpt(message.encode(), self._secrets)
            raise Misspoken(f"answered with text, {shown}, wanted a binary frame; a message is no JSON")
        if len(message) < ANSWER.size:
            raise Misspoken(
                f"answered with {excerpt(message, self._secrets)}, wanted {ANSWER.size} bytes or more in a frame"
            )
        return message

    def _lost(self, error: Exception, when: str = "") -> Lost:
        """Return how the connection ended: `Misspoken` if we ended it, for what came is no WebSocket's."""
        if isinstance(error, ConnectionClosed):
            ours, theirs = error.sent, error.rcvd
            if ours is not None and ours.code == TOO_BIG:
                return Misspoken(f"sent a frame of more than {messages.LARGEST_MESSAGE} bytes{when}")
            if ours is not None and not error.rcvd_then_sent and ours.code != INTERNAL:
                said = said_by(ours.reason.encode(), self._secrets)
                return Misspoken(f"sent what no WebSocket may send ({said}){when}")
            if theirs is not None:
                reason = said_by(theirs.reason.encode(), self._secrets)
                because = f", {reason!r}" if reason else ""
                return Lost(f"closed the connection with code {theirs.code}{because}{when}")
        return Lost(f"closed the connection without a word{when}")
