"""
SNAC, a codec whose codebooks run at different rates, through the package `snac`.

Conventions
-----------
A frame is as long as one step of the slowest codebook (and of the attention window, if the model has one). The codes
of a frame are laid out codebook by codebook: with strides 4, 2, 1 a column of K = 7 is 1 code of the first, then 2 of
the second, then 4 of the third. The network looks both ways and keeps nothing between calls, so this codec is
stateless: wire it with `calls = "offline"`.

SNAC's decoder adds noise drawn from torch's global generator: as shipped, decoding the same codes twice gives two
outputs. `fixed_noise` draws the same noise at each call instead.

Source: Siuzdak et al., "SNAC: multi-scale neural audio codec", 2024; snac 1.2.1.
"""

import hashlib
import math
import pickle
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from huggingface_hub import try_to_load_from_cache
from safetensors import SafetensorError
from safetensors.torch import load_file
from snac import SNAC

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.loaded import check_fetched, hashes
from harness.codecs.protocol import CodecInfo, Codes
from harness.codecs.whole_signal import PROMISES_NOT, WholeSignalInstance
from harness.errors import CodecUnavailable, SuiteInvalid, WeightsInvalid
from harness.files import given

HUB = "hf://"
STATES = ("model.safetensors", "pytorch_model.bin")
NOISE_SEED = 0


class SnacCodec:
    """
    The codec `snac`.

    weights : a folder with config.json and model.safetensors or pytorch_model.bin, or `hf://OWNER/REPOSITORY` such as
        `hf://hubertsiuzdak/snac_24khz`
    fixed_noise : decode with the same noise at each call; false leaves it to chance, as the package does
    threads : torch threads
    """

    promises_not: ClassVar[Mapping[str, str]] = {
        **PROMISES_NOT,
        "thread-safe": "its noise comes of PyTorch's one random generator, which all threads draw from",
    }

    def __init__(self, weights: str, fixed_noise: bool = True, threads: int = 1) -> None:
        if threads < 1:
            raise SuiteInvalid(f"snac: threads is {threads}, wanted 1 or more")
        self._model = _load(weights).eval().requires_grad_(False)
        self._fixed_noise = fixed_noise
        self._threads = threads
        strides = [int(stride) for stride in self._model.vq_strides]
        steps = math.lcm(strides[0], self._model.attn_window_size or 1)
        self._per_frame = [steps // stride for stride in strides]
        digest = hashlib.sha256()
        for tensor in self._model.state_dict().values():
            digest.update(tensor.numpy().tobytes())
        libraries = ":".join(f"{package}-{version(package)}" for package in ("snac", "torch"))
        self.info = CodecInfo(
            name="snac",
            sample_rate=int(self._model.sampling_rate),
            frame_size=int(self._model.hop_length) * steps,
            codebooks=sum(self._per_frame),
            bins=int(self._model.codebook_size),
            delay=0,
            stateful=False,
            tolerance=0.0,
            context=None,
            fingerprint=f"snac:1:{fixed_noise}:{threads}:{libraries}:{digest.hexdigest()}",
            loaded=_files(weights),
            description=f"SNAC, {len(strides)} codebooks, whole signals only: each call is a signal of its own",
        )

    def open(self) -> WholeSignalInstance:
        """Return an instance; all are alike."""
        return WholeSignalInstance(self)

    @torch.no_grad()
    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal."""
        frames = whole_frames(pcm, self.info)
        torch.set_num_threads(self._threads)
        levels = self._model.encode(torch.tensor(pcm)[None, None])
        rows = [level[0].numpy().reshape(frames, -1).T for level in levels]
        return np.ascontiguousarray(np.concatenate(rows))

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode a whole signal."""
        whole_codes(codes, self.info)
        torch.set_num_threads(self._threads)
        levels = np.split(codes, np.cumsum(self._per_frame)[:-1])
        tensors = [torch.tensor(np.ascontiguousarray(level.T).reshape(1, -1)) for level in levels]
        with torch.no_grad(), torch.random.fork_rng(devices=[], enabled=self._fixed_noise):
            if self._fixed_noise:
                torch.manual_seed(NOISE_SEED)
            pcm = self._model.decode(tensors)[0, 0].numpy()
        # Transposed convolutions with an odd stride return a sample more or less.
        whole = np.zeros(codes.shape[1] * self.info.frame_size, np.float32)
        whole[: len(pcm)] = pcm[: len(whole)]
        return whole


def _check_positive(config: dict[str, Any]) -> None:
    """Raise ValueError for a rate, size or stride of nothing, which the package divides by."""
    for name, value in config.items():
        numbers = value if isinstance(value, list) else [value]
        if any(isinstance(number, int | float) and number <= 0 for number in numbers if number is not False):
            raise ValueError(f"{name} is {value}, wanted numbers above 0")


def _files(weights: str) -> dict[str, str]:
    """Return name to hash of the files in use; raise `WeightsInvalid` if one is not what the hub's revision holds."""
    names = ("config.json", *STATES)
    if not weights.startswith(HUB):
        states = [Path(weights, name) for name in STATES if given.is_file(Path(weights, name))]
        return hashes(Path(weights, "config.json"), *states[:1])
    cached = (try_to_load_from_cache(weights.removeprefix(HUB), name) for name in names)
    paths = [Path(path) for path in cached if isinstance(path, str)]
    for path in paths:
        check_fetched(path)
    return hashes(*paths)


def _load(weights: str) -> Any:
    if weights.startswith(HUB):
        try:
            published = SNAC.from_pretrained(weights.removeprefix(HUB))
        except (OSError, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise CodecUnavailable(
                f"{weights} cannot be had from the model hub ({reason}); "
                "fetch it where there is a network and give its folder"
            ) from error
        return published
    folder = Path(weights)
    config = given.json_file(folder / "config.json", WeightsInvalid, wanted="the configuration of a SNAC model")
    try:
        _check_positive(config)
        model = SNAC(**config)
    except (TypeError, ValueError, RuntimeError, ArithmeticError, AttributeError, LookupError) as error:
        raise WeightsInvalid(f"{folder / 'config.json'}: not the configuration of a SNAC model ({error})") from error
    path = next((folder / name for name in STATES if given.is_file(folder / name)), None)
    if path is None:
        raise WeightsInvalid(f"{folder}: no weights; wanted {' or '.join(STATES)} beside config.json")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
        model.load_state_dict(state)
    except (SafetensorError, pickle.UnpicklingError, EOFError) as error:
        raise WeightsInvalid(f"{path}: not a whole file of weights ({str(error).splitlines()[0]})") from error
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsInvalid(f"{path}: does not fit its config.json: {str(error).splitlines()[-1]:.200}") from error
    return model
