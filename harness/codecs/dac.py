"""
DAC, through Descript's package `dac` (descript-audio-codec).

Conventions
-----------
A frame is one hop of the network (320 samples at 24 kHz); its codes are one of each codebook. The network looks both
ways and the package keeps nothing between calls, so this codec is stateless: wire it with `calls = "offline"`. The
chunked inference of the package (`compress`, `decompress`) is another way of coding and is not used.

Source: Kumar et al., "High-fidelity audio compression with improved RVQGAN", 2023; descript-audio-codec 1.0.0.
"""

import pickle
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from harness.codecs.loaded import sha256_of
from harness.codecs.protocol import CodecInfo
from harness.codecs.whole_signal import NetworkCodec
from harness.codecs.without_torchaudio import torchaudio_optional
from harness.errors import CodecUnavailable, SuiteInvalid, WeightsInvalid
from harness.files import given

with torchaudio_optional(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it imports is years old
    from dac.model import DAC
    from dac.utils import download

LIBRARIES = {"dac": "descript-audio-codec", "transformers": "transformers"}
PUBLISHED = ("16khz", "24khz", "44khz")


class DacCodec(NetworkCodec):
    """
    The codec `dac`.

    weights : a .pth file as Descript publishes it, or `16khz`, `24khz` or `44khz` to download that one
    codebooks : how many codebooks are sent; None for all
    threads : torch threads
    library : whose code computes, `dac` or `transformers`; the weights are the same
    """

    def __init__(
        self, weights: str = "24khz", codebooks: int | None = None, threads: int = 1, library: str = "dac"
    ) -> None:
        if threads < 1:
            raise SuiteInvalid(f"dac: threads is {threads}, wanted 1 or more")
        if library not in LIBRARIES:
            raise SuiteInvalid(f"dac: library is {library!r}, wanted one of {', '.join(LIBRARIES)}")
        path = _published(weights) if weights in PUBLISHED else Path(weights)
        self._model = _load(path).eval().requires_grad_(False)
        self._threads = threads
        count = self._model.n_codebooks if codebooks is None else codebooks
        if not 1 <= count <= self._model.n_codebooks:
            raise SuiteInvalid(f"dac: codebooks is {codebooks}, wanted 1 to {self._model.n_codebooks}")
        digest = sha256_of(path)
        self._network = _Descript(self._model, count)
        if library == "transformers":
            from harness.codecs.in_transformers import TransformersDac

            self._network = TransformersDac(self._model, count)
        by = "" if library == "dac" else f" of {library}"
        libraries = ":".join(f"{package}-{version(package)}" for package in (LIBRARIES[library], "torch"))
        self.info = CodecInfo(
            name="dac",
            sample_rate=int(self._model.sample_rate),
            frame_size=int(self._model.hop_length),
            codebooks=count,
            bins=int(self._model.codebook_size),
            delay=0,
            stateful=False,
            tolerance=0.0,
            context=None,
            fingerprint=f"dac:1:{count}:{threads}:{libraries}:{digest}",
            loaded={path.name: digest},
            description=f"DAC{by}, {count} codebooks, whole signals only: each call is a signal of its own",
        )


class _Descript:
    """What Descript's package computes."""

    def __init__(self, model: Any, codebooks: int) -> None:
        self._model, self._codebooks = model, codebooks

    def encode(self, pcm: torch.Tensor) -> torch.Tensor:
        _, codes, *_ = self._model.encode(pcm, n_quantizers=self._codebooks)
        found: torch.Tensor = codes
        return found

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        quantised, *_ = self._model.quantizer.from_codes(codes)
        pcm: torch.Tensor = self._model.decode(quantised)
        return pcm


def _published(name: str) -> Path:
    try:
        return Path(download(model_type=name))
    except (OSError, ValueError) as error:  # the errors of `requests` are of the first kind
        raise CodecUnavailable(
            f"dac: the published weights {name!r} cannot be downloaded ({error!s:.160}); give a file with weights = ..."
        ) from error


def _load(path: Path) -> Any:
    if not given.is_file(path):
        raise WeightsInvalid(f"{path}: no such file; wanted DAC weights, or one of {', '.join(PUBLISHED)}")
    try:
        stored = torch.load(path, weights_only=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # dac uses torch's old weight norm
            model = DAC(**stored["metadata"]["kwargs"])
        model.load_state_dict(stored["state_dict"])
    except (pickle.UnpicklingError, EOFError) as error:
        raise WeightsInvalid(f"{path}: not a whole file of weights ({str(error).splitlines()[0]})") from error
    except (RuntimeError, TypeError, KeyError, AttributeError) as error:
        raise WeightsInvalid(
            f"{path}: not a DAC model with its settings: {str(error).splitlines()[-1]:.200}"
        ) from error
    return model
