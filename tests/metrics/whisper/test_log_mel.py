"""Whisper's input without torch is that of openai-whisper."""

import numpy as np
import pytest
import torch
import whisper
from whisper.audio import mel_filters as filters_of_whisper

from harness.audio.waveform import Samples, Waveform
from harness.metrics.whisper.log_mel import log_mel, mel_filters

RATE = 16_000


def _clips(speech: Waveform) -> dict[str, Samples]:
    long = np.tile(speech.samples, 7)
    return {
        "speech": speech.samples,
        "ends inside of a frame": speech.samples[:20_001],
        "one sample": speech.samples[9_000:9_001],
        "fills the window": long[: 30 * RATE],
        "longer than the window": long[: 31 * RATE],
        "quiet": speech.samples * np.float32(1e-4),
        "silence": np.zeros(RATE, np.float32),
    }


@pytest.mark.parametrize("bands", [80, 128])
def test_the_bands_are_those_of_whisper(bands: int) -> None:
    assert np.abs(mel_filters(bands) - filters_of_whisper("cpu", bands).numpy()).max() < 1e-8


@pytest.mark.parametrize("bands", [80, 128])
def test_the_spectrogram_is_that_of_whisper(speech: Waveform, bands: int) -> None:
    for name, samples in _clips(speech).items():
        theirs = whisper.log_mel_spectrogram(whisper.pad_or_trim(torch.from_numpy(samples)), n_mels=bands).numpy()
        ours = log_mel(samples, bands)
        assert ours.dtype == np.float32
        assert ours.shape == theirs.shape == (bands, 3000)
        assert np.abs(ours - theirs).max() < 5e-5, name
