"""
What a codec is: the two protocols that an adapter implements, and how adapters are found.

Conventions
-----------
PCM is float32, shape (T,), at the codec's sample rate. Codes are int64, shape (K, F): K codebooks, F frames.
A *frame* is `info.frame_size` samples. Streaming calls take whole frames: T is a multiple of the frame size.

Writing an adapter
------------------
A class whose constructor takes the options of the suite's `[codecs.NAME]` table, with an attribute `info` and a method
`open()`; and an instance class with `encode`, `decode`, `reset`, `clone` and `state`. Name it `package.module:Class`
in the suite, or publish it under the entry-point group `codec_harness.codecs`. A codec that can also work on a whole
signal without streaming state adds `encode_offline` and `decode_offline` (see `OfflineCodec`).
"""

import importlib
import importlib.util
import inspect
import math
import sys
import traceback
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.errors import CodecUnavailable, HarnessError, SuiteInvalid

Codes = npt.NDArray[np.int64]
State = dict[str, npt.NDArray[Any]]

LOST = -1  # a code that never arrived; codecs that conceal losses are handed it, others never see one

ENTRY_POINTS = "codec_harness.codecs"

BUILT_IN = {
    "pcm": "harness.codecs.pcm:PcmCodec",
    "mini": "harness.codecs.mimi.codec:MiniMimiCodec",
    "mimi": "harness.codecs.mimi.codec:MimiCodec",
    "opus": "harness.codecs.opus.codec:OpusCodec",
    "transformers-mimi": "harness.codecs.transformers_mimi.codec:TransformersMimiCodec",
    "rustymimi": "harness.codecs.rustymimi:RustyMimiCodec",
    "dac": "harness.codecs.dac:DacCodec",
    "encodec": "harness.codecs.encodec:EncodecCodec",
    "snac": "harness.codecs.snac:SnacCodec",
    "command": "harness.codecs.command.codec:CommandCodec",
}

EXTRAS = {"mini": "mimi"}  # of this package, for the built-in adapters that are not called as theirs is


class Side(StrEnum):
    """Which half of an instance's streaming state is meant."""

    ENCODER = "encoder"
    DECODER = "decoder"
    BOTH = "both"


@dataclass(frozen=True)
class CodecInfo:
    """
    What a codec declares about itself. The harness measures whether it is true.

    sample_rate : Hz
    frame_size : samples per frame, the smallest streaming call
    codebooks, bins : K, and how many values one code can take (0 to bins - 1)
    delay : samples by which decoded speech lags its input
    stateful : False if no call depends on an earlier one (PCM); then every topology must be harmless
    tolerance : largest absolute PCM difference that rounding alone explains (0 = bit-exact however it is called)
    context : frames of past that can influence the present, None if unlimited or unknown
    fingerprint : changes whenever weights, options or library version could change the output
    gain_db : level of decoded speech against its input, dB; None if the codec sets its level itself
    """

    name: str
    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int
    stateful: bool
    tolerance: float
    context: int | None
    fingerprint: str
    description: str = ""
    gain_db: float | None = 0.0

    @property
    def frame_seconds(self) -> float:
        """Length of one frame in seconds."""
        return self.frame_size / self.sample_rate


