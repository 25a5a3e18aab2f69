"""
A Mimi checkpoint of Kyutai's full geometry, made from random weights, in the file layout that Kyutai releases.

Random weights alone would do: every layer would shrink or blow up the signal, all frames would get the same codes, and
state would hardly matter. So each convolution is scaled to pass speech on at the same loudness, the codebooks are made
of what they are to quantise, and the transformers add a third of their output instead of the hundredth they begin with.
What is bit-exact with these weights follows from the flow of data and holds for trained ones; how audible a fault is
does not carry over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from moshi.models import loaders
from moshi.modules.conv import NormConv1d, NormConvTranspose1d
from safetensors.torch import save_file

CODEBOOKS = 8
FRAME = 1920
LAYER_SCALE = 0.3


def write_checkpoint(path: Path, speech: np.ndarray) -> None:
    """Make the checkpoint; *speech* is float32, shape (T,), at 24 kHz, a few seconds."""
    torch.manual_seed(20)
    model = loaders.get_mimi(None, num_codebooks=CODEBOOKS).requires_grad_(False)
    pcm = torch.from_numpy(speech[: len(speech) // FRAME * FRAME])[None, None]
    with torch.no_grad():
        with _calibrating(model, ("encoder.", "downsample")):
            latent = model._encode_to_unquantized_latent(pcm)
        for quantizer in (model.quantizer.rvq_first, model.quantizer.rvq_rest):
            _fill_codebooks(quantizer, latent)
        codes = model.encode(pcm)
        with _calibrating(model, ("decoder.", "upsample")):
            model.decode(codes)
    *_, last = (m for name, m in model.named_modules() if name.startswith("decoder.") and isinstance(m, NormConv1d))
    last.conv.weight.mul_(0.1)  # speech is about this loud
    weights = {_released(name): tensor.contiguous().clone() for name, tensor in model.state_dict().items()}
    for name, tensor in weights.items():
        if "layer_scale" in name:
            tensor.fill_(LAYER_SCALE)
    save_file(weights, path)


def _released(name: str) -> str:
    # The released file is older than moshi's present names; moshi itself renames them when it loads.
    name = name.replace("self_attn.in_projs.0.weight", "self_attn.in_proj_weight")
    return name.replace("self_attn.out_projs.0.weight", "self_attn.out_proj.weight")


@contextmanager
def _calibrating(model: torch.nn.Module, parts: tuple[str, ...]) -> Iterator[None]:
    """Within the context, each convolution that runs is scaled so that its output has variance 1."""

    def scale(module: Any, arguments: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        convolution = module.conv if isinstance(module, NormConv1d) else module.convtr
        loudness = (output - output.mean((0, 2), keepdim=True)).pow(2).mean().sqrt().clamp(min=1e-8)
        convolution.weight.div_(loudness)
        if convolution.bias is not None:
            convolution.bias.mul_(0.1)
        scaled: torch.Tensor = convolution(arguments[0])
        return scaled

    kinds = (NormConv1d, NormConvTranspose1d)
    hooks = [
        module.register_forward_hook(scale)
        for name, module in model.named_modules()
        if name.startswith(parts) and isinstance(module, kinds)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _fill_codebooks(quantizer: Any, latent: torch.Tensor) -> None:
    """Sample each level's entries from what the levels before it leave over; those that no test uses stay random."""
    vectors = quantizer.input_proj(latent)[0].t()
    repeats = 1 + 4096 // len(vectors)
    rest = vectors.repeat(repeats, 1)
    rest = rest + 0.5 * vectors.std() * torch.randn(rest.shape)
    for level, layer in enumerate(quantizer.vq.layers):
        codebook = layer._codebook
        codebook.cluster_usage.fill_(1.0)
        codebook._initialized.fill_(1.0)
        codebook._embedding = None
        if level >= CODEBOOKS:
            codebook.embedding_sum.normal_()
            continue
        chosen = rest[torch.randperm(len(rest))[: codebook.codebook_size]] * 0.9
        codebook.embedding_sum.copy_(chosen)
        rest = rest - chosen[torch.cdist(rest, chosen).argmin(-1)]
