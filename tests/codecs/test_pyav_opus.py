from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from harness.audio.waveform import Samples, read, resample
from harness.codecs.opus.codec import OpusCodec
from harness.codecs.protocol import Side
from harness.codecs.pyav_opus import FRAME, PyAvOpusCodec
from harness.errors import CodecFailed, SuiteInvalid
from harness.runtime.resources import fixture


def speech(frames: int = 40) -> Samples:
    samples = resample(read(fixture("speech") / "heart-01.flac"), 48_000).samples
    return samples[24_000 : 24_000 + frames * FRAME].copy()


@pytest.mark.parametrize("application", ["audio", "voip", "lowdelay"])
def test_the_delay_is_as_declared(application: str) -> None:
    codec = PyAvOpusCodec(64_000, application=application)
    pcm = speech()
    decoded = codec.open().decode(codec.open().encode(pcm))
    lag = int(correlate(decoded, pcm, method="fft").argmax()) - (len(pcm) - 1)
    assert abs(lag - codec.info.delay) <= 1  # voip's high-pass moves the peak by a sample


def test_packets_are_those_of_the_same_libopus_and_samples_to_16_bits() -> None:
    codec, same = PyAvOpusCodec(), OpusCodec(sample_rate=48_000, library="pyav")
    codes = codec.open().encode(speech())
    np.testing.assert_array_equal(codes, same.open().encode(speech()))
    np.testing.assert_allclose(codec.open().decode(codes), same.open().decode(codes), rtol=0, atol=1 / 32768)


def test_a_reset_makes_a_side_anew() -> None:
    codec = PyAvOpusCodec()
    used = codec.open()
    used.encode(speech())
    used.reset(Side.ENCODER)
    np.testing.assert_array_equal(used.encode(speech()), codec.open().encode(speech()))


def test_what_it_cannot_do_is_refused() -> None:
    instance = PyAvOpusCodec().open()
    with pytest.raises(CodecFailed, match="cannot copy a context"):
        instance.clone()
    with pytest.raises(CodecFailed, match="this codec conceals none"):
        instance.decode(np.full((40, 1), -1, np.int64))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bitrate": 16_100}, "bitrate is 16100, wanted a multiple of 400"),
        ({"complexity": 11}, "complexity is 11, wanted 0 to 10"),
        ({"application": "radio"}, "application is 'radio', wanted one of voip, audio, lowdelay"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SuiteInvalid, match=said):
        PyAvOpusCodec(**options)
