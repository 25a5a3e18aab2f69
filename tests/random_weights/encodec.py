"""EnCodec at 24 kHz, its own geometry."""

import warnings
from pathlib import Path

import numpy as np
import torch
from calibration import calibrating
from safetensors.torch import save_file

from harness.codecs.without_torchaudio import torchaudio_optional

with torchaudio_optional():
    from encodec.model import EncodecModel


def write_encodec(path: Path, speech: np.ndarray) -> None:
    """Make a safetensors file; *speech* is float32, shape (T,), at 24 kHz, whole frames of 320."""
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = EncodecModel.encodec_model_24khz(pretrained=False).eval().requires_grad_(False)
    with calibrating(model.encoder):
        latent = model.encoder(torch.tensor(speech)[None, None])
    rest = latent[0].t().repeat(1 + 1024 // latent.shape[-1], 1)
    rest = rest + 0.3 * rest.std() * torch.randn(rest.shape)
    for layer in model.quantizer.vq.layers:
        codebook = layer._codebook
        codebook.embed.copy_(rest[torch.randperm(len(rest))[:1024]])
        codebook.inited.fill_(1)
        rest = rest - codebook.embed[torch.cdist(rest, codebook.embed).argmin(-1)] * 0.9
    with calibrating(model.decoder):
        model.decoder(latent)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)
