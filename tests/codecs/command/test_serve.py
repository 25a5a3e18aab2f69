"""Any adapter answers the messages of a program: instances and snapshots by number, failures in words."""

import io
import struct

import numpy as np
import pytest
from planted.ends import Places

from harness.codecs.command.messages import (
    HEAD,
    PIPE,
    REQUEST,
    Hello,
    ReplyStatus,
    RequestCode,
    pack_codes,
    pack_pcm,
    request_codes,
    request_pcm,
)
from harness.codecs.command.serve import SNAPSHOT, Responder, answered, main, options_of, serve
from harness.codecs.loading import load
from harness.codecs.protocol import Codec
from harness.errors import CodecFailed, UsageInvalid

FRAMES = np.random.default_rng(0).uniform(-0.1, 0.1, (4, 320)).astype(np.float32)


def talked(codec: Codec, *asked: tuple[int, int, bytes]) -> list[tuple[int, bytes]]:
    """Return status and payload of each answer."""
    messages = [REQUEST.pack(request, number) + payload for request, number, payload in asked]
    target = io.BytesIO()
    serve(Responder(codec), io.BytesIO(b"".join(HEAD.pack(len(one)) + one for one in messages)), target)
    body, answers = target.getvalue(), []
    while body:
        (length,) = HEAD.unpack_from(body)
        answers.append((body[HEAD.size], body[HEAD.size + 1 : HEAD.size + length]))
        body = body[HEAD.size + length :]
    return answers


def test_requests_are_answered_in_order_until_they_end() -> None:
    opus = load("opus", {})
    hello, opened, coded, strange, closed = talked(
        opus,
        (RequestCode.HELLO, 0, HEAD.pack(PIPE)),
        (RequestCode.OPEN, 7, b""),
        (RequestCode.ENCODE, 7, pack_pcm(FRAMES[0])),
        (RequestCode.ENCODE, 8, pack_pcm(FRAMES[0])),
        (RequestCode.CLOSE, 7, b""),
    )
    assert Hello.unpack(hello[1], PIPE, "it").info("it", "", "").frame_size == opus.info.frame_size
    assert opened == closed == (ReplyStatus.DONE, b"")
    assert np.array_equal(request_codes(coded[1], opus.info.codebooks), opus.open().encode(FRAMES[0]))
    assert strange == (ReplyStatus.FAILED, b"CodecFailed: there is no open instance 8")


def test_what_is_not_offered_or_raises_is_an_answer_too() -> None:
    plain = load("pcm", {})
    answers = talked(
        plain,
        (RequestCode.OPEN, 1, b""),
        (RequestCode.FLUSH, 1, b""),
        (RequestCode.SNAPSHOT, 1, b""),
        (99, 1, b""),
        (RequestCode.RESET, 1, b"\x09"),
    )
    assert [status for status, _ in answers] == [0, 2, 2, 2, 1]
    assert answers[-1][1] == b"KeyError: 9"
    assert answered(lambda: b"") == (ReplyStatus.DONE, b"")
    assert answered(lambda: None) == (ReplyStatus.NOT_OFFERED, b"not offered")


def test_a_snapshot_is_kept_as_long_as_the_instance_that_it_was_taken_of() -> None:
    codec = load("opus", {})
    program = Responder(codec)
    for number in (1, 2):
        program.answer(RequestCode.OPEN, number, b"")
    program.answer(RequestCode.ENCODE, 1, pack_pcm(FRAMES[0]))
    first = program.answer(RequestCode.SNAPSHOT, 1, b"")
    expected = program.answer(RequestCode.ENCODE, 1, pack_pcm(FRAMES[1]))
    second = program.answer(RequestCode.SNAPSHOT, 1, b"")
    assert (first, second) == (SNAPSHOT.pack(1, 0), SNAPSHOT.pack(1, 1))
    for number in (1, 2):  # into itself, and into another
        program.answer(RequestCode.RESTORE, number, first or b"")
        assert program.answer(RequestCode.ENCODE, number, pack_pcm(FRAMES[1])) == expected
    program.answer(RequestCode.CLOSE, 1, b"")
    for gone in (first or b"", b"", SNAPSHOT.pack(2, 0)):
        with pytest.raises(CodecFailed, match="there is no such snapshot: it is kept as long as the instance"):
            program.answer(RequestCode.RESTORE, 2, gone)


def test_a_clone_goes_on_by_itself_and_whole_signals_need_no_instance() -> None:
    codec = load("opus", {})
    program = Responder(codec)
    program.answer(RequestCode.OPEN, 1, b"")
    program.answer(RequestCode.CLONE, 1, struct.pack("<I", 2))
    program.close(1)
    assert 1 not in program
    assert 2 in program
    codes = program.answer(RequestCode.ENCODE_WHOLE, 0, pack_pcm(FRAMES.ravel()))
    assert codes == program.answer(RequestCode.ENCODE, 2, pack_pcm(FRAMES.ravel()))
    decoded = request_pcm(program.answer(RequestCode.DECODE_WHOLE, 0, codes or b"") or b"")
    assert np.array_equal(decoded, codec.open().decode(codec.open().encode(FRAMES.ravel())))
    assert codes == pack_codes(codec.open().encode(FRAMES.ravel()))


def test_an_instance_gives_back_its_place_also_the_one_that_is_asked_what_it_is() -> None:
    codec = Places(places=1)
    program = Responder(codec)
    program.answer(RequestCode.HELLO, 0, b"")
    assert codec.left == 1
    program.answer(RequestCode.OPEN, 1, b"")
    assert codec.left == 0
    program.close(1)
    assert codec.left == 1
    with pytest.raises(CodecFailed, match="there is no open instance 1"):
        program.close(1)


def test_a_program_without_arguments_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pcm"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "python -m harness.codecs.command.serve ADAPTER OPTIONS" in said.err


def test_options_are_an_object_of_json() -> None:
    assert options_of('{"bitrate": 8000, "fec": true}') == {"bitrate": 8000, "fec": True}
    for text in ("[]", "{", "3", "null", "", "[" * 100_000):
        with pytest.raises(UsageInvalid, match=r"^OPTIONS is .*wanted an object of JSON") as refused:
            options_of(text)
        assert len(str(refused.value)) < 300
