"""Two threads use one TLS connection: nothing is lost, and none waits for what is closed."""

import selectors
import socket
import ssl
import threading
from contextlib import suppress

import pytest
from loopback import Talk, scripted, websocket

from harness.codecs.server.address import address
from harness.codecs.server.tls import Turns
from harness.codecs.server.transport import connect


def test_tickets_that_come_with_the_first_request_cost_no_connection(certified: ssl.SSLContext) -> None:
    certified.num_tickets = 200  # one in 25 connections was lost so, of the usual 2 one in 250
    with websocket(lambda _: None, tls=certified) as url:
        for _ in range(80):
            connect(address(url), {}, 10.0).close()


def test_a_receive_ends_whose_connection_is_closed_just_before_it_waits(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, closed = threading.Event(), threading.Event()

    class Interrupted(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            waits.set()
            assert closed.wait(60)
            return super().select(timeout)

    def script(talk: Talk) -> None:
        with certified.wrap_socket(talk.link, server_side=True):
            closed.wait(60)

    def receive() -> None:
        with suppress(OSError, ValueError):
            turns.recv(1)

    with scripted(script) as url:
        link = socket.create_connection((address(url).host, address(url).port))
        turns = Turns(ssl.create_default_context().wrap_socket(link, server_hostname="127.0.0.1"))
        monkeypatch.setattr(selectors, "DefaultSelector", Interrupted)
        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        assert waits.wait(60)
        turns.close()
        closed.set()
        thread.join(30)
        assert not thread.is_alive()
