"""
Kyutai's own `MimiModel` at a small geometry: built from a description, filled from safetensors.

Conventions
-----------
A folder holds `config.json` (a `Geometry`, checked field by field) and the weights file that it names. Weights are
stored in float16, in the key layout of moshi's `state_dict`; each codebook is stored as its centroids with usage 1.
Computation is in float32 unless asked otherwise. Only safetensors are read: a pickle can run code.

Full-size Kyutai checkpoints are not loaded here but by moshi's own loader.

Source: `moshi.models.compression` (moshi 0.2.13); Defossez et al., "Moshi", 2024, section 3.3.
"""

import hashlib
import math
from pathlib import Path
from typing import Annotated, Any

import torch
from moshi.models.compression import MimiModel
from moshi.modules.seanet import SEANetDecoder, SEANetEncoder
from moshi.modules.transformer import ProjectedTransformer
from moshi.quantization.vq import SplitResidualVectorQuantizer
from pydantic import BaseModel, Field, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file

from harness.codecs.mimi.int8 import quantise
from harness.errors import WeightsInvalid, meant
from harness.files import given

CONFIG = "config.json"
LARGEST = 4 << 30  # bytes of weights

FLOATS = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16, "float16": torch.float16}
INT8 = "int8"  # linear layers in int8, all else in float32
DTYPES = (*FLOATS, INT8)


Few = Annotated[int, Field(ge=1, le=256)]
Wide = Annotated[int, Field(ge=1, le=1 << 15)]  # channels


class Geometry(BaseModel, frozen=True, extra="forbid"):
    """
    The shape of a small Mimi, and what it declares about itself.

    sample_rate : Hz
    ratios : upsampling factors of the decoder's convolutions, first to last; their product is the block in samples
    pack : consecutive blocks that one frame of codes carries (Mimi's own strided convolution does it)
    encoder_filters, decoder_filters : channels beside the waveform; doubled at each ratio
    dimension : channels between convolutions, transformers and quantiser
    residual_layers : residual units before each strided convolution
    model_width, heads, layers, feedforward : of the transformer on each side
    context : blocks that a transformer looks back
    codebooks : levels of the split residual quantiser; the first has a projection of its own, as in Mimi
    bins : entries of one codebook
    codebook_dimension : channels that are quantised
    delay : samples by which decoded speech lags its input; a property of the trained weights
    weights, weights_sha256 : the file beside config.json and its hash
    """

    sample_rate: int = Field(ge=1, le=768_000)
    ratios: tuple[Few, ...] = Field(min_length=1, max_length=16)
    pack: Few
    encoder_filters: Wide
    decoder_filters: Wide
    dimension: Wide
    residual_layers: Few = 1
    model_width: Wide
    heads: Few
    layers: Few
    feedforward: Wide
    context: int = Field(ge=1, le=1 << 20)
    codebooks: int = Field(ge=2, le=1024)
    bins: int = Field(ge=2, le=1 << 20)
    codebook_dimension: Wide
    delay: int = Field(ge=0, le=1 << 20)
    weights: str = Field(default="mini-mimi.safetensors", pattern=r"^[\w.-]+\.safetensors$")
    weights_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")

    @model_validator(mode="after")
    def _fits(self) -> "Geometry":
        if self.model_width % (2 * self.heads):
            raise ValueError(f"model_width {self.model_width} must be a multiple of 2 * heads = {2 * self.heads}")
        return self

    @property
    def block_size(self) -> int:
        """Samples per step of the transformers."""
        return math.prod(self.ratios)

    @property
    def frame_size(self) -> int:
        """Samples per frame of codes."""
        return self.block_size * self.pack


def read_geometry(folder: Path) -> Geometry:
    """Read and check `config.json` in *folder*; raise `WeightsInvalid` naming the field that is wrong."""
    path = folder / CONFIG
    try:
        return Geometry.model_validate(
            given.json_file(path, WeightsInvalid, wanted="the configuration of a small Mimi")
        )
    except ValidationError as error:
        raise WeightsInvalid(f"{path}: {given.explained(error.errors()[0])}") from None


