"""Servers that misbehave: each is one clear line, in time, and costs one session."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from loopback import HELLO, Talk, as_it_should, scripted

from harness.codecs.command.messages import HEAD, RequestCode
from harness.codecs.server.codec import ServerCodec
from harness.errors import CodecFailed

FRAME = np.zeros(320, np.float32)


def late(talk: Talk, _: int) -> None:
    talk.link.sendall(b"\0")
    talk.link.recv(1)  # until the other end gives up


BAD_CALLS = {
    "closes": (lambda _talk, _session: None, r"encode: the server closed the connection$"),
    "closes in mid-message": (
        lambda talk, _: talk.link.sendall(HEAD.pack(13) + bytes(6)),
        r"encode: the server closed the connection after 6 bytes of a message of 13$",
    ),
    "closes in the length": (lambda talk, _: talk.link.sendall(b"\0\0"), r"closed the connection after 2 bytes$"),
    "resets": (
        lambda talk, _: talk.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
        r"encode: the server closed the connection( \(Connection reset by peer\))?$",
    ),
    "is late": (late, r"encode: the server sent 1 bytes of an answer; no answer within 1 s, its limit$"),
    "answers another session": (
        lambda talk, session: talk.answer(session ^ 1, bytes(8)),
        r"encode: the server answered with a message of session (\d+), and this is session (?!\1)\d+$",
    ),
    "too few codes": (
        lambda talk, session: talk.answer(session, bytes(4)),
        r"server: encode was answered with 4 bytes, wanted 2 codes of 4 bytes$",
    ),
    "too many codes": (lambda talk, session: talk.answer(session, bytes(12)), r"was answered with 12 bytes, wanted 2"),
    "JSON": (
        lambda talk, _: talk.link.sendall(b'{"codes": [[1, 2]], "session": 17}'),
        r"answered with b'\{\"codes\": \[\[1, 2\]\], \"ses'\.\.\., which does not begin with a length of 5 to",
    ),
    "HTTP": (
        lambda talk, _: talk.link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        r"answered with b'HTTP/1\.1 400 Bad Request'\.\.\., which does not begin with a length",
    ),
    "a huge message": (lambda talk, _: talk.link.sendall(HEAD.pack(1 << 31)), r"does not begin with a length of 5 to"),
    "an empty message": (lambda talk, _: talk.link.sendall(HEAD.pack(0)), r"does not begin with a length of 5 to"),
    "unknown status": (lambda talk, session: talk.answer(session, status=9), r"status 9, wanted 0, 1, 2$"),
    "refuses": (
        lambda talk, session: talk.answer(session, b"all 4 slots are taken\n\x1b[2J", 1),
        r"server: tcp://127\.0\.0\.1:\d+: encode failed: all 4 slots are taken \\x1b\[2J$",
    ),
    "does not offer it": (
        lambda talk, session: talk.answer(session, b"", 2),
        r"does not offer encode: no reason given$",
    ),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_server_that_misbehaves_is_one_clear_finding(name: str) -> None:
    misbehave, message = BAD_CALLS[name]

    def script(talk: Talk) -> None:
        misbehave(talk, as_it_should(talk, RequestCode.ENCODE))

    with scripted(script) as url:
        instance = ServerCodec(url, limit=1.0 if name == "is late" else 20.0).open()
        with pytest.raises(CodecFailed, match=message) as caught:
            instance.encode(FRAME)
    said = str(caught.value)
    assert said.isprintable()
    assert said.startswith("server: ")
    assert len(said) < 400


def test_after_a_broken_message_the_session_is_gone_and_the_next_one_works() -> None:
    first = [True]

    def script(talk: Talk) -> None:
        session = as_it_should(talk, RequestCode.ENCODE if first[0] else None)
        first[0] = False
        talk.answer(session + 1)

    with scripted(script) as url:
        codec = ServerCodec(url)
        first[0] = True
        broken = codec.open()
        with pytest.raises(CodecFailed, match="message of session"):
            broken.encode(FRAME)
        with pytest.raises(CodecFailed, match=r"encode: the session is gone: .* answered with a message of session"):
            broken.encode(FRAME)
        assert codec.open().encode(FRAME).shape == (2, 1)


def test_what_comes_unasked_is_not_taken_for_an_answer() -> None:
    def script(talk: Talk) -> None:
        session = as_it_should(talk, RequestCode.ENCODE)
        talk.answer(session, bytes(8))
        talk.answer(session, bytes(8))
        as_it_should(talk)

    with scripted(script) as url:
        instance = ServerCodec(url).open()
        instance.encode(FRAME)
        wait_for(lambda: bool(cast(Any, instance._connection._transport)._link.recv(1, socket.MSG_PEEK)))
        with pytest.raises(CodecFailed, match=r"sent b.* without being asked"):
            instance.encode(FRAME)


def test_a_server_that_does_not_read_cannot_block_us() -> None:
    def script(talk: Talk) -> None:
        as_it_should(talk, RequestCode.CLOSE)

    def deaf(talk: Talk) -> None:
        talk.answer(as_it_should(talk, RequestCode.OPEN)) if opened else script(talk)
        wait_for(lambda: done[0])

    opened, done = [1], [False]
    with scripted(deaf) as url:
        opened.clear()
        codec = ServerCodec(url, limit=1.0)
        opened.append(1)
        begun = time.monotonic()
        with pytest.raises(CodecFailed, match=r"did not read the request; no answer within 1 s"):
            codec.open().encode(np.zeros(320 * 20_000, np.float32))
        assert time.monotonic() - begun < 15
        done[0] = True


BAD_HELLOS = {
    "late": (
        lambda talk, _: talk.link.recv(1),
        r"hello: the server sent nothing; no answer within .* s, its start_limit",
    ),
    "closes": (lambda _talk, _session: None, r"hello: the server closed the connection$"),
    "short": (lambda talk, session: talk.answer(session, HELLO[:9]), r"hello was answered with 9 bytes, wanted 29\+$"),
    "of a pipe": (lambda talk, session: talk.answer(session, b"\1" + HELLO[1:]), r"speaks version 1 .*, wanted 2$"),
    "no offers": (lambda talk, session: talk.answer(session, HELLO[:30]), r"ends before it says what is offered$"),
    "cut": (lambda talk, session: talk.answer(session, HELLO[:-1]), r"hello is cut short"),
    "no fingerprint": (
        lambda talk, session: talk.answer(session, HELLO[:33] + bytes(8)),
        r"hello gives no fingerprint; wanted a text that changes with weights",
    ),
    "no rate": (
        lambda talk, session: talk.answer(session, HELLO[:4] + bytes(4) + HELLO[8:]),
        r"gives the sample rate as 0, wanted 1 to 768000$",
    ),
}


@pytest.mark.parametrize("name", BAD_HELLOS)
def test_a_server_that_does_not_introduce_itself(name: str) -> None:
    misbehave, message = BAD_HELLOS[name]

    def script(talk: Talk) -> None:
        misbehave(talk, as_it_should(talk, RequestCode.HELLO))

    with scripted(script) as url, pytest.raises(CodecFailed, match=message) as caught:
        ServerCodec(url, start_limit=0.5)
    assert str(caught.value).isprintable()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
