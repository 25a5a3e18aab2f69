"""A service behind a socket: one session a connection, whatever it raises is an answer, and it is told who left."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER, HEAD, REQUEST, ReplyStatus
from harness.codecs.server.address import address
from harness.codecs.server.listening import Service, listen
from harness.errors import CodecUnavailable

Step = Callable[[bytes], Awaitable[bytes]]


class Echo:
    """Answers with what it was given; request 1 is not offered, request 2 fails."""

    def __init__(self) -> None:
        self.gone: list[int] = []

    async def answer(self, request: int, session: int, payload: bytes) -> bytes | None:  # noqa: ARG002
        if request == 2:
            raise KeyError("no place")
        return payload if request == 0 else None

    def left(self, session: int) -> None:
        self.gone.append(session)


def served(choose: Callable[[str], Service | None], url: str, use: Callable[[str], Awaitable[None]]) -> None:
    """Listen at *url*, *use* the URL that is told, and stop."""

    async def run() -> None:
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        listening = asyncio.create_task(listen(choose, address(url), ready.set_result))
        try:
            await use(await asyncio.wait_for(ready, 10))
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    asyncio.run(run())


def spoken(service: Echo, use: Callable[[Step], Awaitable[None]]) -> None:
    """Have *use* talk to *service* over one connection, and wait until that is gone."""

    async def talk(url: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", address(url).port)

        async def step(message: bytes) -> bytes:
            writer.write(HEAD.pack(len(message)) + message)
            (length,) = HEAD.unpack(await reader.readexactly(HEAD.size))
            return await reader.readexactly(length)

        await use(step)
        writer.close()
        until = asyncio.get_running_loop().time() + 30
        while len(asyncio.all_tasks()) > 2 and asyncio.get_running_loop().time() < until:  # this one, and who listens
            await asyncio.sleep(0.01)

    served(lambda path: service if not path else None, "tcp://127.0.0.1:0", talk)


def test_each_request_is_answered_with_its_status_and_session() -> None:
    service, answers = Echo(), []

    async def use(step: Step) -> None:
        answers.extend([await step(REQUEST.pack(request, 7) + b"given") for request in (0, 1, 2)])
        answers.append(await step(REQUEST.pack(0, 8)))
        answers.append(await step(b"abcd"))
        assert service.gone == []

    spoken(service, use)
    assert [ANSWER.unpack_from(one) for one in answers] == [
        (ReplyStatus.DONE, 7),
        (ReplyStatus.NOT_OFFERED, 7),
        (ReplyStatus.FAILED, 7),
        (ReplyStatus.FAILED, 8),
        (ReplyStatus.FAILED, 0),
    ]
    assert [one[ANSWER.size :] for one in answers] == [
        b"given",
        b"not offered",
        b"KeyError: 'no place'",
        b"this connection is of session 7, not of 8",
        b"got a message of 4 bytes",
    ]
    assert service.gone == [7]


def test_who_said_nothing_has_no_session_to_leave() -> None:
    service = Echo()

    async def use(step: Step) -> None:
        await step(b"abc")

    spoken(service, use)
    assert service.gone == []


def test_a_message_beyond_the_largest_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LARGEST_MESSAGE", 100)
    service = Echo()

    async def use(step: Step) -> None:
        assert len(await step(REQUEST.pack(0, 7) + bytes(95))) == 100
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await step(REQUEST.pack(0, 7) + bytes(96))

    spoken(service, use)
    assert service.gone == [7]


def test_only_the_path_of_a_service_is_a_websocket_and_text_is_no_message() -> None:
    service = Echo()

    async def use(url: str) -> None:
        assert not url.endswith(":0/codec")
        async with connect(url, proxy=None) as link:
            await link.send(REQUEST.pack(0, 7) + b"given")
            assert await link.recv() == ANSWER.pack(0, 7) + b"given"
            await link.send("text")
            assert await link.recv() == ANSWER.pack(1, 0) + b"got a message of 0 bytes"
        with pytest.raises(InvalidStatus, match="404"):
            await connect(url.replace("/codec", "/other"), proxy=None)

    served(lambda path: service if path == "/codec" else None, "ws://127.0.0.1:0/codec", use)
    assert service.gone == [7]


def test_an_address_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CodecUnavailable, match=rf"server: cannot listen on {url} \("):
            asyncio.run(listen(lambda _: None, address(url), lambda _: None))
