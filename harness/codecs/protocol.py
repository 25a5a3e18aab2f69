"""
What a codec is: the two protocols that an adapter implements, and how adapters are found.

Conventions
-----------
PCM is float32, shape (T,), at the codec's sample rate. Codes are int64, shape (K, F): K codebooks, F frames. Those of a
codec without a quantiser are *latents*: float32, shape (D, F).
A *frame* is `info.frame_size` samples. Streaming calls take whole frames: T is a multiple of the frame size.

Writing an adapter
------------------
A class whose constructor takes the options of the suite's `[codecs.NAME]` table, with an attribute `info` and a method
`open()`; and an instance class with `encode`, `decode`, `reset`, `clone` and `state`. Name it `package.module:Class`
in the suite, or publish it under the entry-point group `codec_harness.codecs`. A codec that can also work on a whole
signal without streaming state adds `encode_offline` and `decode_offline` (see `OfflineCodec`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples

Codes = npt.NDArray[Any]  # int64, or float32 of a codec with latents
State = dict[str, npt.NDArray[Any]]

LOST = -1  # a code that never arrived; codecs that conceal losses are handed it, others never see one


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
    codebooks, bins : K, and how many values one code can take (0 to bins - 1); of latents D, and 0
    delay : samples by which decoded speech lags its input, those of `start_up` not counted
    stateful : False if no call depends on an earlier one (PCM); then every topology must be harmless
    tolerance : largest absolute PCM difference that rounding alone explains (0 = bit-exact however it is called)
    context : frames of past that can influence the present, None if unlimited or unknown
    fingerprint : changes whenever weights, options or library version could change the output
    gain_db : level of decoded speech against its input, dB; None if the codec sets its level itself
    loaded : the files that it was made of, name to SHA-256, so that a reader can see which weights these were
    latent_tolerance : of a codec without a quantiser, whose codes are latents, the largest difference of a value that
        rounding alone explains; None for a codec whose codes are integers
    encodes : False for a decoder alone, whose instances have no `encode`; its codes are given (`docs/decoders.md`)
    start_up : samples that decoding holds back: the first calls give so many less, flush() gives them in the end
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
    loaded: Mapping[str, str] = field(default_factory=dict, hash=False)
    encodes: bool = True
    latent_tolerance: float | None = None
    start_up: int = 0

    @property
    def frame_seconds(self) -> float:
        """Length of one frame in seconds."""
        return self.frame_size / self.sample_rate

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that an instance has."""
        return (Side.ENCODER, Side.DECODER) if self.encodes else (Side.DECODER,)

    @property
    def continuous(self) -> bool:
        """Whether codes are latents."""
        return self.latent_tolerance is not None

    @property
    def codes_type(self) -> np.dtype[Any]:
        """The type of codes: int64 or float32."""
        return np.dtype(np.float32 if self.continuous else np.int64)

    @property
    def lag(self) -> int:
        """Samples by which what the calls of a stream give lags its input, what is held back included."""
        return self.delay + self.start_up


class Instance(Protocol):
    """One stateful copy of a codec, with separate encoder-side and decoder-side streaming state."""

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next T = n * frame_size samples of this stream to codes (K, n)."""

    def decode(self, codes: Codes) -> Samples:
        """
        Decode the next n frames of codes (K, n) of this stream to n * frame_size samples.

        A codec that declares a `start_up` may give fewer, as long as no more than those are missing.
        """

    def reset(self, side: Side) -> None:
        """Put one side, or both, into the state of a newly opened instance."""

    def clone(self) -> "Instance":
        """Return a real copy: the same state now, and nothing shared from now on."""

    def state(self) -> State:
        """Return copies of all streaming state by name; names begin with `encoder/` or `decoder/`."""


@runtime_checkable
class Flushes(Protocol):
    """An instance that holds samples back, and gives them when the stream is over."""

    def flush(self) -> Samples:
        """
        End the decoded stream; return the samples that have not come yet, and nothing when it is called again.

        They are those of `CodecInfo.start_up`: with them, n frames of codes have given n * frame_size samples.
        """


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
    """Decode *codes* in one call without state, as `encode_whole`; what an instance holds back comes too."""
    if isinstance(codec, OfflineCodec):
        return codec.decode_offline(codes)
    instance = codec.open()
    return with_rest([instance.decode(codes)], instance, codec.info)


def with_rest(parts: list[Samples], instance: Instance, info: CodecInfo) -> Samples:
    """Return the *parts* that all decode calls of a stream on *instance* gave as one, and what was held back."""
    if info.start_up and isinstance(instance, Flushes):
        return np.concatenate([*parts, instance.flush()])[info.start_up :]
    return np.concatenate(parts)
