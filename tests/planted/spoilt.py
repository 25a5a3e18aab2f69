"""A codec whose output is spoilt frame by frame, in every use alike."""

import dataclasses
from typing import Any

from planted import faults


class Spoilt(faults.Sound):
    """What is decoded passes through *spoil(pcm, frame)*, and what is encoded through *before*."""

    def __init__(self, spoil=None, before=None, inner="opus", **declared):
        super().__init__(inner)
        self.spoil, self.before = spoil, before
        self.info = dataclasses.replace(self.info, **declared)

    def wrap(self, instance):
        return Spoiling(self, instance)


class Spoiling(faults.SoundInstance):
    codec: Any
    frame = 0

    def encode(self, pcm):
        return self.inner.encode(self.codec.before(pcm) if self.codec.before else pcm)

    def decode(self, codes):
        pcm, size = self.inner.decode(codes).copy(), self.codec.info.frame_size
        for at in range(0, len(pcm), size):
            if self.codec.spoil:
                pcm[at : at + size] = self.codec.spoil(pcm[at : at + size], self.frame)
            self.frame += 1
        return pcm

    def reset(self, side):
        self.inner.reset(side)
        if side != "encoder":
            self.frame = 0

    def clone(self):
        copy = Spoiling(self.codec, self.inner.clone())
        copy.frame = self.frame
        return copy
