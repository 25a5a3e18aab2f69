"""Instances inside a long-lived program: opened, reset, copied, closed, and lost with it."""

import gc
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from programs import SAMPLE, SERVER, written

from harness.audio.waveform import read
from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.served import whole_of
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed
from harness.runtime.resources import fixture


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + 40 * 320]


@pytest.fixture(scope="module")
def served() -> CommandCodec:
    return CommandCodec(serve=[*SAMPLE, "serve"])


def test_reset_and_state_are_per_side(served: CommandCodec, speech: np.ndarray) -> None:
    instance = served.open()
    fresh = instance.state()
    assert set(fresh) == {"encoder/predictor", "decoder/predictor"}
    instance.decode(instance.encode(speech))
    used = instance.state()
    instance.reset(Side.ENCODER)
    assert np.array_equal(instance.state()["encoder/predictor"], fresh["encoder/predictor"])
    assert np.array_equal(instance.state()["decoder/predictor"], used["decoder/predictor"])
    assert not np.array_equal(used["decoder/predictor"], fresh["decoder/predictor"])


def test_instances_that_nobody_holds_are_closed(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        """
        opened = set()
        while head := sys.stdin.buffer.read(4):
            message = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
            request, number = struct.unpack_from("<BI", message)
            body = b""
            if request == 0:
                body = struct.pack("<IIIIIIBf", 1, 16000, 2, 1, 9, 0, 1, 0.0)
            elif request == 1:
                opened.add(number)
            elif request == 2:
                opened.remove(number)
            elif request == 3:
                body = struct.pack("<i", len(opened))
            sys.stdout.buffer.write(struct.pack("<I", 1 + len(body)) + b"\\0" + body)
            sys.stdout.buffer.flush()
        """,
    )
    codec = CommandCodec(serve=program)
    for _ in range(3):
        codec.open()
        gc.collect()
    assert codec.open().encode(np.zeros(2, np.float32)).item() == 1


COUNTS_WHAT_IS_OPEN = """
count = 0
while True:
    asked = request()[0]
    count += {1: 1, 2: -1}.get(asked, 0)
    body = {0: HELLO, 3: struct.pack("<ii", count, count), 4: struct.pack("<f", count / 8) * 320}
    answer(b"\\2" if asked in (8, 9) else b"\\0" + body.get(asked, b""))
"""


def test_a_whole_signal_leaves_no_instance_open(tmp_path: Path) -> None:
    codec = CommandCodec(serve=written(tmp_path, SERVER + COUNTS_WHAT_IS_OPEN))
    held, silence = codec.open(), np.zeros(320, np.float32)
    for _ in range(2):
        codes = codec.encode_offline(silence)
        assert codes.tolist() == [[2], [2]]  # ours, and its own
        assert held.encode(silence).tolist() == [[1], [1]]
        assert codec.decode_offline(codes)[0] == 2 / 8
        assert held.decode(codes)[0] == 1 / 8


def test_the_instance_of_a_whole_signal_that_cannot_be_closed_is_told_as_its_own(tmp_path: Path) -> None:
    refusing = OFFERS_LITTLE.replace("asked in (7, 8) else", 'asked in (7, 8) else b"\\1stuck" if asked == 2 else')
    codec = CommandCodec(serve=written(tmp_path, SERVER + refusing))
    with pytest.raises(CodecFailed, match=r"^closing the instance of this call: .* close failed: stuck"):
        codec.encode_offline(np.zeros(320, np.float32))


def test_a_close_that_fails_is_told_as_that_of_an_earlier_stream(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        """
        while head := sys.stdin.buffer.read(4):
            message = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
            hello = struct.pack("<IIIIIIBf", 1, 16000, 2, 1, 9, 0, 1, 0.0)
            answer = {0: b"\\0" + hello, 2: b"\\1it is stuck"}.get(message[0], b"\\0")
            sys.stdout.buffer.write(struct.pack("<I", len(answer)) + answer)
            sys.stdout.buffer.flush()
        """,
    )
    codec = CommandCodec(serve=program)
    codec.open()
    with pytest.raises(CodecFailed, match=r"closing what an earlier stream has left: .*it is stuck"):
        codec.open()


def test_the_program_ends_with_the_codec() -> None:
    codec = CommandCodec(serve=[*SAMPLE, "serve"])
    process = cast(Any, codec._codec)._server._process  # there is no other way to ask
    assert process.poll() is None
    del codec
    gc.collect()
    assert process.poll() is not None


def test_wrong_input_is_refused_before_the_program_sees_it(served: CommandCodec) -> None:
    instance = served.open()
    with pytest.raises(CodecFailed, match="wanted a whole number of frames"):
        instance.encode(np.zeros(7, np.float32))
    with pytest.raises(CodecFailed, match=r"codes from 16 to 16, wanted -1 to 15"):
        instance.decode(np.full((320, 1), 16))


def test_a_lost_program_is_started_again_for_the_next_instance(tmp_path: Path) -> None:
    code = """
while True:
    message = request()
    if message[0] == 3: os.kill(os.getpid(), 9)
    answer(b"\\0" + (HELLO if message[0] == 0 else b""))
"""
    codec = CommandCodec(serve=written(tmp_path, SERVER + code))
    first, second = codec.open(), codec.open()
    with pytest.raises(CodecFailed, match="killed by SIGKILL during encode"):
        first.encode(np.zeros(320, np.float32))
    with pytest.raises(CodecFailed, match=r"the program is gone since an earlier call failed \(.*SIGKILL"):
        second.reset(Side.BOTH)
    codec.open().reset(Side.BOTH)


OFFERS_LITTLE = """
while True:
    asked = request()[0]
    answer(b"\\2" if asked in (7, 8) else b"\\0" + {0: HELLO, 3: bytes(8)}.get(asked, b""))
"""


def test_without_a_whole_encoding_a_fresh_instance_encodes_and_without_a_state_there_is_none(tmp_path: Path) -> None:
    codec = CommandCodec(serve=written(tmp_path, SERVER + OFFERS_LITTLE))
    assert np.array_equal(codec.encode_offline(np.zeros(320, np.float32)), [[0], [0]])
    assert codec.open().state() == {}


def test_a_program_that_says_something_else_of_itself_is_another_codec(tmp_path: Path) -> None:
    program = written(tmp_path, SERVER + "request(); answer(b'\\0' + HELLO + open('name', 'rb').read()); request()")
    infos = []
    for name in ("one", "one", "two"):
        (tmp_path / "name").write_text(name)
        infos.append(CommandCodec(serve=program, folder=str(tmp_path)).info)
    assert [info.description.partition(",")[0] for info in infos] == ["one", "one", "two"]
    assert infos[0].fingerprint == infos[1].fingerprint != infos[2].fingerprint


@pytest.mark.parametrize("hold", [0, 2])
def test_a_whole_signal_comes_with_what_is_held_back(hold: int, speech: np.ndarray) -> None:
    codec = load("pcm", {"hold": hold})
    codes = codec.open().encode(speech)
    assert np.array_equal(whole_of(codec.open(), codes, codec.info), speech)
