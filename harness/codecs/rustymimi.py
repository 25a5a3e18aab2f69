"""
Mimi as Kyutai's Rust library computes it, through the package `rustymimi`.

Conventions
-----------
The checkpoint is the file that `mimi` reads; only Kyutai's full geometry fits, it is built into the package. Each
instance is a `Tokenizer` of its own, with its own copy of the weights (some 400 MB), and takes about a second to open.
Offline calls go to one more `Tokenizer`, which is kept: whatever it remembers between calls is the package's doing.

What the package has, and what it lacks (0.4.1, measured with `tests/codecs/test_rustymimi.py`)
----------------------------------------------------------------------------------------------
- Codes equal those of moshi's PyTorch Mimi, samples agree within 2e-6.
- `reset` is the package's own, unimproved. It resets both sides whichever is asked for, forgets the downsampling
  convolution, so that all codes of the next frame are wrong, and does not take the position in the stream back to 0:
  after `max_seq_len` / 2 frames, counted over all resets, the instance fails for good.
- There is no clone and no access to the state.

Source: https://github.com/kyutai-labs/moshi, folder rust/mimi-pyo3.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt
import rustymimi

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.loaded import sha256_of
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed, SuiteInvalid, WeightsInvalid
from harness.files import given

SAMPLE_RATE = 24_000
FRAME_SIZE = 1920
BINS = 2048
MOST_CODEBOOKS = 32
CONTEXT = 998  # frames: 8 layers, each of which looks back 249 half-frames

TOLERANCE = 1e-5  # largest difference seen between calls of 1, 3, 10 and 50 frames, 8e-7, times ten

NO_CLONE = "rustymimi cannot copy a tokenizer"

T = TypeVar("T", bound=np.generic)


class RustyMimiCodec:
    """
    The codec `rustymimi`.

    weights : a safetensors file of Kyutai's full geometry
    codebooks : how many codebooks are sent, 1 to 32 but no more than the file has
    max_seq_len : transformer steps, two a frame, that an instance can take in its life
    """

    promises_not: ClassVar[Mapping[str, str]] = {
        "clone-continues": NO_CLONE,
        "clone-independent": NO_CLONE,
        "reset-one-side": "the reset of rustymimi has no sides",
    }

    def __init__(self, weights: str, codebooks: int = 8, max_seq_len: int = 8192) -> None:
        self._path = Path(weights)
        if not given.is_file(self._path):
            raise WeightsInvalid(f"{weights}: no such file; wanted a safetensors file of Kyutai's Mimi")
        if self._path.suffix != ".safetensors":
            raise WeightsInvalid(f"{weights}: wanted a .safetensors file, which is all that rustymimi reads")
        if not 1 <= codebooks <= MOST_CODEBOOKS:
            raise SuiteInvalid(f"rustymimi: codebooks is {codebooks}, wanted 1 to {MOST_CODEBOOKS}")
        if max_seq_len < 2:
            raise SuiteInvalid(f"rustymimi: max_seq_len is {max_seq_len}, wanted 2 or more: a frame takes two steps")
        self._codebooks, self._max_seq_len = codebooks, max_seq_len
        self._offline = self._tokenizer()
        digest = sha256_of(self._path)
        self.info = CodecInfo(
            name="rustymimi",
            sample_rate=SAMPLE_RATE,
            frame_size=FRAME_SIZE,
            codebooks=codebooks,
            bins=BINS,
            delay=0,
            stateful=True,
            tolerance=TOLERANCE,
            context=CONTEXT,
            fingerprint=f"rustymimi:1:{version('rustymimi')}:{codebooks}:{max_seq_len}:{digest}",
            loaded={self._path.name: digest},
            description=f"Rust Mimi from {self._path.name}, {codebooks} codebooks, without clone",
        )

    def _tokenizer(self) -> Any:
        try:
            return rustymimi.Tokenizer(str(self._path), num_codebooks=self._codebooks, max_seq_len=self._max_seq_len)
        except ValueError as error:
            raise WeightsInvalid(f"{self._path}: rustymimi cannot load it ({_first_line(error)})") from error

    def open(self) -> "RustyMimiInstance":
        """Return a new tokenizer."""
        return RustyMimiInstance(self.info, self._tokenizer())

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal with the package's `encode`."""
        whole_frames(pcm, self.info)
        return _codes(_call(self._offline.encode, pcm[None, None]))

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes with the package's `decode`."""
        whole_codes(codes, self.info)
        return _pcm(_call(self._offline.decode, codes[None].astype(np.uint32)))


class RustyMimiInstance:
    """A tokenizer: see `harness.codecs.protocol.Instance`."""

    def __init__(self, info: CodecInfo, tokenizer: Any) -> None:
        self._info = info
        self._tokenizer = tokenizer

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next whole frames with `encode_step`."""
        frames = whole_frames(pcm, self._info)
        codes = _call(self._tokenizer.encode_step, pcm[None, None])
        if codes is None:
            raise CodecFailed(f"rustymimi: encode_step of {frames} frames returned nothing")
        return _codes(codes)

    def decode(self, codes: Codes) -> Samples:
        """Decode the next frames with `decode_step`."""
        frames = whole_codes(codes, self._info)
        pcm = _call(self._tokenizer.decode_step, codes[None].astype(np.uint32))
        if pcm is None:
            raise CodecFailed(f"rustymimi: decode_step of {frames} frames returned nothing")
        return _pcm(pcm)

    def reset(self, side: Side) -> None:  # noqa: ARG002 - the package has no sides
        """Call the package's `reset`, which knows no sides: both are reset."""
        self._tokenizer.reset()

    def clone(self) -> "RustyMimiInstance":
        """Raise `CodecFailed`: there is no such thing."""
        raise CodecFailed(f"{NO_CLONE} ({version('rustymimi')}); use topologies without a clone")

    def state(self) -> State:
        """Return no arrays: the package shows none."""
        return {}


def _call(function: Any, argument: npt.NDArray[T]) -> Any:
    try:
        return function(np.ascontiguousarray(argument))
    except ValueError as error:
        raise CodecFailed(f"rustymimi: {_first_line(error)}") from error


def _codes(codes: npt.NDArray[np.uint32]) -> Codes:
    return np.ascontiguousarray(codes[0].astype(np.int64))


def _pcm(pcm: Samples) -> Samples:
    return np.array(pcm[0, 0])


def _first_line(error: Exception) -> str:
    # Below it the library prints a trace of its own compiled code.
    return (str(error).splitlines() or [type(error).__name__])[0]
