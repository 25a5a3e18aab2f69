"""What a codec holds back at first: made steady, and checked by the length of the whole."""

import numpy as np
import pytest
from planted.ends import Late

from harness.codecs.protocol import Flushes, Side, decode_whole
from harness.codecs.returned import checked_pcm, guarded
from harness.codecs.sealed import held_back, sealed
from harness.errors import CodecFailed

FRAMES, SIZE = 6, 320


def codes_of(codec):
    pcm = np.sin(np.arange(FRAMES * SIZE) / 9).astype(np.float32)
    return codec.open().encode(pcm)


def flushing(instance):
    assert isinstance(instance, Flushes)
    return instance


def stream(instance, codes, chunk):
    return [instance.decode(codes[:, at : at + chunk].copy()) for at in range(0, FRAMES, chunk)]


@pytest.mark.parametrize(("hold", "chunk"), [(1, 1), (1, 4), (3, 1), (3, 2), (9, 1)])
def test_each_call_gives_its_frames_and_flush_the_rest(hold, chunk):
    codec, plain = sealed(Late("opus", hold)), sealed(Late("opus", hold).inner)
    codes = codes_of(plain)
    instance = flushing(codec.open())
    parts = stream(instance, codes, chunk)
    assert [len(part) for part in parts] == [len(part) for part in stream(plain.open(), codes, chunk)]
    assert held_back(instance) == min(hold, FRAMES) * SIZE
    whole = np.concatenate([*parts, instance.flush()])
    assert not whole[: hold * SIZE].any()  # what is played while nothing has come
    assert np.array_equal(whole[hold * SIZE :], plain.open().decode(codes))
    assert len(instance.flush()) == 0
    assert np.array_equal(decode_whole(codec, codes), plain.open().decode(codes))


def test_a_clone_a_reset_and_a_flush_each_have_a_beginning_of_their_own():
    codec = sealed(Late("opus", 2))
    codes = codes_of(codec)
    instance = codec.open()
    instance.decode(codes[:, :3].copy())
    copy = flushing(instance.clone())
    rest = copy.decode(codes[:, 3:].copy())
    assert np.array_equal(rest, instance.decode(codes[:, 3:].copy()))
    assert len(copy.flush()) == 2 * SIZE
    instance.reset(Side.ENCODER)
    assert held_back(instance) == 2 * SIZE
    instance.reset(Side.DECODER)
    assert held_back(instance) == 0
    fresh = codec.open().decode(codes)
    assert np.array_equal(instance.decode(codes), fresh)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("no-flush", "flush is missing: what the declared start-up holds back never comes"),
        ("short-flush", "flush returned PCM of shape (319,), wanted (320,): 6 frames are 1920 samples in all"),
    ],
)
def test_a_wrong_whole_is_told(fault, words):
    codec = sealed(Late("opus", 1, fault))
    instance, codes = flushing(codec.open()), codes_of(codec)
    stream(instance, codes, 1)
    with pytest.raises(CodecFailed) as failed:
        guarded("flush", instance.flush)
    assert words in str(failed.value)


def test_more_than_is_declared_may_not_be_held_back():
    codec = Late("opus", 2)
    codec.info = Late("opus", 1).info
    instance = sealed(codec).open()
    codes = codes_of(codec.inner)
    instance.decode(codes[:, :1].copy())
    with pytest.raises(CodecFailed, match="320 samples more are missing than the 320 of the declared start-up"):
        guarded("decode", lambda: instance.decode(codes[:, 1:2].copy()))


def test_a_start_up_that_is_not_declared_is_told_with_what_to_do():
    codec = sealed(Late("opus", 1, "undeclared"))
    given = codec.open().decode(codes_of(codec)[:, :1].copy())
    with pytest.raises(CodecFailed, match=r"returned PCM of shape \(0,\), wanted \(320,\); .*CodecInfo: start_up"):
        checked_pcm(given, codec.info, 0, 1, "decode")


def test_a_codec_without_start_up_is_left_alone():
    instance = sealed(Late("opus").inner).open()
    assert not isinstance(instance, Flushes)
    assert held_back(instance) == 0
