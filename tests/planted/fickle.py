"""A codec that breaks on some inputs and not on others that sound alike: `planted.fickle:Fickle`."""

from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance
from planted.faults import Sound, SoundInstance


class Fickle(Sound):
    """Breaks where the largest sample of the stream so far is above *above*: `raises`, or is `quiet` from then on."""

    def __init__(self, fault: str, above: float, **options: Any) -> None:
        super().__init__("pcm", **options)
        self.fault, self.above = fault, above

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Moody(self, instance)


class _Moody(SoundInstance):
    codec: Fickle
    broken = False

    def encode(self, pcm: Samples) -> Codes:
        self.broken = self.broken or float(np.abs(pcm).max()) > self.codec.above
        if self.broken and self.codec.fault == "raises":
            raise ValueError("too loud today")
        return self.inner.encode(pcm * np.float32(0.1) if self.broken else pcm)
