"""DAC of a small geometry."""

import warnings
from pathlib import Path

import numpy as np
import torch
from calibration import calibrating

from harness.codecs.without_torchaudio import torchaudio_optional

with torchaudio_optional(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it imports is years old
    from dac.model import DAC

# The rates of the published 24 kHz model, with fewer channels and codebooks.
SETTINGS = {
    "encoder_dim": 8,
    "encoder_rates": [2, 4, 5, 8],
    "decoder_dim": 96,
    "decoder_rates": [8, 5, 4, 2],
    "n_codebooks": 6,
    "codebook_size": 256,
    "codebook_dim": 8,
    "sample_rate": 24_000,
}


def write_dac(path: Path, speech: np.ndarray) -> None:
    """Make a file as Descript publishes it; *speech* is float32, shape (T,), at 24 kHz, whole frames of 320."""
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = DAC(**SETTINGS).eval().requires_grad_(False)
    with calibrating(model):
        model(torch.tensor(speech)[None, None])
    torch.save({"state_dict": model.state_dict(), "metadata": {"kwargs": SETTINGS}}, path)
