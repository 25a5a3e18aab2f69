"""Codecs that do not give the same twice, one kind each; see `planted.faults` for how they are named and wrapped."""

from dataclasses import replace
from typing import Any

import numpy as np

from harness.audio import Samples
from harness.codec import Codes, Instance
from planted.faults import Sound, SoundInstance


class Scaled(SoundInstance):
    """What is decoded is as loud as *gain* says."""

    def __init__(self, codec: Sound, inner: Instance, gain: float) -> None:
        super().__init__(codec, inner)
        self.gain = gain

    def decode(self, codes: Codes) -> Samples:
        return self.inner.decode(codes) * np.float32(self.gain)

    def clone(self) -> Instance:
        return Scaled(self.codec, self.inner.clone(), self.gain)


class WarmsUp(Sound):
    """The first instance of a process is a tenth quieter."""

    opened = 0

    def wrap(self, instance: Instance) -> SoundInstance:
        self.opened += 1
        return Scaled(self, instance, 0.9 if self.opened == 1 else 1.0)


class LeavesBehind(Sound):
    """A new instance is as loud as all that the instance before it decoded says."""

    last = 0

    def wrap(self, instance: Instance) -> SoundInstance:
        codec, gain = self, 1.0 - self.last / 1000

        class Leaving(Scaled):
            total = 0

            def decode(self, codes: Codes) -> Samples:
                self.total += int(codes.sum())
                codec.last = self.total % 97
                return super().decode(codes)

        return Leaving(self, instance, gain)


class Rounding(Sound):
    """Each sample is off by chance, by less than the tolerance that is declared."""

    def __init__(self, inner: str = "opus", **options: Any) -> None:
        super().__init__(inner, **options)
        self.info = replace(self.info, tolerance=1e-4)

    def wrap(self, instance: Instance) -> SoundInstance:
        noise = np.random.default_rng()

        class Off(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes)
                return pcm + noise.uniform(-4e-5, 4e-5, pcm.shape).astype(np.float32)

        return Off(self, instance)