class Instance(Protocol):
    """One stateful copy of a codec, with separate encoder-side and decoder-side streaming state."""

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next T = n * frame_size samples of this stream to codes (K, n)."""

    def decode(self, codes: Codes) -> Samples:
        """Decode the next n frames of codes (K, n) of this stream to n * frame_size samples."""

    def reset(self, side: Side) -> None:
        """Put one side, or both, into the state of a newly opened instance."""

    def clone(self) -> "Instance":
        """Return a real copy: the same state now, and nothing shared from now on."""

    def state(self) -> State:
        """Return copies of all streaming state by name; names begin with `encoder/` or `decoder/`."""


class Codec(Protocol):
    """An implementation with weights; a factory of instances."""

    @property
    def info(self) -> CodecInfo:
        """What the codec declares about itself."""

    def open(self) -> Instance:
        """Return a fresh streaming instance, independent of all others."""


@runtime_checkable
class OfflineCodec(Protocol):
    """A codec that can also be called on a whole signal, outside streaming; no state is kept between calls."""

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal of n * frame_size samples to codes (K, n)."""

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes (K, n) to n * frame_size samples."""


def encode_whole(codec: Codec, pcm: Samples) -> Codes:
    """Encode *pcm* in one call without state: the offline path if there is one, else one call to a fresh instance."""
    return codec.encode_offline(pcm) if isinstance(codec, OfflineCodec) else codec.open().encode(pcm)


def decode_whole(codec: Codec, codes: Codes) -> Samples:
    """Decode *codes* in one call without state, as `encode_whole`."""
    return codec.decode_offline(codes) if isinstance(codec, OfflineCodec) else codec.open().decode(codes)


def adapters() -> dict[str, str]:
    """Return every known adapter, short name to `package.module:Class`: built-in ones and those of other packages."""
    found = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    return found | BUILT_IN


def load(adapter: str, options: dict[str, Any]) -> Codec:
    """
    Make the codec named *adapter* (a short name or `package.module:Class`) with *options*.

    Raises `CodecUnavailable` if it cannot be found or imported, `SuiteInvalid` if it takes no such options.
    """
    known = adapters()
    target = known.get(adapter, adapter)
    module_name, _, class_name = target.partition(":")
    if not class_name:
        raise CodecUnavailable(
            f"codec adapter {adapter!r} is unknown; wanted one of {', '.join(sorted(known))}, or package.module:Class"
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        how = f"install what it needs: pip install 'codec-harness[{EXTRAS.get(adapter, adapter)}]'"
        if adapter not in BUILT_IN:
            how = "go to the folder that has the module, add that to PYTHONPATH, or install what it needs"
        raise CodecUnavailable(f"codec adapter {adapter!r} cannot be imported ({error}); {how}") from error
    except Exception as error:  # whatever a module does when it is imported is its author's
        raise _unusable(adapter, "importing it", error) from error
    factory = getattr(module, class_name, None)
    if not callable(factory):
        raise CodecUnavailable(f"codec adapter {adapter!r}: module {module_name} has no class {class_name}")
    try:
        _check_options(adapter, factory, options)
        codec: Codec = factory(**options)
    except HarnessError:
        raise
    except Exception as error:  # as above, of a constructor
        raise _unusable(adapter, "making it", error) from error
    _check_declared(adapter, codec)
    return codec


def find_beside(folder: Path) -> None:
    """Let adapters in *folder* be imported, here and in worker processes; they hide nothing that is installed."""
    if str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))


def _unusable(adapter: str, when: str, error: Exception) -> CodecUnavailable:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return CodecUnavailable(
        f"codec adapter {adapter!r}: {when} raised {type(error).__name__}: {error} ({place.filename}:{place.lineno})"
    )


def _check_declared(adapter: str, codec: Codec) -> None:
    info = getattr(codec, "info", None)
    if not isinstance(info, CodecInfo):
        got = "missing" if info is None else f"of type {type(info).__name__}"
        raise CodecUnavailable(
            f"codec adapter {adapter!r}: `info` is {got}, wanted a harness.codecs.protocol.CodecInfo"
        )
    if not callable(getattr(codec, "open", None)):
        raise CodecUnavailable(f"codec adapter {adapter!r}: there is no method open()")
    for name in ("sample_rate", "frame_size", "codebooks", "bins"):
        value = getattr(info, name)
        if not isinstance(value, int) or value < 1:
            raise CodecUnavailable(f"codec adapter {adapter!r}: info.{name} is {value!r}, wanted a number from 1 on")
    gain = info.gain_db
    if gain is not None and not (isinstance(gain, int | float) and math.isfinite(gain)):
        raise CodecUnavailable(f"codec adapter {adapter!r}: info.gain_db is {gain!r}, wanted a level in dB, or None")


def _check_options(adapter: str, factory: Any, options: dict[str, Any]) -> None:
    parameters = inspect.signature(factory).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in options:
        if name not in parameters:
            allowed = ", ".join(parameters) or "none"
            raise SuiteInvalid(f"codec adapter {adapter!r} has no option {name!r}; allowed: {allowed}")
    missing = [name for name, p in parameters.items() if p.default is p.empty and name not in options]
    if missing:
        raise SuiteInvalid(f"codec adapter {adapter!r} needs the option {missing[0]!r}")
