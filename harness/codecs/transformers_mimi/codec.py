"""
Mimi as the package `transformers` computes it.

Conventions
-----------
`transformers` keeps no state in the model: a caller passes it in and gets it back. An instance here does exactly what
the library offers for that: `encode` carries the cache of keys and values and the cache of convolution paddings
(`use_streaming`), `decode` carries the cache of keys and values, which is all that it takes.

What follows from that (4.57.6, measured with `tests/codecs/test_transformers_mimi.py`)
-----------------------------------------------------------------------------------------
- Encoding frame by frame equals encoding the whole.
- Decoding frame by frame does not: the decoder's convolutions start from silence at every call, and nothing warns.
  Decode the whole in one call.

Source: `transformers.models.mimi.modeling_mimi`.
"""

import copy
import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import MimiModel

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.loaded import hashes
from harness.codecs.mimi.model import CONFIG
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.transformers_mimi.weights import HUB, is_small_mimi, load_folder, load_kyutai, load_pretrained
from harness.errors import SuiteInvalid, WeightsInvalid
from harness.files import given
from harness.runtime.resources import fixture

SUFFIX = ".safetensors"
TOLERANCE = 5e-6  # as for moshi's Mimi


class TransformersMimiCodec:
    """
    The codec `transformers-mimi`.

    weights : a safetensors file of Kyutai's; a folder in the layout of `transformers`, or `hf://OWNER/REPOSITORY` such
        as `hf://kyutai/mimi`; a folder with a small Mimi of this harness; None for the embedded one
    codebooks : how many codebooks are sent; None for 8, or for all of a small Mimi
    threads : torch threads
    """

    def __init__(self, weights: str | None = None, codebooks: int | None = None, threads: int = 1) -> None:
        if threads < 1:
            raise SuiteInvalid(f"transformers-mimi: threads is {threads}, wanted 1 or more")
        model, delay, small = _load(weights)
        self._model = model.eval().requires_grad_(False)
        self._threads = threads
        config = model.config
        count = codebooks if codebooks is not None else config.num_quantizers if small else 8
        if not 1 <= count <= config.num_quantizers:
            raise SuiteInvalid(f"transformers-mimi: codebooks is {count}, wanted 1 to {config.num_quantizers}")
        frame_size = round(config.sampling_rate / config.frame_rate)
        libraries = ":".join(f"{package}-{version(package)}" for package in ("transformers", "torch"))
        self.info = CodecInfo(
            name="transformers-mimi",
            sample_rate=config.sampling_rate,
            frame_size=frame_size,
            codebooks=count,
            bins=config.codebook_size,
            delay=delay,
            stateful=True,
            tolerance=TOLERANCE,
            context=config.num_hidden_layers * (config.sliding_window - 1) // 2 + 2,
            fingerprint=f"transformers-mimi:1:{count}:{threads}:{libraries}:{_digest(model)}",
            loaded=_files(weights),
            description=f"transformers' Mimi, {weights or 'embedded weights'}, {count} codebooks",
        )

    def open(self) -> "TransformersMimiInstance":
        """Return a fresh instance; all share the model, which keeps no state."""
        return TransformersMimiInstance(self)

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal in one call."""
        return self.run_encoder(pcm, {})

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes in one call."""
        return self.run_decoder(codes, {})

    @torch.no_grad()
    def run_encoder(self, pcm: Samples, carried: dict[str, Any]) -> Codes:
        """Encode one chunk; *carried* is what the last call left, and is updated. Empty: a new stream."""
        whole_frames(pcm, self.info)
        torch.set_num_threads(self._threads)
        codes, keys, paddings = self._model.encode(
            torch.tensor(pcm)[None, None],
            num_quantizers=self.info.codebooks,
            encoder_past_key_values=carried.get("keys"),
            padding_cache=carried.get("paddings"),
            use_streaming=True,
            return_dict=False,
        )
        carried.update(keys=keys, paddings=paddings)
        return np.ascontiguousarray(codes[0].numpy())

    @torch.no_grad()
    def run_decoder(self, codes: Codes, carried: dict[str, Any]) -> Samples:
        """Decode one chunk, as `run_encoder`; there are no paddings that could be carried."""
        whole_codes(codes, self.info, fewest_codebooks=1)
        torch.set_num_threads(self._threads)
        pcm, keys = self._model.decode(
            torch.tensor(codes)[None], decoder_past_key_values=carried.get("keys"), return_dict=False
        )
        carried.update(keys=keys)
        return np.array(pcm[0, 0].numpy())


class TransformersMimiInstance:
    """What a stream carries from call to call: see `harness.codecs.protocol.Instance`."""

    def __init__(self, codec: TransformersMimiCodec) -> None:
        self._codec = codec
        self._carried: dict[Side, dict[str, Any]] = {Side.ENCODER: {}, Side.DECODER: {}}

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next whole frames."""
        return self._codec.run_encoder(pcm, self._carried[Side.ENCODER])

    def decode(self, codes: Codes) -> Samples:
        """Decode the next frames, as far as the library can: see above."""
        return self._codec.run_decoder(codes, self._carried[Side.DECODER])

    def reset(self, side: Side) -> None:
        """Drop what is carried."""
        for each in (Side.ENCODER, Side.DECODER) if side is Side.BOTH else (side,):
            self._carried[each] = {}

    def clone(self) -> "TransformersMimiInstance":
        """Return an instance that carries a deep copy of the same."""
        other = TransformersMimiInstance(self._codec)
        other._carried = copy.deepcopy(self._carried)
        return other

    def state(self) -> State:
        """Return copies of all keys, values and paddings."""
        found: State = {}
        for side, carried in self._carried.items():
            layers = carried["keys"].layers if "keys" in carried else ()
            for place, layer in enumerate(layers):
                found[f"{side}/transformer.{place}.keys"] = np.array(layer.keys.numpy())
                found[f"{side}/transformer.{place}.values"] = np.array(layer.values.numpy())
            paddings = carried["paddings"].padding_cache if "paddings" in carried else ()
            for place, padding in enumerate(paddings):
                if padding is not None:
                    found[f"{side}/convolution.{place}.padding"] = np.array(padding.numpy())
        return found


def _load(weights: str | None) -> tuple[MimiModel, int, bool]:
    """Return the model, its delay in samples, and whether it is a small one of this harness."""
    path = fixture("mini-mimi") if weights is None else Path(weights)
    if weights is not None and weights.startswith(HUB):
        return load_pretrained(weights), 0, False
    if given.is_file(path):
        return load_kyutai(path), 0, False
    if not given.is_folder(path):
        raise WeightsInvalid(f"{path}: no such file or folder; wanted a safetensors file, a folder or {HUB}OWNER/NAME")
    if is_small_mimi(path):
        return *load_folder(path), True
    return load_pretrained(str(path)), 0, False


def _files(weights: str | None) -> dict[str, str]:
    """Return name to hash of the files in use; those that `transformers` fetched it checks by itself."""
    path = fixture("mini-mimi") if weights is None else Path(weights)
    if given.is_folder(path):
        return hashes(*sorted(found for found in path.iterdir() if found.name == CONFIG or found.suffix == SUFFIX))
    return hashes(path) if given.is_file(path) else {}


def _digest(model: MimiModel) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
