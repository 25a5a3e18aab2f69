"""Servers for tests, on the loopback: real ones in a process of their own, and ones that follow a script."""

import json
import selectors
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from websockets.sync.server import ServerConnection, serve

from harness.codecs.command.messages import ANSWER, HEAD, REQUEST, SOCKET, Hello, Offer, ReplyStatus, RequestCode

SAID = Hello(16_000, 320, 2, 16, 0, True, 0.0, "scripted", Offer.RESET, "scripted 1")
HELLO = SAID.pack(SOCKET)


@contextmanager
def started(*arguments: str, within: float = 60.0) -> Iterator[str]:
    """Start a Python program that prints one line when it is ready; yield the line, and end the program."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(within), f"not ready within {within} s: {arguments}"
        line = process.stdout.readline().strip()
        assert line, f"ended with {process.wait()}"
        yield line
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def serving(adapter: str, options: dict[str, Any] | None = None, scheme: str = "tcp") -> AbstractContextManager[str]:
    """Start any adapter as a server; yields its URL."""
    url = f"{scheme}://127.0.0.1:0"
    return started("-m", "harness.codecs.server.serve", adapter, json.dumps(options or {}), "--listen", url)


class Talk:
    """One connection of a scripted TCP server."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def asked(self) -> tuple[int, int, bytes]:
        """Return the next request, its session and its payload; raise `EOFError` if there is none."""
        message = self.exactly(HEAD.unpack(self.exactly(HEAD.size))[0])
        return *REQUEST.unpack_from(message), message[REQUEST.size :]

    def answer(self, session: int, body: bytes = b"", status: int = ReplyStatus.DONE) -> None:
        """Send an answer."""
        message = ANSWER.pack(status, session) + body
        self.link.sendall(HEAD.pack(len(message)) + message)

    def exactly(self, size: int) -> bytes:
        """Return so many bytes; raise `EOFError` if they do not come."""
        received = b""
        while len(received) < size:
            part = self.link.recv(size - len(received))
            if not part:
                raise EOFError
            received += part
        return received


def as_it_should(talk: Talk, until: RequestCode | None = None) -> int:
    """Answer as a good server does that codes silence, up to a request of the kind *until*; return the session."""
    while True:
        request, session, payload = talk.asked()
        if request == until:
            return session
        bodies = {
            RequestCode.HELLO: HELLO,
            RequestCode.ENCODE: bytes(len(payload) // 160),
            RequestCode.DECODE: bytes(1280),
        }
        talk.answer(session, bodies.get(RequestCode(request), b""))


@contextmanager
def scripted(script: Callable[[Talk], object]) -> Iterator[str]:
    """Yield the URL of a TCP server that follows *script* on every connection, each in a thread."""
    threads: list[threading.Thread] = []
    links: list[socket.socket] = []

    def follow(link: socket.socket) -> None:
        with link:
            try:
                script(Talk(link))
            except (EOFError, OSError):
                return

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            links.append(link)
            threads.append(threading.Thread(target=follow, args=(link,), daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, args=(listener,), daemon=True)
        accepting.start()
        try:
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for link in links:
                try:
                    link.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
            for thread in threads:
                thread.join(5)
            assert not any(thread.is_alive() for thread in threads)


@contextmanager
def websocket(
    answer: Callable[[Any], bytes | str | None], headers: list[str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """
    Yield the URL of a WebSocket server that sends what *answer* makes of each message, and closes on None.

    headers : takes the header Authorization of each connection
    """

    def talk(connection: ServerConnection) -> None:
        if headers is not None:
            assert connection.request is not None
            headers.append(connection.request.headers["Authorization"])
        for message in connection:
            sent = answer(message)
            if sent is None:
                return
            connection.send(sent)

    with serve(talk, "127.0.0.1", 0, ssl=tls) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'wss' if tls else 'ws'}://127.0.0.1:{server.socket.getsockname()[1]}/"
        finally:
            server.shutdown()
            thread.join(5)
