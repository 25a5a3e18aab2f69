"""Faults whose cause does not show in `state()`, and one that is in the call itself: `planted.origins:Class`."""

import weakref
from typing import Any, ClassVar

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance, Side, State
from planted.faults import Sound, SoundInstance


class _Tiring(SoundInstance):
    """The level falls with every frame that is decoded; *heard* counts them, and neither reset nor state() knows."""

    def __init__(self, codec: Sound, inner: Instance, heard: list[int]) -> None:
        super().__init__(codec, inner)
        self.heard = heard

    def decode(self, codes: Codes) -> Samples:
        gain = np.float32(0.98 ** self.heard[0])
        self.heard[0] += codes.shape[1]
        return self.inner.decode(codes) * gain

    def state(self) -> State:
        return {name: np.zeros(1) for name in ("encoder/nothing", "decoder/nothing")}


class HiddenState(Sound):
    """What no reset forgets, each instance has to itself."""

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Counting(self, instance, [0])


class _Counting(_Tiring):
    def clone(self) -> Instance:
        return _Counting(self.codec, self.inner.clone(), list(self.heard))


class TiresLater(Sound):
    """The level falls with every call to decode from the third on, and state() shows how many there were."""

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Shown(self, instance, [0])


class _Shown(_Tiring):
    def decode(self, codes: Codes) -> Samples:
        self.heard[0] += 1
        return self.inner.decode(codes) * np.float32(0.9 ** max(0, self.heard[0] - 2))

    def state(self) -> State:
        return {"decoder/heard": np.array(self.heard)}

    def clone(self) -> Instance:
        return _Shown(self.codec, self.inner.clone(), list(self.heard))


class HiddenAlias(Sound):
    """A clone shares what state() does not show with its source."""

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Sharing(self, instance, [0])


class _Sharing(_Tiring):
    def clone(self) -> Instance:
        return _Sharing(self.codec, self.inner.clone(), self.heard)


class SharedScratch(Sound):
    """All instances use one buffer, cleared when one is opened; half of what it holds of others is heard."""

    scratch: ClassVar[dict[str, Any]] = {}

    def open(self) -> Instance:
        SharedScratch.scratch = {}
        return super().open()

    def wrap(self, instance: Instance) -> SoundInstance:
        class Scratching(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm, owner = self.inner.decode(codes), SharedScratch.scratch.get("owner", id(self))
                SharedScratch.scratch["owner"] = id(self)
                return pcm if owner == id(self) else pcm * np.float32(0.5)

        return Scratching(self, instance)


class GroupsMatter(Sound):
    """The last frame of a call of several is decoded at half the level."""

    def __init__(self, inner: str = "opus", level: float = 1.0, **options: Any) -> None:
        super().__init__(inner, **options)
        self.level = np.float32(level)

    def wrap(self, instance: Instance) -> SoundInstance:
        size, level = self.info.frame_size, self.level

        class Grouping(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes) * level
                pcm[-size:] *= np.float32(0.5 if codes.shape[1] > 1 else 1.0)
                return pcm

        return Grouping(self, instance)


class LeftBehind(Sound):
    """An instance is opened with what *after* frames of noise left in it; it shows no state, and maybe *resets*."""

    def __init__(self, inner: str = "opus", after: int = 3, resets: bool = True, **options: Any) -> None:
        super().__init__(inner, **options)
        self.resets = resets
        self.noise = np.random.default_rng(0).normal(0, 0.1, after * self.info.frame_size).astype(np.float32)

    def open(self) -> Instance:
        instance = self.inner.open()
        if len(self.noise):
            instance.decode(instance.encode(self.noise))
        return self.wrap(instance)

    def wrap(self, instance: Instance) -> SoundInstance:
        resets = self.resets

        class Used(SoundInstance):
            def reset(self, side: Side) -> None:
                if not resets:
                    raise NotImplementedError("there is no reset")
                self.inner.reset(side)

            def state(self) -> State:
                return {name: np.zeros(1) for name in ("encoder/nothing", "decoder/nothing")}

        return Used(self, instance)


class ResetsElsewhere(Sound):
    """A reset instance is one that has heard a frame of noise."""

    def wrap(self, instance: Instance) -> SoundInstance:
        noise = np.random.default_rng(0).normal(0, 0.1, self.info.frame_size).astype(np.float32)

        class Elsewhere(SoundInstance):
            def reset(self, side: Side) -> None:
                self.inner.reset(side)
                self.inner.decode(self.inner.encode(noise))

        return Elsewhere(self, instance)


class OneForAll(Sound):
    """All instances are one: to open another begins it anew."""

    only: ClassVar[dict[str, Any]] = {}

    def open(self) -> Instance:
        OneForAll.only["inner"] = self.inner.open()
        return self.wrap(OneForAll.only["inner"])

    def wrap(self, instance: Instance) -> SoundInstance:
        codec = self

        class Slot(SoundInstance):
            inner = property(lambda _: OneForAll.only["inner"], lambda *_: None)

            def clone(self) -> Instance:
                return Slot(codec, self.inner)

        return Slot(self, instance)


class EncodingSpoilsDecoding(Sound):
    """Each encoded frame resets the decoder of the same instance."""

    def wrap(self, instance: Instance) -> SoundInstance:
        class Spoilt(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                codes = self.inner.encode(pcm)
                self.inner.reset(Side.DECODER)
                return codes

        return Spoilt(self, instance)


class DelayLine(Sound):
    """Decoded speech comes one frame late, through a line that its state shows."""

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Delayed(self, instance)


class _Delayed(SoundInstance):
    def __init__(self, codec: Sound, inner: Instance) -> None:
        super().__init__(codec, inner)
        self.line: Samples = np.zeros(codec.info.frame_size, np.float32)

    def decode(self, codes: Codes) -> Samples:
        pcm = np.concatenate([self.line, self.inner.decode(codes)])
        self.line = pcm[-len(self.line) :]
        return pcm[: -len(self.line)]

    def reset(self, side: Side) -> None:
        self.inner.reset(side)
        self.line = np.zeros_like(self.line)

    def state(self) -> State:
        return {**self.inner.state(), "decoder/line": self.line.copy()}


class SoftOnce(Sound):
    """The first instance of a process that is opened while another one is open is softer; no later one is."""

    thread_safe = True
    living = 0
    used = False

    def wrap(self, instance):
        cls = type(self)
        cls.living += 1
        soft = cls.living == 2 and not cls.used
        cls.used = cls.used or soft

        class Soft(SoundInstance):
            def decode(self, codes):
                pcm = self.inner.decode(codes)
                return pcm * np.float32(0.5) if soft else pcm

            def close(self):
                cls.living -= 1

        return Soft(self, instance)


class MindsOthers(Sound):
    """Decodes half as loud while another instance is open, used or not."""

    def __init__(self, inner: str = "pcm") -> None:
        super().__init__(inner)
        self.open_ones: weakref.WeakSet[SoundInstance] = weakref.WeakSet()

    def wrap(self, instance: Instance) -> SoundInstance:
        everyone = self.open_ones

        class Crowded(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                return self.inner.decode(codes) * np.float32(0.5 if len(everyone) > 1 else 1)

            def close(self) -> None:
                everyone.discard(self)

        made = Crowded(self, instance)
        everyone.add(made)
        return made
