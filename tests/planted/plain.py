"""Codecs whose plain use is wrong already, so that everything that is relative to it looks right."""

from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Side

from .faults import Sound, SoundInstance


class Off(Sound):
    """
    The inner codec behind a fault of its output.

    gain : a factor, negative for inverted polarity; late : samples of delay that are not declared; noise : standard
    deviation of white noise; growing : the noise begins at nothing and grows with every frame; constant : all samples;
    declared_gain : dB, what `info` says
    """

    def __init__(
        self,
        inner: str = "opus",
        gain: float = 1.0,
        late: int = 0,
        noise: float = 0.0,
        growing: float = 0.0,
        constant: float | None = None,
        declared_gain: float | None = 0.0,
        **options: Any,
    ) -> None:
        from dataclasses import replace

        super().__init__(inner, **options)
        self.gain, self.late, self.noise, self.growing, self.constant = gain, late, noise, growing, constant
        self.info = replace(self.info, gain_db=declared_gain)

    def wrap(self, instance: Any) -> "OffInstance":
        return OffInstance(self, instance)


class OffInstance(SoundInstance):
    codec: Any

    def __init__(self, codec: Any, inner: Any) -> None:
        super().__init__(codec, inner)
        self.held, self.frames = np.zeros(codec.late, np.float32), 0

    def decode(self, codes: Codes) -> Samples:
        pcm = np.concatenate([self.held, self.inner.decode(codes)])
        cut = len(pcm) - self.codec.late
        self.held, pcm = pcm[cut:].copy(), pcm[:cut] * np.float32(self.codec.gain)
        size = self.codec.info.frame_size
        for frame in range(codes.shape[1]):
            self.frames += 1
            level = self.codec.noise + self.codec.growing * self.frames
            noise = np.random.default_rng(self.frames).standard_normal(size).astype(np.float32)
            pcm[frame * size : (frame + 1) * size] += np.float32(level) * noise
        return pcm if self.codec.constant is None else np.full_like(pcm, self.codec.constant)

    def reset(self, side: Side) -> None:
        self.inner.reset(side)
        if side is not Side.ENCODER:
            self.held, self.frames = np.zeros_like(self.held), 0

    def clone(self) -> "OffInstance":
        copy = OffInstance(self.codec, self.inner.clone())
        copy.held, copy.frames = self.held.copy(), self.frames
        return copy
