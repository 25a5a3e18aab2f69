"""A WebSocket that misbehaves is one clear line, in time; headers go to no one else and stand nowhere."""

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from loopback import HELLO, Talk, scripted, serving, websocket
from websockets.utils import accept_key

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER, RequestCode
from harness.codecs.server.address import address
from harness.codecs.server.codec import ServerCodec
from harness.codecs.server.transport import Late, Misspoken, connect
from harness.errors import CodecFailed, CodecUnavailable

FRAME = np.zeros(320, np.float32)
Frames = Callable[[bytes], bytes | str | None]


def answering(encode: Frames) -> Frames:
    """Return what a good WebSocket server does, but for what *encode* answers to the message of an encode."""

    def answer(message: bytes) -> bytes | str | None:
        if message[0] == RequestCode.ENCODE:
            return encode(message)
        return ANSWER.pack(0, *struct.unpack_from("<I", message, 1)) + (
            HELLO if message[0] == RequestCode.HELLO else b""
        )

    return answer


BAD_FRAMES = {
    "JSON": (
        lambda _: '{"codes": []}',
        r"answered with text, b'\{\"codes\": \[\]\}', wanted a binary frame",
    ),
    "a short frame": (lambda _: b"abc", r"answered with b'abc', wanted 5 bytes or more in a frame"),
    "a huge frame": (lambda _: bytes(2 << 20), r"sent a frame of more than 1048576 bytes"),
    "another session": (lambda m: b"\0" + bytes([m[1] ^ 1]) + m[2:5] + bytes(8), r"answered with a message of session"),
    "closes": (lambda _: None, r"encode: the server closed the connection with code 1000"),
    "is late": (
        lambda _: time.sleep(2.0),
        r"encode: the server sent no whole message; no answer within 1 s, its limit$",
    ),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_websocket_that_misbehaves_is_one_clear_finding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encode, message = BAD_FRAMES[name]
    monkeypatch.setattr(messages, "LARGEST_MESSAGE", 1 << 20)
    with websocket(answering(encode)) as url:
        instance = ServerCodec(url, limit=1.0 if name == "is late" else 20.0).open()
        with pytest.raises(CodecFailed, match=message) as caught:
            instance.encode(FRAME)
    assert str(caught.value).isprintable()


def test_headers_are_sent_and_stand_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_TOKEN", "Bearer s3cret")
    seen: list[str] = []
    with websocket(answering(lambda m: b"\1" + m[1:5] + b"no place for s3cret"), headers=seen) as url:
        codec = ServerCodec(url, headers={"Authorization": "VOICE_TOKEN"})
        assert seen == ["Bearer s3cret"]
        with pytest.raises(CodecFailed, match=r"encode failed: no place for \(Authorization\)$"):
            codec.open().encode(FRAME)
    with websocket(answering(lambda _: "s3cret")) as url, pytest.raises(CodecFailed, match=r"b'\(Authorization\)'"):
        ServerCodec(url, headers={"Authorization": "VOICE_TOKEN"}).open().encode(FRAME)


def test_a_header_without_a_value_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICE_TOKEN", raising=False)
    with pytest.raises(CodecUnavailable, match=r"headers\.Authorization names an environment variable that is not set"):
        ServerCodec("ws://127.0.0.1:9/", headers={"Authorization": "VOICE_TOKEN"})
    monkeypatch.setenv("VOICE_TOKEN", "s3cret\r\nX: y")
    with pytest.raises(CodecUnavailable, match="the variable's value is no header"):
        ServerCodec("ws://127.0.0.1:9/", headers={"Authorization": "VOICE_TOKEN"})


@contextmanager
def redirecting() -> Iterator[str]:
    def script(talk: Talk) -> None:
        talk.link.recv(4096)
        talk.link.sendall(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")

    with scripted(script) as url:
        yield url.replace("tcp", "ws") + "/"


def test_no_redirect_is_followed_with_our_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_TOKEN", "s3cret")
    with redirecting() as url, pytest.raises(CodecFailed, match=r"did not open a WebSocket \(cannot follow redirect"):
        ServerCodec(url, headers={"X-Key": "VOICE_TOKEN"})


def test_a_websocket_over_tls_is_trusted_by_its_certificate(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answering(lambda m: ANSWER.pack(0, *struct.unpack_from("<I", m, 1)) + bytes(8))
    with websocket(answer, tls=certified) as url:
        assert ServerCodec(url).open().encode(FRAME).shape == (2, 1)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(CodecFailed, match=r"did not open a WebSocket \(.*certificate verify failed"):
            ServerCodec(url)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_websocket_that_does_not_read_cannot_block_us(scheme: str, request: pytest.FixtureRequest) -> None:
    certified: ssl.SSLContext | None = request.getfixturevalue("certified") if scheme == "wss" else None

    def upgrade(link: socket.socket) -> None:
        asked = re.search(rb"Sec-WebSocket-Key: (\S+)", link.recv(4096))
        assert asked is not None
        key = asked[1].decode()
        upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        link.sendall(f"{upgrade}Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode())
        over.wait(30)

    def script(talk: Talk) -> None:
        if certified is None:
            upgrade(talk.link)
        else:
            with certified.wrap_socket(talk.link, server_side=True) as link:
                upgrade(link)

    over = threading.Event()
    with scripted(script) as url:
        transport = connect(address(f"{scheme}{url.removeprefix('tcp')}/"), {}, 20.0)
        begun = time.monotonic()
        with pytest.raises(Late, match="did not read the request"):
            transport.send(bytes(64 << 20), begun + 0.5)
        assert time.monotonic() - begun < 15
        over.set()
        transport.close()


def test_the_other_kind_of_server_is_noticed() -> None:
    with serving("opus") as url, pytest.raises(CodecFailed, match="did not open a WebSocket"):
        ServerCodec(url.replace("tcp", "ws") + "/", start_limit=20.0)
    with (
        websocket(answering(lambda _: b"")) as url,
        pytest.raises(CodecFailed, match=r"hello: the server (sent nothing|clos)"),
    ):
        ServerCodec(url.replace("ws", "tcp").rstrip("/"), start_limit=1.0)


NO_FRAMES = {  # what is sent in the place of an answer: why a WebSocket may not
    b"\x83\x01a": "invalid opcode",
    b"\xc2\x05aaaaa": "reserved bits must be 0",
    b"\x82\x81aaaa\x00": "incorrect masking",
    b"\x80\x05aaaaa": "unexpected continuation frame",
    b"\x89\x7e\x00\x80" + bytes(128): "control frame too long",
    b"\x81\x02\xff\xfe": "invalid start byte at position 0",
    b"\x88\x02\x03\xe7": "invalid status code",
}


@contextmanager
def opened(then: bytes) -> Iterator[str]:
    """Yield the URL of a server that opens the WebSocket and sends the bytes *then*."""

    def script(talk: Talk) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += talk.link.recv(4096)
        (key,) = re.findall(rb"(?i)sec-websocket-key: (\S+)", asked)
        accepted = (
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept_key(key.decode()).encode()
        )
        talk.link.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + accepted + b"\r\n\r\n" + then)
        talk.link.recv(4096)

    with scripted(script) as url:
        yield url.replace("tcp", "ws") + "/"


@pytest.mark.parametrize("sent", NO_FRAMES)
def test_what_is_no_frame_is_said_and_not_that_the_server_has_closed(sent: bytes) -> None:
    with opened(sent) as url:
        link = connect(address(url), {}, 20.0)
        with pytest.raises(Misspoken, match=f"^sent what no WebSocket may send \\({NO_FRAMES[sent]}\\)$"):
            link.receive(time.monotonic() + 20.0)
        link.close()


def test_the_package_logs_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), opened(b"\x83\x01a") as url:
        link = connect(address(url), {"Authorization": "s3cret"}, 20.0)
        with pytest.raises(Misspoken):
            link.receive(time.monotonic() + 20.0)
        link.close()
    assert caplog.text == ""  # neither headers nor, of what it did not expect, a traceback