def build(geometry: Geometry) -> MimiModel:
    """Return a `MimiModel` of this *geometry* with random weights and empty codebooks."""
    convolutions: dict[str, Any] = {
        "channels": 1,
        "dimension": geometry.dimension,
        "causal": True,
        "n_residual_layers": geometry.residual_layers,
        "activation": "ELU",
        "compress": 2,
        "dilation_base": 2,
        "disable_norm_outer_blocks": 0,
        "kernel_size": 7,
        "residual_kernel_size": 3,
        "last_kernel_size": 3,
        "norm": "none",
        "pad_mode": "constant",
        "ratios": list(geometry.ratios),
        "true_skip": True,
    }
    transformer: dict[str, Any] = {
        "d_model": geometry.model_width,
        "num_heads": geometry.heads,
        "num_layers": geometry.layers,
        "dim_feedforward": geometry.feedforward,
        "context": geometry.context,
        "causal": True,
        "layer_scale": 0.1,
        "conv_layout": True,
        "max_period": 10_000,
        "gating": "none",
        "norm": "layer_norm",
        "positional_embedding": "rope",
        "input_dimension": geometry.dimension,
        "output_dimensions": [geometry.dimension],
    }
    quantizer = SplitResidualVectorQuantizer(
        dimension=geometry.codebook_dimension,
        n_q=geometry.codebooks,
        n_q_semantic=1,
        bins=geometry.bins,
        input_dimension=geometry.dimension,
        output_dimension=geometry.dimension,
    )
    return MimiModel(
        SEANetEncoder(n_filters=geometry.encoder_filters, **convolutions),
        SEANetDecoder(n_filters=geometry.decoder_filters, **convolutions),
        quantizer,
        channels=1,
        sample_rate=geometry.sample_rate,
        frame_rate=geometry.sample_rate / geometry.frame_size,
        encoder_frame_rate=geometry.sample_rate / geometry.block_size,
        causal=True,
        resample_method="conv",
        # True repeats an oversight of the first Mimi checkpoint; these weights are our own.
        upsample_channel_wise_bug=False,
        encoder_transformer=ProjectedTransformer(**transformer),
        decoder_transformer=ProjectedTransformer(**transformer),
    )


def read_weights(path: Path, sha256: str) -> dict[str, torch.Tensor]:
    """Return the tensors in *path*, a safetensors file of hash *sha256* ("" for any); raise `WeightsInvalid` else."""
    content = given.content(path, WeightsInvalid, wanted="weights; restore the file or reinstall", most=LARGEST)
    if content[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise WeightsInvalid(f"{path}: this is a pickled checkpoint, which could run code; convert it to safetensors")
    if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise WeightsInvalid(
            f"{path}: corrupt or replaced: sha256 is {found[:12]}... but {CONFIG} says {sha256[:12]}...; "
            "restore the file or reinstall"
        )
    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsInvalid(f"{path}: not a whole safetensors file ({error}); restore it or reinstall") from error


def _shapes(config: Path, geometry: Geometry) -> dict[str, torch.Tensor]:
    """Return the tensors that a model of this *geometry* has, without memory behind them: it may be any size."""
    try:
        with torch.device("meta"):
            return dict(build(geometry).state_dict())
    except (RuntimeError, ValueError, TypeError, ArithmeticError, AssertionError, MemoryError) as error:
        said = " ".join(str(error).split())
        raise WeightsInvalid(f"{config}: no Mimi can be built of it ({said:.200})") from error


def _check_shapes(path: Path, found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    for key, tensor in wanted.items():
        if key not in found:
            raise WeightsInvalid(f"{path}: no tensor {key!r}; {CONFIG} describes another geometry than these weights")
        if found[key].shape != tensor.shape:
            raise WeightsInvalid(
                f"{path}: {key!r} has shape {tuple(found[key].shape)} but {CONFIG} asks for {tuple(tensor.shape)}; "
                "use the config.json that belongs to these weights"
            )
    if surplus := sorted(found.keys() - wanted.keys()):
        raise WeightsInvalid(
            f"{path}: {len(surplus)} tensors too many, such as {surplus[0]!r}; "
            f"{CONFIG} describes a smaller geometry than these weights"
        )


def load_embedded(folder: Path, *, dtype: str = "float32", device: str = "cpu") -> tuple[MimiModel, Geometry]:
    """
    Return the model in *folder*, in evaluation mode and without gradients, and its geometry.

    Raises `WeightsInvalid` if config or weights are missing, truncated, altered, pickled, or do not fit each other.
    """
    if dtype not in DTYPES:
        raise WeightsInvalid(f"dtype {dtype!r} is unknown; {meant(dtype, DTYPES)}wanted one of {', '.join(DTYPES)}")
    geometry = read_geometry(folder)
    path = folder / geometry.weights
    weights = read_weights(path, geometry.weights_sha256)
    _check_shapes(path, weights, _shapes(folder / CONFIG, geometry))
    model = build(geometry)
    model.load_state_dict({key: tensor.float() for key, tensor in weights.items()})
    return narrowed(model.eval(), dtype, device), geometry


def narrowed(model: MimiModel, dtype: str, device: str) -> MimiModel:
    """Return *model* on *device* with its weights in *dtype*, without gradients."""
    narrow = model.to(device=device, dtype=FLOATS.get(dtype, torch.float32)).requires_grad_(False)
    return quantise(narrow) if dtype == INT8 else narrow
