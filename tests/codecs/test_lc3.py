from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from harness.audio.waveform import Samples, read
from harness.codecs.lc3 import Lc3Codec
from harness.errors import CodecFailed, SuiteInvalid
from harness.runtime.resources import fixture


def speech(frames: int = 100, size: int = 160) -> Samples:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + frames * size].copy()


@pytest.mark.parametrize("frame_ms", [2.5, 5, 7.5, 10])
def test_frames_are_of_one_size_and_the_delay_is_as_declared(frame_ms: float) -> None:
    codec = Lc3Codec(bitrate=64_000, frame_ms=frame_ms)
    pcm = speech(200, codec.info.frame_size)
    codes = codec.open().encode(pcm)
    assert codes.shape == (round(64_000 * frame_ms / 8000), 200)
    decoded = codec.open().decode(codes)
    assert int(correlate(decoded, pcm, method="fft").argmax()) - (len(pcm) - 1) == codec.info.delay


def test_a_lost_frame_is_concealed_and_no_part_of_one_is_taken() -> None:
    codec = Lc3Codec()
    codes = codec.open().encode(speech())
    lost = codes.copy()
    lost[:, 50] = -1
    clean, concealed = codec.open().decode(codes), codec.open().decode(lost)
    gap = slice(50 * 160, 51 * 160)
    np.testing.assert_array_equal(concealed[: gap.start], clean[: gap.start])
    assert not np.array_equal(concealed[gap], clean[gap])
    assert np.sqrt(np.mean(concealed[gap] ** 2)) > 0.1 * np.sqrt(np.mean(clean[gap] ** 2))
    codes[3, 50] = -1
    with pytest.raises(CodecFailed, match="with some bytes -1"):
        codec.open().decode(codes)


def test_a_clone_outlives_its_original() -> None:
    codec = Lc3Codec()
    pcm = speech()
    original = codec.open()
    original.encode(pcm[:1600])
    clone = original.clone()
    wanted = original.encode(pcm[1600:])
    for memory in original.snapshot():
        memory[:] = 255
    original._encoder[:] = 255  # an address into the original would now lead astray
    np.testing.assert_array_equal(clone.encode(pcm[1600:]), wanted)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sample_rate": 44_100}, "lc3: sample_rate is 44100, wanted one of 8000, "),
        ({"frame_ms": 20}, r"lc3: frame_ms is 20, wanted one of 2\.5, "),
        ({"bitrate": 2_000}, "is 2 bytes a frame, wanted 20 to "),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SuiteInvalid, match=said):
        Lc3Codec(**options)
