"""
Kyutai's Mimi weights, and the embedded small ones, in the `MimiModel` of the package `transformers`.

The two libraries lay out the same numbers differently: names, one matrix for queries, keys and values against three,
and rotary positions by neighbouring channels (Kyutai) against halves of a head (`transformers`), which is undone by
reordering rows.
"""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import MimiConfig, MimiModel
from transformers.models.mimi.modeling_mimi import MimiDecoder

from harness.codecs.mimi.model import CONFIG, Geometry, read_geometry, read_weights
from harness.errors import CodecUnavailable, WeightsInvalid
from harness.files import given

HUB = "hf://"

_NAMES = (
    (r"^(encoder|decoder)\.model\.", r"\1.layers."),
    (r"^(encoder|decoder)_transformer\.transformer\.", r"\1_transformer."),
    (r"\.(convtr\.)+|\.(conv\.)+", ".conv."),
    (r"\.layer_scale_1\.", ".self_attn_layer_scale."),
    (r"\.layer_scale_2\.", ".mlp_layer_scale."),
    (r"\.linear([12])\.", r".mlp.fc\1."),
    (r"\.norm1\.", ".input_layernorm."),
    (r"\.norm2\.", ".post_attention_layernorm."),
    (r"\.out_projs\.0\.|\.out_proj\.", ".o_proj."),
    (r"^quantizer\.rvq_first\.(vq\.)?", "quantizer.semantic_residual_vector_quantizer."),
    (r"^quantizer\.rvq_rest\.(vq\.)?", "quantizer.acoustic_residual_vector_quantizer."),
    (r"\._codebook\._?", ".codebook."),
    (r"\.embedding_sum$", ".embed_sum"),
)


def load_folder(folder: Path) -> tuple[MimiModel, int]:
    """Return the small Mimi in *folder* (see `harness.codecs.mimi.model`) and its declared delay in samples."""
    geometry = read_geometry(folder)
    model = _build(geometry)
    path = folder / geometry.weights
    _fill(model, path, read_weights(path, geometry.weights_sha256))
    return model, geometry.delay


def load_kyutai(path: Path) -> MimiModel:
    """Return Kyutai's full-size Mimi from a safetensors file in Kyutai's layout."""
    if path.suffix != ".safetensors":
        raise WeightsInvalid(f"{path}: wanted a .safetensors file; pickles can run code")
    config = MimiConfig(use_cache=True)
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsInvalid(f"{path}: not a whole safetensors file ({error}); fetch it again") from error
    model = MimiModel(config)
    _fill(model, path, weights)
    return model


def load_pretrained(source: str) -> MimiModel:
    """
    Return a Mimi in the layout of `transformers`, from a folder or from `hf://OWNER/REPOSITORY`.

    Raises `WeightsInvalid` if it cannot be loaded or lacks a weight, `CodecUnavailable` if a repository cannot be had.
    """
    name = source.removeprefix(HUB)
    try:
        model, loaded = MimiModel.from_pretrained(
            name, local_files_only=not source.startswith(HUB), use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # each kind of damage has its own: RuntimeError, TypeError, OSError, ...
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        kind = CodecUnavailable if source.startswith(HUB) else WeightsInvalid
        raise kind(f"{source}: transformers cannot load it ({reason})") from error
    if missing := sorted(loaded["missing_keys"]):  # transformers would draw them by chance
        raise WeightsInvalid(f"{source}: {len(missing)} weights are missing, such as {missing[0]}; fetch it again")
    model.config.use_cache = True
    return model


def is_small_mimi(folder: Path) -> bool:
    """Tell whether *folder* holds a small Mimi of this harness, rather than one in the layout of `transformers`."""
    return "model_type" not in given.json_file(folder / CONFIG, WeightsInvalid, wanted="the configuration of a Mimi")


def _build(geometry: Geometry) -> MimiModel:
    if geometry.pack != 2:
        raise WeightsInvalid(
            f"transformers' Mimi always packs 2 blocks into a frame, but these weights {geometry.pack}"
        )

    def config(filters: int) -> MimiConfig:
        return MimiConfig(
            sampling_rate=geometry.sample_rate,
            frame_rate=geometry.sample_rate / geometry.frame_size,
            hidden_size=geometry.dimension,
            num_filters=filters,
            num_residual_layers=geometry.residual_layers,
            upsampling_ratios=list(geometry.ratios),
            codebook_size=geometry.bins,
            codebook_dim=geometry.codebook_dimension,
            num_quantizers=geometry.codebooks,
            vector_quantization_hidden_dimension=geometry.codebook_dimension,
            upsample_groups=1,
            num_hidden_layers=geometry.layers,
            intermediate_size=geometry.feedforward,
            num_attention_heads=geometry.heads,
            num_key_value_heads=geometry.heads,
            sliding_window=geometry.context,
            use_cache=True,
        )

    model = MimiModel(config(geometry.encoder_filters))
    if geometry.decoder_filters != geometry.encoder_filters:
        model.decoder = MimiDecoder(config(geometry.decoder_filters))
    # transformers leaves the projections around a quantiser out where they would be square; Kyutai's always has them.
    for quantizer in (
        model.quantizer.semantic_residual_vector_quantizer,
        model.quantizer.acoustic_residual_vector_quantizer,
    ):
        outer, inner = geometry.dimension, geometry.codebook_dimension
        quantizer.input_proj = torch.nn.Conv1d(outer, inner, 1, bias=False)
        quantizer.output_proj = torch.nn.Conv1d(inner, outer, 1, bias=False)
    return model


def _fill(model: MimiModel, path: Path, weights: dict[str, torch.Tensor]) -> None:
    try:
        model.load_state_dict(_converted(weights, model.config.head_dim))
    except (RuntimeError, ValueError) as error:  # ValueError: there are no three matrices to part
        lines = [line.strip() for line in str(error).splitlines()]
        raise WeightsInvalid(f"{path}: does not fit transformers' Mimi: {lines[-1]:.200}") from error


def _converted(weights: dict[str, torch.Tensor], head_dimension: int) -> dict[str, Any]:
    converted = {}
    for name, tensor in weights.items():
        for pattern, replacement in _NAMES:
            name = re.sub(pattern, replacement, name)
        tensor = tensor.float()
        if name.endswith(("in_projs.0.weight", "in_proj_weight")):
            stem = name.partition("in_proj")[0]
            query, key, value = tensor.chunk(3)
            converted[f"{stem}q_proj.weight"] = _halves(query, head_dimension)
            converted[f"{stem}k_proj.weight"] = _halves(key, head_dimension)
            converted[f"{stem}v_proj.weight"] = value.contiguous()
        else:
            converted[name] = tensor
    return converted


def _halves(weight: torch.Tensor, head_dimension: int) -> torch.Tensor:
    """Reorder the rows of each head: first the even ones, then the odd ones."""
    heads = weight.view(-1, head_dimension // 2, 2, weight.shape[-1])
    return heads.transpose(1, 2).reshape(weight.shape).contiguous()
