"""
EnCodec and DAC as the package `transformers` computes them, with the weights of the original packages.

The numbers are the same, the names are not: EnCodec's are renamed one by one. DAC's are in the same order there, but a
weight stands for its direction and length, which `transformers` keeps multiplied out.

Source: `transformers.models.encodec`, `transformers.models.dac` (4.57).
"""

import re
from typing import Any

import torch
from torch.nn.utils import remove_weight_norm

from harness.errors import MissingExtra, WeightsInvalid

try:
    from transformers import DacConfig, DacModel, EncodecConfig, EncodecModel
except ImportError as error:
    raise MissingExtra(f"library = 'transformers' needs that package ({error}); pip install 'transformers<5'") from None

_ENCODEC = (
    (r"^(encoder|decoder)\.model\.", r"\1.layers."),
    (r"\.(conv|convtr)\.\1\.", ".conv."),
    (r"\.weight_g$", ".parametrizations.weight.original0"),
    (r"\.weight_v$", ".parametrizations.weight.original1"),
    (r"^quantizer\.vq\.", "quantizer."),
    (r"\._codebook\.", ".codebook."),
)
_UNIT = ("snake1", "conv1", "snake2", "conv2")  # a residual unit of DAC
_BLOCKS = {
    "encoder": ("res_unit1", "res_unit2", "res_unit3", "snake1", "conv1"),
    "decoder": ("snake1", "conv_t1", "res_unit1", "res_unit2", "res_unit3"),
}


class TransformersEncodec:
    """EnCodec at 24 kHz with the weights of *original*, Meta's model, at *bandwidth* kb/s."""

    def __init__(self, original: Any, bandwidth: float) -> None:
        self._bandwidth = bandwidth
        self._model = EncodecModel(EncodecConfig())
        _fill(self._model, {_renamed(name): tensor for name, tensor in original.state_dict().items()})

    def encode(self, pcm: torch.Tensor) -> torch.Tensor:
        """Encode (1, 1, T) to codes (1, K, F)."""
        codes: torch.Tensor = self._model.encode(pcm, bandwidth=self._bandwidth).audio_codes[0]
        return codes

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Decode (1, K, F) to (1, 1, T)."""
        pcm: torch.Tensor = self._model.decode(codes[None], [None]).audio_values
        return pcm


class TransformersDac:
    """DAC with the weights of *original*, Descript's model, which sends *codebooks*."""

    def __init__(self, original: Any, codebooks: int) -> None:
        self._codebooks = codebooks
        self._model = DacModel(
            DacConfig(
                encoder_hidden_size=original.encoder_dim,
                downsampling_ratios=list(original.encoder_rates),
                decoder_hidden_size=original.decoder_dim,
                n_codebooks=original.n_codebooks,
                codebook_size=original.codebook_size,
                codebook_dim=original.codebook_dim,
                sampling_rate=original.sample_rate,
            )
        )
        for module in original.modules():
            if hasattr(module, "weight_g"):
                remove_weight_norm(module)
        last = {side: max(_places(original, stem)) for side, stem in _STEMS.items()}
        _fill(self._model, {_of_dac(name, last): tensor for name, tensor in original.state_dict().items()})

    def encode(self, pcm: torch.Tensor) -> torch.Tensor:
        """Encode (1, 1, T) to codes (1, K, F)."""
        codes: torch.Tensor = self._model.encode(pcm, n_quantizers=self._codebooks).audio_codes
        return codes

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Decode (1, K, F) to (1, 1, T)."""
        pcm: torch.Tensor = self._model.decode(audio_codes=codes).audio_values
        return pcm.reshape(1, 1, -1)


_STEMS = {"encoder": "encoder.block.", "decoder": "decoder.model."}


def _renamed(name: str) -> str:
    for pattern, replacement in _ENCODEC:
        name = re.sub(pattern, replacement, name)
    return name


def _places(original: Any, stem: str) -> set[int]:
    names = [name.removeprefix(stem) for name in original.state_dict() if name.startswith(stem)]
    return {int(name.partition(".")[0]) for name in names}


def _of_dac(name: str, last: dict[str, int]) -> str:
    """Return the name in `transformers` of a tensor of DAC; *last* is the place of each side's last convolution."""
    side, _, rest = name.partition(".")
    if side not in _STEMS:
        return name
    place, *inner = rest.split(".")[1:]
    leaf = inner.pop()
    at = int(place)
    if at in (0, last[side] - 1, last[side]):
        return f"{side}.{'conv1' if at == 0 else 'conv2' if at == last[side] else 'snake1'}.{leaf}"
    parts = [_BLOCKS[side][int(inner[1])]]  # encoder.block.1 . block.0 . block.3
    if len(inner) > 2:
        parts.append(_UNIT[int(inner[3])])
    return ".".join([side, "block", str(at - 1), *parts, leaf])


def _fill(model: Any, weights: dict[str, torch.Tensor]) -> None:
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsInvalid(
            f"the weights do not fit the model of transformers: {str(error).splitlines()[-1].strip():.200}"
        ) from error
    model.eval().requires_grad_(False)
