"""Codecs that break on some inputs and not on others that sound alike, or now and then: `planted.fickle:Fickle`."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance
from harness.errors import CodecFailed
from planted.faults import Sound, SoundInstance


class Fickle(Sound):
    """
    Breaks where the largest sample of the stream so far is above *above*: `raises`, is `quiet` from then on, or is
    `killed` while the file *where* exists.
    """

    def __init__(self, fault: str, above: float, where: str = "", **options: Any) -> None:
        super().__init__("pcm", **options)
        self.fault, self.above, self.where = fault, above, where

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Moody(self, instance)


class _Moody(SoundInstance):
    codec: Fickle
    broken = False

    def encode(self, pcm: Samples) -> Codes:
        self.broken = self.broken or float(np.abs(pcm).max()) > self.codec.above
        if self.broken and self.codec.fault == "raises":
            raise ValueError("too loud today")
        if self.codec.fault == "killed":
            if self.broken and Path(self.codec.where).exists():
                os.kill(os.getpid(), signal.SIGKILL)
            return self.inner.encode(pcm)
        return self.inner.encode(pcm * np.float32(0.1) if self.broken else pcm)


class FailsLater(Sound):
    """From the fifth instance of a process on, encoding fails."""

    opened = 0

    def open(self) -> Instance:
        FailsLater.opened += 1
        return _Failing(self, self.inner.open()) if FailsLater.opened > 4 else super().open()


class _Failing(SoundInstance):
    def encode(self, pcm: Samples) -> Codes:
        raise CodecFailed(f"no such kernel for {len(pcm)} samples")
