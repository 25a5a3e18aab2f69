"""
The adapter around a codec that has a fault inside: on samples, on codes, or in what its calls do to its state.

It is made by `harness.sensitivity.plants`, and loaded by name like any other adapter. Everything that it is not told to
break is the codec's own.
"""

import hashlib
import json
import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.opening import open_codec
from harness.codecs.protocol import CodecInfo, Codes, Instance, Side, State
from harness.codecs.sealed import SealedCodec
from harness.codecs.spec import CodecSpec
from harness.sensitivity import VERSION, catalogue
from harness.sensitivity.plants import OnCalls, OnCodes, OnSamples
from harness.sensitivity.window import Passing, Planted


class PlantedCodec:
    """
    The codec *of*, with options *given*, and in it the *fault* of the catalogue, of that *size*, at a *place*.
    """

    def __init__(self, of: str, given: Mapping[str, Any], fault: str, size: float, place: Mapping[str, Any]) -> None:
        self.inner: SealedCodec = open_codec(CodecSpec(name=of, adapter=of, options=dict(given)))
        self.fault, self.size, self.place = catalogue.find(fault), float(size), Planted(**place)
        told = json.dumps([VERSION, self.inner.info.fingerprint, fault, self.size, vars(self.place)], sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        self.info: CodecInfo = replace(
            self.inner.info,
            name=f"{self.inner.info.name} with {fault}",
            fingerprint=f"planted:{digest}",
            description=f"{self.inner.info.description}; {self.fault.cause}"[:200],
        )
        self.promises_not = self.inner.promises_not
        self.shared: dict[str, Any] = {}  # what instances must not share, and those with a leak do

    def open(self) -> "PlantedInstance":
        """Return a fresh instance with the fault in it."""
        plant = self.fault.plant
        kind = KINDS[plant.kind] if isinstance(plant, OnCalls) else PlantedInstance
        return kind(self, self.inner.open())


class PlantedInstance:
    """An instance whose samples or codes pass the effect of the fault, if it has one."""

    def __init__(self, codec: PlantedCodec, inner: Instance) -> None:
        self.codec, self.inner = codec, inner
        self.passing = Passing(0)
        self.frames = {Side.ENCODER: 0, Side.DECODER: 0}
        self._begin(Side.BOTH)

    def _begin(self, side: Side) -> None:
        plant = self.codec.fault.plant
        for one in (Side.ENCODER, Side.DECODER) if side is Side.BOTH else (side,):
            self.frames[one] = 0
            if isinstance(plant, OnSamples) and plant.side is one:
                self.passing = Passing(round(plant.memory * self.codec.info.sample_rate))

    def _passed(self, side: Side, samples: Samples) -> Samples:
        plant = self.codec.fault.plant
        if not isinstance(plant, OnSamples) or plant.side is not side:
            return samples
        window = self.passing.window(samples, self.codec.info.sample_rate, self.codec.place)
        return np.asarray(plant.effect(window, self.codec.size), dtype=np.float32)

    def encode(self, pcm: Samples) -> Codes:
        """Encode, with what the fault does to samples before or codes after."""
        first = self._count(Side.ENCODER, len(pcm) // self.codec.info.frame_size)
        codes = self.inner.encode(self._passed(Side.ENCODER, pcm))
        plant = self.codec.fault.plant
        if not isinstance(plant, OnCodes):
            return codes
        return plant.effect(codes.copy(), first, self.codec.size, self.codec.place, self.codec.info.bins)

    def decode(self, codes: Codes) -> Samples:
        """Decode, with what the fault does to samples after."""
        self._count(Side.DECODER, codes.shape[1])
        return self._passed(Side.DECODER, self.inner.decode(codes))

    def reset(self, side: Side) -> None:
        """Reset one side, or both."""
        self.inner.reset(side)
        self._begin(side)

    def clone(self) -> "PlantedInstance":
        """Return a copy that goes on by itself."""
        return self._copied(self.inner.clone())

    def state(self) -> State:
        """Return the codec's own state, and where the fault is."""
        own = {f"{side}/planted": np.array([count]) for side, count in self.frames.items()}
        return self.inner.state() | own

    def _copied(self, inner: Instance) -> "PlantedInstance":
        found = type(self)(self.codec, inner)
        found.passing, found.frames = self.passing.copy(), dict(self.frames)
        return found

    def _count(self, side: Side, frames: int) -> int:
        """Count frames of one side; return how many there were before."""
        before = self.frames[side]
        self.frames[side] += frames
        return before

    def _hit(self, side: Side, frames: int) -> bool:
        """Tell whether one of the next *frames* is one of every so many, as the size says."""
        every = max(1, round(self.codec.size))
        before = self.frames[side]
        return before > 0 and (before + frames - 1) // every > (before - 1) // every

    def _at_place(self, side: Side, frames: int) -> bool:
        """Tell whether the place is in one of the next *frames*."""
        return self.frames[side] <= self.codec.place.frame < self.frames[side] + frames


class EncoderResets(PlantedInstance):
    """The encoder forgets all it knew, every so many frames."""

    def encode(self, pcm: Samples) -> Codes:
        """Encode, sometimes from the beginning."""
        if self._hit(Side.ENCODER, len(pcm) // self.codec.info.frame_size):
            self.inner.reset(Side.ENCODER)
        return super().encode(pcm)


class DecoderResets(PlantedInstance):
    """The decoder forgets all it knew, every so many frames."""

    def decode(self, codes: Codes) -> Samples:
        """Decode, sometimes from the beginning."""
        if self._hit(Side.DECODER, codes.shape[1]):
            self.inner.reset(Side.DECODER)
        return super().decode(codes)


class DecodeResetsEncoder(PlantedInstance):
    """Every so many frames a call to decode resets the encoder beside it."""

    def decode(self, codes: Codes) -> Samples:
        """Decode, and disturb the other side."""
        if self._hit(Side.DECODER, codes.shape[1]):
            self.inner.reset(Side.ENCODER)
        return super().decode(codes)


class DecoderRewinds(PlantedInstance):
    """At the place the decoder goes back to the state that it had so many frames before."""

    kept: list[Instance]

    def __init__(self, codec: PlantedCodec, inner: Instance) -> None:
        super().__init__(codec, inner)
        self.kept = []

    def decode(self, codes: Codes) -> Samples:
        """Decode, once with an old state."""
        back = max(1, round(self.codec.size))
        if self._at_place(Side.DECODER, codes.shape[1]) and self.kept:
            other, encoder = self.kept[-min(back, len(self.kept))].clone(), self.inner
            self.inner = _Halves(encoder, other)
        elif self.frames[Side.DECODER] < self.codec.place.frame:
            self.kept = [*self.kept[1 - back or len(self.kept) :], self.inner.clone()]
        return super().decode(codes)

    def _copied(self, inner: Instance) -> PlantedInstance:
        found = super()._copied(inner)
        if isinstance(found, DecoderRewinds):
            found.kept = list(self.kept)  # nobody decodes with these, but with copies of them
        return found


class _Halves:
    """Two instances of which one encodes and the other decodes."""

    def __init__(self, encoder: Instance, decoder: Instance) -> None:
        self._encoder, self._decoder = encoder, decoder

    def encode(self, pcm: Samples) -> Codes:
        return self._encoder.encode(pcm)

    def decode(self, codes: Codes) -> Samples:
        return self._decoder.decode(codes)

    def reset(self, side: Side) -> None:
        if side is not Side.DECODER:
            self._encoder.reset(Side.ENCODER)
        if side is not Side.ENCODER:
            self._decoder.reset(Side.DECODER)

    def clone(self) -> "_Halves":
        return _Halves(self._encoder.clone(), self._decoder.clone())

    def state(self) -> State:
        encoder, decoder = self._encoder.state(), self._decoder.state()
        kept = {name: value for name, value in encoder.items() if name.startswith("encoder/")}
        return kept | {name: value for name, value in decoder.items() if name.startswith("decoder/")}


class ForgetsEncoderReset(PlantedInstance):
    """reset() leaves the encoder as it is."""

    side = Side.ENCODER

    def reset(self, side: Side) -> None:
        """Reset what is not forgotten."""
        if side is not self.side:
            self.inner.reset(Side.DECODER if self.side is Side.ENCODER else Side.ENCODER)


class ForgetsDecoderReset(ForgetsEncoderReset):
    """reset() leaves the decoder as it is."""

    side = Side.DECODER


class StartsDirty(PlantedInstance):
    """A newly opened instance has heard so many frames of noise already."""

    def __init__(self, codec: PlantedCodec, inner: Instance) -> None:
        super().__init__(codec, inner)
        frames, info = max(1, round(codec.size)), codec.info
        noise = np.random.default_rng(codec.place.seed).standard_normal(frames * info.frame_size)
        inner.decode(inner.encode((codec.place.level * noise).astype(np.float32)))

    def _copied(self, inner: Instance) -> PlantedInstance:
        found = PlantedInstance(self.codec, inner)
        found.frames = dict(self.frames)
        return found


class SharesWithClone(PlantedInstance):
    """A clone is no copy: both go on with one state."""

    def clone(self) -> PlantedInstance:
        """Return another handle of the same state."""
        found = type(self)(self.codec, self.inner)
        found.frames = self.frames
        return found


class SharedState(PlantedInstance):
    """All instances decode with one state, as with a module-level variable."""

    def __init__(self, codec: PlantedCodec, inner: Instance) -> None:
        super().__init__(codec, inner)
        common = codec.shared["decoder"]() if "decoder" in codec.shared else None
        if common is None:  # the first, or all that had it are gone
            codec.shared["decoder"] = weakref.ref(inner)
        else:
            self.inner = _Halves(inner, common)

    def _copied(self, inner: Instance) -> PlantedInstance:
        found = PlantedInstance(self.codec, inner)
        found.frames = dict(self.frames)
        return found


class SameBuffer(PlantedInstance):
    """Every call to decode returns the same memory, which the next call writes over."""

    def decode(self, codes: Codes) -> Samples:
        """Decode into the one buffer."""
        pcm = super().decode(codes)
        buffer: Samples = self.codec.shared.setdefault(f"buffer {len(pcm)}", np.empty_like(pcm))
        buffer[:] = pcm
        return buffer


class RacedCalls(PlantedInstance):
    """Every so many frames a call returns what the call before it returned, as where two threads race."""

    last: Samples | None = None

    def decode(self, codes: Codes) -> Samples:
        """Decode; sometimes return what was before."""
        raced = self._hit(Side.DECODER, codes.shape[1])
        before, self.last = self.last, super().decode(codes)
        return before.copy() if raced and before is not None and len(before) == len(self.last) else self.last

    def _copied(self, inner: Instance) -> PlantedInstance:
        found = super()._copied(inner)
        if isinstance(found, RacedCalls):
            found.last = self.last
        return found


KINDS: dict[str, type[PlantedInstance]] = {
    "encoder-resets": EncoderResets,
    "decoder-resets": DecoderResets,
    "decode-resets-encoder": DecodeResetsEncoder,
    "decoder-rewinds": DecoderRewinds,
    "forgets-encoder-reset": ForgetsEncoderReset,
    "forgets-decoder-reset": ForgetsDecoderReset,
    "starts-dirty": StartsDirty,
    "shares-with-clone": SharesWithClone,
    "shared-state": SharedState,
    "same-buffer": SameBuffer,
    "raced-calls": RacedCalls,
}
