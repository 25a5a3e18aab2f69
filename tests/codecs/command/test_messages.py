"""Messages are read as they were written, and what cannot be is refused with what was wanted."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from loopback import SAID

from harness.codecs.command.messages import (
    PIPE,
    SOCKET,
    Hello,
    KindFlag,
    ReplyStatus,
    RequestCode,
    Unsupported,
    answered_codes,
    answered_pcm,
    answered_state,
    pack_codes,
    pack_pcm,
    pack_state,
    request_codes,
    request_pcm,
    told,
)
from harness.codecs.protocol import State
from harness.errors import CodecFailed

KINDS = [
    {},
    {"flushes": True, "start_up": 640},
    {"flushes": True},
    {"bins": 0, "latent_tolerance": 0.5},
    {"encodes": False, "stateful": False, "flushes": True, "start_up": 1, "bins": 0, "latent_tolerance": 0.0},
]


@pytest.mark.parametrize("version", [PIPE, SOCKET])
@pytest.mark.parametrize("kind", KINDS)
def test_hello_is_read_as_it_was_written(kind: dict[str, Any], version: int) -> None:
    said = replace(SAID, **kind)
    if version == PIPE:
        said = replace(said, offers=SAID.offers & 0, fingerprint="")
    assert Hello.unpack(said.pack(version), version, "it") == said
    assert len(said.pack(PIPE)) == 29 + 8 * (said.kind > KindFlag.STATEFUL) + len(said.name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_up": 5, "flushes": True}, ""),
        ({"latent_tolerance": 0.1}, "hello gives the number of bins as 16, wanted 0 for this kind of codec"),
        ({"bins": 0}, "hello gives the number of bins as 0, wanted 1 to"),
        ({"bins": 0, "latent_tolerance": float("nan")}, "tolerance of latents as nan, wanted a number from 0 on"),
        ({"start_up": 1 << 25, "flushes": True}, "hello gives the start-up as 33554432, wanted 0 to 16777216"),
        ({"start_up": 5}, "hello gives the start-up as 5, wanted 0 for this kind of codec"),
    ],
)
def test_a_kind_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    said = replace(SAID, **change)
    if not message:
        said.check("it")
        return
    with pytest.raises(CodecFailed, match=message):
        said.check("it")


def test_hello_that_is_cut_off_or_of_no_kind_is_refused() -> None:
    whole = replace(SAID, flushes=True, start_up=640).pack(PIPE)
    with pytest.raises(CodecFailed, match="it: hello ends before it says the start-up and the tolerance of latents"):
        Hello.unpack(whole[:33], PIPE, "it")
    with pytest.raises(CodecFailed, match="gives the kind of codec as 255, wanted a sum of 1, 2, 4 and 8"):
        Hello.unpack(whole[:24] + b"\xff" + whole[25:], PIPE, "it")


@pytest.mark.parametrize(
    ("field", "inside", "outside", "named"),
    [
        ("sample_rate", (1, 768_000), (0, 768_001), "sample rate as {}, wanted 1 to 768000"),
        ("frame_size", (1, 1 << 24), (0, (1 << 24) + 1), "frame size as {}, wanted 1 to 16777216"),
        ("codebooks", (1, 1 << 16), (0, (1 << 16) + 1), "number of codebooks as {}, wanted 1 to 65536"),
        ("bins", (1, 1 << 31), (0, (1 << 31) + 1), "number of bins as {}, wanted 1 to 2147483648"),
        ("tolerance", (0.0, 0.999), (-1e-9, 1.0, math.nan), "tolerance as {}, wanted 0 to below 1"),
    ],
)
def test_a_number_is_taken_up_to_its_limit_and_not_beyond(
    field: str, inside: tuple[Any, ...], outside: tuple[Any, ...], named: str
) -> None:
    for value in inside:
        replace(SAID, **{field: value}).check("it")
    for value in outside:
        with pytest.raises(CodecFailed) as caught:
            replace(SAID, **{field: value}).check("it")
        assert str(caught.value) == f"it: hello gives the {named.format(value)}"


def test_codes_travel_frame_after_frame_in_32_bits_and_latents_as_floats() -> None:
    codes = np.array([[1, 2, 3], [-1, 5, 2**31 - 1]])
    assert pack_codes(codes) == np.array([1, -1, 2, 5, 3, 2**31 - 1], "<i4").tobytes()
    read = request_codes(pack_codes(codes), 2)
    assert read.dtype == np.int64
    assert np.array_equal(read, codes)
    latents = np.array([[0.1, -2.0], [3.0, np.nan]], np.float32)
    again = request_codes(pack_codes(latents), 2, latents=True)
    assert again.dtype == np.float32
    assert np.array_equal(again, latents, equal_nan=True)
    every_other = np.arange(6, dtype=np.float32)[::2]
    assert np.array_equal(request_pcm(pack_pcm(every_other)), every_other)


def test_an_answer_of_another_size_is_refused_and_one_of_a_late_codec_may_be_shorter() -> None:
    info = SAID.info("it", "print", "")
    assert answered_codes(bytes(4 * 2 * 3), info, 3).shape == (2, 3)
    for size in (20, 28):
        with pytest.raises(CodecFailed, match=f"encode was answered with {size} bytes, wanted 6 codes of 4 bytes"):
            answered_codes(bytes(size), info, 3)
    assert len(answered_pcm(bytes(4 * 320), info, 1)) == 320
    with pytest.raises(CodecFailed, match="decode was answered with 1276 bytes, wanted 320 samples of 4 bytes"):
        answered_pcm(bytes(4 * 319), info, 1)
    late = replace(info, start_up=320)
    assert len(answered_pcm(b"", late, 1)) == 0
    with pytest.raises(CodecFailed, match="answered with 5 bytes"):
        answered_pcm(bytes(5), late, 1)


def test_a_state_is_read_whole_or_refused() -> None:
    state: State = {"encoder/a": np.arange(3, dtype=np.uint8), "decoder/\u00fc": np.zeros(0, np.uint8)}
    body = pack_state(state)
    read = answered_state(body, "it")
    assert list(read) == list(state)
    assert all(np.array_equal(read[name], state[name]) for name in state)
    assert answered_state(b"", "it") == {}
    whole = len(pack_state({"encoder/a": state["encoder/a"]}))
    for cut in set(range(1, len(body))) - {whole}:
        with pytest.raises(CodecFailed, match="it: state is cut short"):
            answered_state(body[:cut], "it")
    with pytest.raises(CodecFailed, match="it: state names 'encoder/a' twice"):
        answered_state(body + body[:whole], "it")


def test_a_refusal_is_told_in_the_words_of_the_other_end_without_secrets() -> None:
    secrets = [("TOKEN", "s3cret")]
    assert told(ReplyStatus.DONE, b"codes", "it", RequestCode.ENCODE) == b"codes"
    with pytest.raises(CodecFailed, match=r"^it: encode whole failed: no \(TOKEN\) for you$"):
        told(ReplyStatus.FAILED, b"no s3cret for\nyou", "it", RequestCode.ENCODE_WHOLE, secrets)
    with pytest.raises(Unsupported, match=r"^it does not offer state: no reason given$"):
        told(ReplyStatus.NOT_OFFERED, b"", "it", RequestCode.STATE)
    with pytest.raises(CodecFailed) as caught:
        told(ReplyStatus.FAILED, b"x" * 500, "it", RequestCode.FLUSH)
    assert str(caught.value) == "it: flush failed: " + "x" * 400
