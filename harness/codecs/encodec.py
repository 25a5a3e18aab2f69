"""
EnCodec at 24 kHz, through Meta's package `encodec`.

Conventions
-----------
Frames of 320 samples, 75 a second; a code has 1024 values. The network is causal, but the package has no streaming
calls and keeps nothing between calls, so this codec is stateless: wire it with `calls = "offline"`. The model for
48 kHz is not offered: it sends a loudness beside the codes, which is no array (K, F).

Source: Defossez et al., "High fidelity neural audio compression", 2022; encodec 0.1.1.
"""

import hashlib
import pickle
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from harness.codecs.loaded import hashes
from harness.codecs.protocol import CodecInfo
from harness.codecs.whole_signal import NetworkCodec
from harness.codecs.without_torchaudio import torchaudio_optional
from harness.errors import CodecUnavailable, SuiteInvalid, WeightsInvalid
from harness.files import given

with torchaudio_optional():
    from encodec.model import EncodecModel

SAMPLE_RATE = 24_000
FRAME_SIZE = 320
BINS = 1024
LIBRARIES = ("encodec", "transformers")
CODEBOOKS = {1.5: 2, 3.0: 4, 6.0: 8, 12.0: 16, 24.0: 32}  # by kb/s


class EncodecCodec(NetworkCodec):
    """
    The codec `encodec`.

    weights : the state of a 24 kHz model as .safetensors, or as the .th file that Meta publishes; None downloads that
    bandwidth : 1.5, 3, 6, 12 or 24 kb/s, which is 2, 4, 8, 16 or 32 codebooks
    threads : torch threads
    library : whose code computes, `encodec` or `transformers`; the weights are the same
    """

    def __init__(
        self, weights: str | None = None, bandwidth: float = 6.0, threads: int = 1, library: str = "encodec"
    ) -> None:
        if bandwidth not in CODEBOOKS:
            raise SuiteInvalid(f"encodec: bandwidth is {bandwidth}, wanted one of {', '.join(map(str, CODEBOOKS))}")
        if threads < 1:
            raise SuiteInvalid(f"encodec: threads is {threads}, wanted 1 or more")
        if library not in LIBRARIES:
            raise SuiteInvalid(f"encodec: library is {library!r}, wanted one of {', '.join(LIBRARIES)}")
        self._model = _load(weights).eval().requires_grad_(False)
        self._model.set_target_bandwidth(bandwidth)
        self._network = _Meta(self._model)
        if library == "transformers":
            from harness.codecs.in_transformers import TransformersEncodec

            self._network = TransformersEncodec(self._model, bandwidth)
        self._threads = threads
        digest = hashlib.sha256()
        for tensor in self._model.state_dict().values():
            digest.update(tensor.numpy().tobytes())
        by = "" if library == "encodec" else f" of {library}"
        libraries = ":".join(f"{package}-{version(package)}" for package in (library, "torch"))
        self.info = CodecInfo(
            name="encodec",
            sample_rate=SAMPLE_RATE,
            frame_size=FRAME_SIZE,
            codebooks=CODEBOOKS[bandwidth],
            bins=BINS,
            delay=0,
            stateful=False,
            tolerance=0.0,
            context=None,
            fingerprint=f"encodec:1:{bandwidth}:{threads}:{libraries}:{digest.hexdigest()}",
            loaded=hashes(Path(weights)) if weights is not None else {},
            description=f"EnCodec 24 kHz{by}, {bandwidth:g} kb/s, whole signals only: each call is a signal of its own",
        )


class _Meta:
    """What Meta's package computes."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, pcm: torch.Tensor) -> torch.Tensor:
        ((codes, _),) = self._model.encode(pcm)
        found: torch.Tensor = codes
        return found

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        pcm: torch.Tensor = self._model.decode([(codes, None)])
        return pcm


def _load(weights: str | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # encodec uses torch's old weight norm
        if weights is None:
            try:
                published = EncodecModel.encodec_model_24khz(pretrained=True)
            except OSError as error:
                raise CodecUnavailable(
                    f"encodec: the published weights cannot be downloaded ({error}); give a file with weights = ..."
                ) from error
            return published
        model = EncodecModel.encodec_model_24khz(pretrained=False)
    path = Path(weights)
    if not given.is_file(path):
        raise WeightsInvalid(f"{path}: no such file; wanted the state of an EnCodec model, .safetensors or .th")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
        model.load_state_dict(state)
    except (SafetensorError, pickle.UnpicklingError, EOFError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsInvalid(f"{path}: not a whole file of weights ({reason})") from error
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsInvalid(f"{path}: does not fit EnCodec at 24 kHz: {str(error).splitlines()[-1]:.200}") from error
    return model
