"""Codecs without compression that are wrong only late: they drift, break, leak, slow down or end."""

import dataclasses
import itertools
import os
import time

import numpy as np

from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Side
from harness.errors import CodecFailed

BUSY = 1000  # frames of all instances of a codec


class _Late:
    def __init__(self, inner, fault, at, played):
        self.inner, self.fault, self.at, self.frames, self.kept = inner, fault, at, 0, []
        self.played, self.sent = played, 0

    def encode(self, pcm):
        codes = self.inner.encode(pcm)
        self.sent += codes.shape[1]
        if self.fault == "flips" and self.sent == self.at:  # one code of one frame
            codes = codes.copy()
            codes[-1, -1] ^= 1
        return codes

    def decode(self, codes):
        pcm = self.inner.decode(codes).copy()
        self.frames += codes.shape[1]
        late = self.frames > self.at
        match self.fault:
            case "drifts":  # an error of 60 dB at first that grows by 1 dB with each doubling
                noise = np.random.default_rng(self.frames).standard_normal(len(pcm))
                pcm += (10 ** (-60 / 20) * self.frames ** (1 / 6.02) * noise * np.abs(pcm)).astype(np.float32)
            case "bursts" if self.at < self.frames <= self.at + 5:
                pcm[:] = np.where(np.arange(len(pcm)) % 2, 0.9, -0.9)
            case "rounds":  # by more where it is loud, as where one clips
                pcm *= np.where(np.abs(pcm) > 0.95, np.float32(0.98), np.float32(0.999))
            case "inverts":
                pcm = -pcm
            case "halves":
                pcm *= np.float32(0.5)
            case "breaks" if late:
                pcm = -pcm[::-1].copy()
            case "leaks":
                self.kept.append(np.ones(40_000))  # 320 kB a frame
            case "busy" if next(self.played) > BUSY:  # other work on the machine: all instances are slow from then on
                time.sleep(2e-3)
            case "slows":
                time.sleep(2e-6 * self.frames)
            case "fails" if late:
                raise CodecFailed("no more")
            case "dies" if late:
                os._exit(3)
        return self._by_place(pcm)

    def _by_place(self, pcm):
        after = self.frames - self.at
        if (self.fault, after) == ("mutes", 1) or (self.fault, after % self.at) == ("mutes-each", 0):
            pcm[:] = 0
        if self.fault == "dithers":
            pcm += np.random.default_rng(self.frames % self.at).uniform(-1e-4, 1e-4, len(pcm)).astype(np.float32)
        return pcm

    def reset(self, side: Side):
        self.inner.reset(side)
        self.frames = 0

    def clone(self):
        return _Late(self.inner.clone(), self.fault, self.at, self.played)

    def state(self):
        return self.inner.state()


class Endless:
    """*fault*: what happens; *at*: after how many frames, where it begins somewhere; *context*: what is declared."""

    def __init__(self, fault: str = "", at: int = 300, context: int = 0) -> None:
        self._inner, self._fault, self._at = PcmCodec(), fault, at
        self._played = itertools.count()
        self.info = dataclasses.replace(self._inner.info, stateful=context > 0, context=context)

    def open(self):
        return _Late(self._inner.open(), self._fault, self._at, self._played)


class Remembers(Endless):
    """Declares a context of ten minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.info = dataclasses.replace(self.info, context=30_000, stateful=True)
