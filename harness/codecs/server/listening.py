"""
The server's side: listen on TCP or WebSocket, and hand the messages of each connection to a service.

For services in Python; `docs/server-adapter.md` shows how a service of another kind is put behind it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER, HEAD, REQUEST, ReplyStatus
from harness.codecs.server.address import Address
from harness.errors import CodecUnavailable, MissingExtra

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as Upgrade
    from websockets.http11 import Response


class Service(Protocol):
    """What answers. A session is known by its number; whatever `answer` raises is told as the reason of a failure."""

    async def answer(self, request: int, session: int, payload: bytes) -> bytes | None:
        """Return the payload of the answer to one request; None if that request is not offered."""

    def left(self, session: int) -> None:
        """Forget the session, whose connection is gone; it may have been closed before, or never opened."""


Choose = Callable[[str], Service | None]  # by the path of the URL, "" on TCP; None if nothing is there


async def listen(choose: Choose, address: Address, ready: Callable[[str], None]) -> None:
    """
    Serve until cancelled; *ready* is told the URL when connections are accepted. Port 0 stands for any free one.

    Raises `CodecUnavailable` if the address cannot be listened on, `MissingExtra` if `websockets` is not installed.
    """
    try:
        if address.scheme == "tcp":
            server = await asyncio.start_server(lambda *ends: _tcp(choose, *ends), address.host, address.port)
        else:
            server = await _websockets(choose, address)
    except OSError as error:
        raise CodecUnavailable(f"server: cannot listen on {address} ({error.strerror or error})") from error
    port = next(iter(server.sockets)).getsockname()[1]
    ready(address.url.replace(f":{address.port}", f":{port}", 1))
    async with server:
        await server.serve_forever()


class _Talk:
    """The messages of one connection, all of one session."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._session: int | None = None

    async def answer(self, message: bytes) -> bytes:
        if len(message) < REQUEST.size:
            return ANSWER.pack(ReplyStatus.FAILED, 0) + f"got a message of {len(message)} bytes".encode()
        request, session = REQUEST.unpack_from(message)
        status, body = await self._answered(request, session, message[REQUEST.size :])
        return ANSWER.pack(status, session) + body

    async def _answered(self, request: int, session: int, payload: bytes) -> tuple[ReplyStatus, bytes]:
        if self._session is None:
            self._session = session
        if session != self._session:
            return ReplyStatus.FAILED, f"this connection is of session {self._session}, not of {session}".encode()
        try:
            body = await self._service.answer(request, session, payload)
        except Exception as error:  # noqa: BLE001 whatever a service raises is the answer to this request
            return ReplyStatus.FAILED, f"{type(error).__name__}: {error}".encode()
        return (ReplyStatus.NOT_OFFERED, b"not offered") if body is None else (ReplyStatus.DONE, body)

    def over(self) -> None:
        if self._session is not None:
            self._service.left(self._session)


async def _tcp(choose: Choose, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    service = choose("")
    if service is None:
        writer.close()
        return
    talk = _Talk(service)
    try:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = HEAD.unpack(await reader.readexactly(HEAD.size))
                if length > messages.LARGEST_MESSAGE:
                    break
                answer = await talk.answer(await reader.readexactly(length))
                writer.write(HEAD.pack(len(answer)) + answer)
                await writer.drain()
    finally:
        talk.over()
        writer.close()


async def _websockets(choose: Choose, address: Address) -> "asyncio.Server":
    try:
        from websockets.asyncio.server import serve
        from websockets.exceptions import ConnectionClosed
    except ImportError as error:
        raise MissingExtra(f"server: {error}; pip install 'codec-harness[server]'") from error

    def refuse(connection: "ServerConnection", request: "Upgrade") -> "Response | None":
        if choose(request.path) is None:
            return connection.respond(HTTPStatus.NOT_FOUND, f"nothing is served at {request.path}\n")
        return None

    async def talk_to(connection: "ServerConnection") -> None:
        service = choose(connection.request.path if connection.request is not None else "")
        if service is None:
            return
        talk = _Talk(service)
        try:
            with contextlib.suppress(ConnectionClosed):
                async for message in connection:
                    await connection.send(await talk.answer(message if isinstance(message, bytes) else b""))
        finally:
            talk.over()

    return await serve(  # type: ignore[return-value]  # it is a server with sockets and serve_forever, as asyncio's
        talk_to,
        address.host,
        address.port,
        process_request=refuse,
        max_size=messages.LARGEST_MESSAGE,
        compression=None,
        ping_interval=None,
    )
