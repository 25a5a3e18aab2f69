"""SNAC with fewer channels."""

import json
from pathlib import Path

import numpy as np
import torch
from calibration import calibrating
from safetensors.torch import save_file
from snac import SNAC

# The rates and strides of the published 24 kHz model, with fewer channels.
CONFIG = {
    "sampling_rate": 24_000,
    "encoder_dim": 8,
    "encoder_rates": [2, 4, 8, 8],
    "decoder_dim": 128,
    "decoder_rates": [8, 8, 4, 2],
    "attn_window_size": None,
    "codebook_size": 256,
    "codebook_dim": 8,
    "vq_strides": [4, 2, 1],
    "noise": True,
    "depthwise": True,
}


def write_snac(folder: Path, speech: np.ndarray) -> None:
    """Make a folder with config.json and weights; *speech* is float32, shape (T,), at 24 kHz, whole frames of 2048."""
    torch.manual_seed(5)
    model = SNAC(**CONFIG).eval().requires_grad_(False)
    with calibrating(model):
        model(torch.tensor(speech)[None, None])
    (folder / "config.json").write_text(json.dumps(CONFIG))
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
