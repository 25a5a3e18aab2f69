import functools
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate, resample_poly

from harness.audio.waveform import Samples, read
from harness.codecs.opus.codec import OpusCodec
from harness.codecs.protocol import Codec, Codes, Instance, Side
from harness.errors import CodecFailed, SuiteInvalid
from harness.runtime.resources import fixture


@functools.cache
def speech(rate: int, utterance: str = "heart-01") -> Samples:
    waveform = read(fixture("speech") / f"{utterance}.flac")
    assert waveform.sample_rate == 16_000
    return np.asarray(resample_poly(waveform.samples[8_000:40_000], rate, 16_000), np.float32)


def whole(codec: Codec, pcm: Samples) -> Samples:
    size = codec.info.frame_size
    return pcm[: len(pcm) // size * size]


def through(codec: Codec, pcm: Samples) -> Samples:
    return codec.open().decode(codec.open().encode(pcm))


@pytest.mark.parametrize("frame_ms", [2.5, 5, 10, 20, 40, 60])
@pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 24_000, 48_000])
def test_packets_are_of_one_size_and_frames_come_back(rate: int, frame_ms: float) -> None:
    codec = OpusCodec(bitrate=24_000, frame_ms=frame_ms, sample_rate=rate)
    pcm = whole(codec, speech(rate)[: rate // 4])
    codes = codec.open().encode(pcm)
    assert codes.shape == (round(24_000 * frame_ms / 8000), len(pcm) // codec.info.frame_size)
    assert through(codec, pcm).shape == pcm.shape


@pytest.mark.parametrize("application", ["audio", "voip", "lowdelay"])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_declared_delay_is_where_the_speech_is(rate: int, application: str) -> None:
    codec = OpusCodec(bitrate=64_000, sample_rate=rate, application=application)
    pcm = whole(codec, speech(rate))
    decoded = through(codec, pcm)
    lag = int(correlate(decoded, pcm, method="fft").argmax()) - (len(pcm) - 1)
    assert lag == codec.info.delay
    assert codec.info.delay == {"audio": 6.5, "voip": 6.5, "lowdelay": 2.5}[application] * rate / 1000


def test_more_bits_are_closer_to_the_speech() -> None:
    def error(bitrate: int) -> float:
        codec = OpusCodec(bitrate=bitrate)
        pcm = whole(codec, speech(16_000))
        delay = codec.info.delay
        return float(np.mean((through(codec, pcm)[delay:] - pcm[:-delay]) ** 2))

    assert error(64_000) < error(16_000) / 4 < error(6_000) / 4


def test_a_lost_packet_is_concealed_not_silent() -> None:
    codec = OpusCodec()
    pcm = whole(codec, speech(16_000))
    codes = codec.open().encode(pcm)
    lost = codes.copy()
    lost[:, 20] = -1
    clean, concealed = codec.open().decode(codes), codec.open().decode(lost)
    size = codec.info.frame_size
    gap = slice(20 * size, 21 * size)
    np.testing.assert_array_equal(concealed[: gap.start], clean[: gap.start])
    assert not np.array_equal(concealed[gap], clean[gap])
    assert np.sqrt(np.mean(concealed[gap] ** 2)) > 0.3 * np.sqrt(np.mean(clean[gap] ** 2))


def test_a_packet_lost_in_part_is_refused() -> None:
    codec = OpusCodec()
    codes = codec.open().encode(whole(codec, speech(16_000)))
    codes[3, 0] = -1
    with pytest.raises(CodecFailed, match="some bytes -1"):
        codec.open().decode(codes)


def test_a_packet_with_a_wrong_header_gives_a_clear_error() -> None:
    codec = OpusCodec()
    codes = codec.open().encode(whole(codec, speech(16_000)))
    with pytest.raises(CodecFailed, match=r"libopus says|header is wrong"):
        codec.open().decode(codes[::-1].copy())


def dirtied(codec: OpusCodec, pcm: Samples) -> Instance:
    instance = codec.open()
    instance.decode(instance.encode(pcm))
    return instance


def test_reset_of_the_default_codec_acts_like_a_fresh_instance() -> None:
    codec = OpusCodec()
    pcm, other = whole(codec, speech(16_000)), whole(codec, speech(16_000, "slt-01"))
    instance = dirtied(codec, other)
    instance.reset(Side.BOTH)
    codes: Codes = instance.encode(pcm)
    np.testing.assert_array_equal(codes, codec.open().encode(pcm))
    np.testing.assert_array_equal(instance.decode(codes), codec.open().decode(codes))


def test_libopus_forgets_to_reset_one_field_at_48_khz_and_10_ms() -> None:
    codec = OpusCodec(bitrate=16_000, frame_ms=10, sample_rate=48_000)
    utterance = read(fixture("speech") / "heart-01.flac").samples
    pcm = whole(codec, resample_poly(utterance, 48_000, 16_000).astype(np.float32))
    fresh_codes = codec.open().encode(pcm)
    instance = dirtied(codec, pcm)
    instance.reset(Side.BOTH)
    survivors = instance.state()["encoder/state"].view(np.int32) != codec.open().state()["encoder/state"].view(np.int32)
    assert 0 < survivors.sum() < 20
    assert not np.array_equal(instance.encode(pcm), fresh_codes), (
        "libopus was mended: say so in harness/codecs/opus/codec.py"
    )


def test_a_snapshot_can_be_put_back_more_than_once() -> None:
    codec = OpusCodec()
    pcm = whole(codec, speech(16_000))
    instance = codec.open()
    instance.encode(pcm[: 10 * 320])
    snapshot = instance.snapshot()
    expected = instance.encode(pcm[10 * 320 :])
    for target in (instance, codec.open()):
        target.restore(snapshot)
        np.testing.assert_array_equal(target.encode(pcm[10 * 320 :]), expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sample_rate": 44_100}, "sample_rate is 44100, wanted one of 8000, 12000"),
        ({"frame_ms": 30}, "frame_ms is 30, wanted one of 2.5, 5.0"),
        ({"complexity": 11}, "complexity is 11"),
        ({"application": "music"}, "application is 'music', wanted one of voip, audio, lowdelay"),
        ({"bitrate": 6_000, "frame_ms": 2.5}, "2 bytes a packet, wanted 3 or more"),
        ({"bitrate": 0}, "wanted 3 or more"),
        ({"bitrate": 5_000_000}, "libopus cannot keep 5000000 b/s"),
    ],
)
def test_options_that_libopus_cannot_do_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SuiteInvalid, match=words):
        OpusCodec(**options)


def test_fingerprint_changes_with_every_option() -> None:
    options: tuple[dict[str, Any], ...] = (
        {},
        {"bitrate": 24_000},
        {"frame_ms": 10},
        {"complexity": 5},
        {"application": "voip"},
    )
    assert len({OpusCodec(**option).info.fingerprint for option in options}) == len(options)
    assert OpusCodec().info.fingerprint == OpusCodec().info.fingerprint


def test_without_a_library_the_import_says_so() -> None:
    script = (
        "import ctypes.util\n"
        "ctypes.util.find_library = lambda name: None\n"
        "from harness.codecs.loading import load\n"
        "from harness.errors import MissingExtra\n"
        "try: load('opus', {})\n"
        "except MissingExtra as error: print(error)\n"
    )
    environment = {**os.environ, "OPUSLIB_NEXT_USE_SYSTEM_LIB": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "System libopus could not be found" in done.stdout, done.stderr
    assert "pip install 'codec-harness[opus]'" in done.stdout
