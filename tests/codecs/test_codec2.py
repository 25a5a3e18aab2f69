import numpy as np
import pytest

from harness.audio.waveform import Samples, read, resample
from harness.codecs.codec2 import MODES, Codec2Codec
from harness.codecs.protocol import Side
from harness.errors import CodecFailed, SuiteInvalid
from harness.runtime.resources import fixture


def speech(size: int, frames: int = 20) -> Samples:
    samples = resample(read(fixture("speech") / "heart-01.flac"), 8_000).samples
    return samples[8_000 : 8_000 + frames * size].copy()


@pytest.mark.parametrize("mode", MODES)
def test_frames_are_of_one_size_however_they_are_called_and_come_back(mode: int) -> None:
    codec = Codec2Codec(mode)
    pcm = speech(codec.info.frame_size)
    codes = codec.open().encode(pcm)
    assert codes.shape == (codec.info.codebooks, 20)
    single = codec.open()
    parts = [single.encode(frame) for frame in pcm.reshape(20, -1)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), codes)
    decoded = codec.open().decode(codes)
    assert decoded.shape == pcm.shape
    assert np.sqrt(np.mean(decoded**2)) > 0.1 * np.sqrt(np.mean(pcm**2))


def test_a_reset_encoder_is_as_fresh() -> None:
    codec = Codec2Codec()
    pcm = speech(codec.info.frame_size)
    used = codec.open()
    used.encode(pcm)
    assert not np.array_equal(used.encode(pcm), codec.open().encode(pcm))
    used.reset(Side.ENCODER)
    np.testing.assert_array_equal(used.encode(pcm), codec.open().encode(pcm))


def test_decoders_share_a_random_generator() -> None:
    """It is libcodec2 1.2's: if this fails it was mended, and docs/findings.md wants a line."""
    codec = Codec2Codec()
    codes = codec.open().encode(speech(codec.info.frame_size))
    assert not np.array_equal(codec.open().decode(codes), codec.open().decode(codes))


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(SuiteInvalid, match="codec2: mode is 1000, wanted one of 700, "):
        Codec2Codec(1_000)
    codec = Codec2Codec()
    with pytest.raises(CodecFailed, match="cannot copy the state"):
        codec.open().clone()
    with pytest.raises(CodecFailed, match="this codec conceals none"):
        codec.open().decode(np.full((codec.info.codebooks, 1), -1, np.int64))
