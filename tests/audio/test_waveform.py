"""Resampling: the bits of librosa, without its import."""

import numpy as np
import pytest

from harness.audio.speech import load
from harness.audio.waveform import Waveform, resample
from harness.runtime.resources import fixture


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("name", ["slt-04", "awb-02"])
def test_the_bits_are_those_of_librosa(name: str, rate: int) -> None:
    import librosa

    (speech,) = [one.waveform() for one in load(fixture("speech")) if one.id == name]
    wanted = librosa.resample(speech.samples, orig_sr=speech.sample_rate, target_sr=rate, res_type="soxr_hq")
    made = resample(speech, rate)
    assert made.sample_rate == rate
    assert made.samples.dtype == np.float32
    assert np.array_equal(made.samples, wanted)


@pytest.mark.parametrize("length", [1, 2, 7, 100])
def test_the_length_is_rounded_up(length: int) -> None:
    short = Waveform(np.ones(length, dtype=np.float32), 24_000)
    assert len(resample(short, 16_000).samples) == -(-length * 2 // 3)


def test_the_same_rate_is_the_same_object() -> None:
    speech = Waveform(np.ones(10, dtype=np.float32), 24_000)
    assert resample(speech, 24_000) is speech
