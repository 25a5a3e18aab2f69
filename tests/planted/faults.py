"""
One fault per class, each wrapped around a real codec: name them `planted.faults:Class`.

All take the adapter to wrap as the option `inner` (default `opus`, which is quick and strongly stateful).
"""

import itertools
from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.loading import load
from harness.codecs.protocol import Codec, Codes, Instance, Side, State


class Sound:
    """No fault: the wrapper itself must not be what is caught."""

    def __init__(self, inner: str = "opus", **options: Any) -> None:
        self.inner: Codec = load(inner, options)
        self.info = self.inner.info

    def open(self) -> Instance:
        return self.wrap(self.inner.open())

    def wrap(self, instance: Instance) -> "SoundInstance":
        return SoundInstance(self, instance)


class SoundInstance:
    def __init__(self, codec: Sound, inner: Instance) -> None:
        self.codec = codec
        self.inner = inner

    def encode(self, pcm: Samples) -> Codes:
        return self.inner.encode(pcm)

    def decode(self, codes: Codes) -> Samples:
        return self.inner.decode(codes)

    def reset(self, side: Side) -> None:
        self.inner.reset(side)

    def clone(self) -> Instance:
        return self.codec.wrap(self.inner.clone())

    def state(self) -> State:
        return self.inner.state()


class OneFrameLate(Sound):
    """Decoded speech comes one frame later than declared."""

    def wrap(self, instance: Instance) -> SoundInstance:
        size = self.info.frame_size

        class Late(SoundInstance):
            held: Samples = np.zeros(size, np.float32)

            def decode(self, codes: Codes) -> Samples:
                pcm = np.concatenate([self.held, self.inner.decode(codes)])
                self.held = pcm[-size:]
                return pcm[:-size]

            def reset(self, side: Side) -> None:
                self.inner.reset(side)
                if side is not Side.ENCODER:
                    self.held = np.zeros(size, np.float32)

            def clone(self) -> Instance:
                other = Late(self.codec, self.inner.clone())
                other.held = self.held.copy()
                return other

        return Late(self, instance)


class DropsLastFrame(Sound):
    """The last frame of every call is missing."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Short(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return self.inner.decode(codes)[: -self.codec.info.frame_size]

        return Short(self, instance)


class OneSampleLong(Sound):
    """Every call returns one sample too many."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Long(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return np.append(self.inner.decode(codes), np.float32(0))

        return Long(self, instance)


class HalfGain(Sound):
    """Half as loud in streaming; what an offline call returns is right."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Quiet(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return self.inner.decode(codes) * np.float32(0.5)

        return Quiet(self, instance)

    def encode_offline(self, pcm: Samples) -> Codes:
        return self.inner.open().encode(pcm)

    def decode_offline(self, codes: Codes) -> Samples:
        return self.inner.open().decode(codes)


class AliasingClone(Sound):
    """A clone works on its source's memory."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Alias(SoundInstance):
            def clone(self) -> Instance:
                return Alias(self.codec, self.inner)

        return Alias(self, instance)


class FreshClone(Sound):
    """A clone is a new instance and has forgotten everything."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Blank(SoundInstance):
            def clone(self) -> Instance:
                return self.codec.open()

        return Blank(self, instance)


class ForgetfulReset(Sound):
    """Reset leaves one state array of Mimi as it was: the down-sampler's, as rustymimi 0.4.1 did."""

    def __init__(self, inner: str = "mini", leaf: str = "downsample.conv.previous", **options: Any) -> None:
        super().__init__(inner, **options)
        self.leaf = leaf

    def wrap(self, instance: Instance) -> SoundInstance:
        leaf = self.leaf
        flag = leaf.replace("previous", "first")

        class Forgetful(SoundInstance):
            def reset(self, side: Side) -> None:
                instance: Any = self.inner
                before = instance.snapshot()
                self.inner.reset(side)
                instance.restore({**instance.snapshot(), leaf: before[leaf], flag: before[flag]})

        return Forgetful(self, instance)


class ResetsBothSides(Sound):
    """A reset of one side takes the other with it, as moshi's `reset_streaming()` would."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Both(SoundInstance):
            def reset(self, side: Side) -> None:  # noqa: ARG002
                self.inner.reset(Side.BOTH)

        return Both(self, instance)


class SharedInstance(Sound):
    """Every `open` returns the same instance."""

    def __init__(self, inner: str = "opus", **options: Any) -> None:
        super().__init__(inner, **options)
        self.only = self.inner.open()

    def open(self) -> Instance:
        return self.wrap(self.only)


class EncodingDisturbsDecoding(Sound):
    """Each encoded frame resets the decoder."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Disturbed(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                self.inner.reset(Side.DECODER)
                return self.inner.encode(pcm)

        return Disturbed(self, instance)


