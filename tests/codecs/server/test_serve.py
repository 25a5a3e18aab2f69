"""Any adapter behind a server: sessions by number, places that are given back, and how it is called."""

import asyncio
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest
from planted.ends import Places

from harness.codecs.command.messages import HEAD, SOCKET, Hello, Offer, RequestCode, pack_pcm
from harness.codecs.loading import load
from harness.codecs.server.serve import Adapted, main, offers_of
from harness.errors import CodecFailed

FRAME = pack_pcm(np.random.default_rng(2).uniform(-0.1, 0.1, 320).astype(np.float32))


class Sharing(Places):
    promises_not: ClassVar = {"clone-continues": "it shares its memory"}


def asked(service: Adapted, *requests: tuple[int, int, bytes]) -> list[bytes | None]:
    return [asyncio.run(service.answer(*one)) for one in requests]


def test_hello_tells_the_codec_what_it_offers_and_which_it_is() -> None:
    opus = load("opus", {})
    (hello,) = asked(Adapted(opus, "opus 1"), (RequestCode.HELLO, 0, b""))
    said = Hello.unpack(hello or b"", SOCKET, "it")
    assert (said.sample_rate, said.frame_size, said.fingerprint) == (16_000, 320, "opus 1")
    assert said.offers == offers_of(opus)


def test_sessions_are_apart_and_a_clone_is_of_the_session_that_it_names() -> None:
    service = Adapted(load("opus", {}), "")
    first, second, third = asked(
        service,
        (RequestCode.OPEN, 1, b""),
        (RequestCode.OPEN, 2, b""),
        (RequestCode.ENCODE, 1, FRAME),
    )
    assert first == second == b""
    asked(service, (RequestCode.CLONE, 3, HEAD.pack(1)))
    again, fresh = asked(service, (RequestCode.ENCODE, 3, FRAME), (RequestCode.ENCODE, 2, FRAME))
    (went_on,) = asked(service, (RequestCode.ENCODE, 1, FRAME))
    assert fresh == third
    assert again == went_on != fresh


@pytest.mark.parametrize(
    ("request_", "payload", "said"),
    [
        (RequestCode.OPEN, b"", "session 1 is open already"),
        (RequestCode.CLONE, HEAD.pack(1), "session 1 is open already"),
    ],
)
def test_an_open_session_is_not_replaced(request_: RequestCode, payload: bytes, said: str) -> None:
    service = Adapted(load("opus", {}), "")
    (before, *_) = asked(service, (RequestCode.OPEN, 1, b""), (RequestCode.ENCODE, 1, FRAME))
    with pytest.raises(CodecFailed, match=said):
        asked(service, (request_, 1, payload))
    with pytest.raises(CodecFailed, match="there is no open instance 7"):
        asked(service, (RequestCode.CLONE, 2, HEAD.pack(7)))
    assert before == b""


def test_every_place_is_free_again_that_a_client_or_the_server_itself_has_taken() -> None:
    codec = Places(places=1)
    service = Adapted(codec, "")
    assert codec.left == 1
    asked(service, (RequestCode.OPEN, 1, b""))
    assert codec.left == 0
    service.left(1)
    service.left(1)  # it may have closed before it left
    assert codec.left == 1


def test_what_a_codec_does_not_promise_or_have_is_not_offered() -> None:
    assert Offer.SNAPSHOT in offers_of(load("opus", {}))
    plain = Places()
    assert Offer.SNAPSHOT | Offer.WHOLE not in offers_of(plain)
    assert Offer.CLONE in offers_of(plain)
    assert Offer.CLONE not in offers_of(Sharing())
    assert (asked(Adapted(plain, ""), (RequestCode.OPEN, 1, b""), (RequestCode.SNAPSHOT, 1, b"")))[1] is None


@pytest.mark.parametrize("arguments", [[], ["pcm", "{}", "tcp://127.0.0.1:0"], ["pcm", "{}", "--at", "tcp://h:1"]])
def test_wrong_arguments_say_how_it_is_called(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--listen URL" in said.err


@pytest.mark.parametrize("module", ["harness.codecs.server.serve", "harness.codecs.command.serve"])
def test_options_that_are_no_object_are_one_line_of_the_program(module: str) -> None:
    listen = ["--listen", "tcp://127.0.0.1:0"] if "server" in module else []
    command = [sys.executable, "-m", module, "pcm", "[]", *listen]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "OPTIONS is '[]', wanted an object of JSON, such as {}\n"