class Unrepeatable(Sound):
    """Each instance adds a noise of its own, 60 dB below full scale."""

    def __init__(self, inner: str = "opus", **options: Any) -> None:
        super().__init__(inner, **options)
        self.seeds = itertools.count()

    def wrap(self, instance: Instance) -> SoundInstance:
        noise = np.random.default_rng(next(self.seeds))

        class Noisy(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes)
                return pcm + noise.normal(0.0, 1e-3, pcm.shape).astype(np.float32)

        return Noisy(self, instance)


class Noisy(Sound):
    """Each instance adds a noise that nobody can repeat, 60 dB below full scale."""

    def wrap(self, instance: Instance) -> SoundInstance:
        noise = np.random.default_rng()

        class Hissing(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes)
                return pcm + noise.normal(0.0, 1e-3, pcm.shape).astype(np.float32)

        return Hissing(self, instance)


class LiveState(Sound):
    """`state()` hands out the memory that the codec works on (opus only)."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Live(SoundInstance):
            def state(self) -> State:
                inner: Any = self.inner
                return {"encoder/state": inner._encoder, "decoder/state": inner._decoder}

        return Live(self, instance)


class ReturnsNan(Sound):
    """From the tenth decoded frame on, samples are NaN."""

    def wrap(self, instance: Instance) -> SoundInstance:
        return _From(self, instance, lambda pcm: np.full_like(pcm, np.nan))


class RaisesHalfWay(Sound):
    """The tenth decoded frame raises."""

    def wrap(self, instance: Instance) -> SoundInstance:
        def fail(pcm: Samples) -> Samples:
            raise RuntimeError(f"planted: no more than ten frames, got {len(pcm)} samples more")

        return _From(self, instance, fail)


class WrongShape(Sound):
    """Codes are (F, K)."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Transposed(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                return self.inner.encode(pcm).T

        return Transposed(self, instance)


class WrongType(Sound):
    """Codes are floating-point numbers."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Floats(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                return self.inner.encode(pcm).astype(np.float64)

        return Floats(self, instance)


class PadsSilently(Sound):
    """A chunk that is not whole frames is padded without a word."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Padding(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                rest = -len(pcm) % self.codec.info.frame_size
                return self.inner.encode(np.pad(pcm, (0, rest)))

        return Padding(self, instance)


class _From(SoundInstance):
    """From the tenth decoded frame on, what is decoded passes through *spoil*."""

    def __init__(self, codec: Sound, inner: Instance, spoil: Any, frames: int = 0) -> None:
        super().__init__(codec, inner)
        self.spoil = spoil
        self.frames = frames

    def decode(self, codes: Codes) -> Samples:
        pcm = self.inner.decode(codes)
        keep = max(0, 9 - self.frames) * self.codec.info.frame_size
        self.frames += codes.shape[1]
        return pcm if self.frames < 10 else np.concatenate([pcm[:keep], self.spoil(pcm[keep:])])

    def reset(self, side: Side) -> None:
        self.inner.reset(side)
        self.frames = 0 if side is not Side.ENCODER else self.frames

    def clone(self) -> Instance:
        return _From(self.codec, self.inner.clone(), self.spoil, self.frames)


class ResetForgetsDecoder(Sound):
    """A reset leaves the decoder as it was."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Forgetful(SoundInstance):
            def reset(self, side: Side) -> None:
                if side is not Side.DECODER:
                    self.inner.reset(Side.ENCODER)

        return Forgetful(self, instance)


class WarmsUp(Sound):
    """What the first instance of a process decodes is halved."""

    begun = False

    def wrap(self, instance: Instance) -> SoundInstance:
        gain, WarmsUp.begun = np.float32(1 if WarmsUp.begun else 0.5), True

        class Cold(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return self.inner.decode(codes) * gain

            def clone(self) -> Instance:
                return type(self)(self.codec, self.inner.clone())

        return Cold(self, instance)


class SecondOff(Sound):
    """What the second instance of a process decodes is halved."""

    opened = 0

    def wrap(self, instance: Instance) -> SoundInstance:
        SecondOff.opened += 1
        gain = np.float32(0.5 if SecondOff.opened == 2 else 1)

        class Off(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return self.inner.decode(codes) * gain

            def clone(self) -> Instance:
                return type(self)(self.codec, self.inner.clone())

        return Off(self, instance)


class Pooled(Sound):
    """Instances come from a pool of *slots*, and a slot that comes round again is used as it was left."""

    def __init__(self, inner: str = "opus", slots: int = 5, **options: Any) -> None:
        super().__init__(inner, **options)
        self.slots = [self.inner.open() for _ in range(slots)]
        self.next = itertools.cycle(range(slots))

    def open(self) -> Instance:
        return self.wrap(self.slots[next(self.next)])


class Slots(Sound):
    """There are 16 slots, and none is ever given back."""

    left = 16

    def open(self) -> Instance:
        if not self.left:
            raise RuntimeError("capacity exhausted: 16 slots")
        self.left -= 1
        return self.wrap(self.inner.open())
