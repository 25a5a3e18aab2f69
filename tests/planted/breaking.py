"""PCM that fails at a frame in a way of choice: `planted.breaking:Breaks`."""

import os
import signal
import time
from dataclasses import replace

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance
from planted.faults import Sound, SoundInstance

FRAME = 5


class Breaks(Sound):
    """
    Decoding frame 5 of an instance `raises`, gives a `nan`, the wrong `shape`, `dies` or `hangs`.

    how, cloned : in which way every instance does, and in which a clone does; "" for not at all
    build : means nothing, and is told where it fails, as a folder that is another in every release
    loading : in which way making the codec fails, `raises`, `dies` or `declares` what cannot be
    """

    def __init__(self, how: str = "", cloned: str = "", build: str = "", loading: str = "") -> None:
        super().__init__("pcm")
        if loading == "raises":
            raise KeyError(f"no tables in /builds/{build}/decoder.py")
        if loading == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        if loading == "declares":
            self.info = replace(self.info, frame_size=-1)
            return
        self.how, self.cloned, self.build = how, cloned, build
        self.info = replace(self.info, fingerprint=f"breaks:{how}:{cloned}:{build}")

    def wrap(self, instance: Instance) -> SoundInstance:
        return _Breaking(self, instance)


class _Breaking(SoundInstance):
    codec: Breaks
    frames = 0
    is_clone = False

    def decode(self, codes: Codes) -> Samples:
        pcm = self.inner.decode(codes)
        self.frames += codes.shape[1]
        how = self.codec.how or (self.codec.cloned if self.is_clone else "")
        return self.broken(how, pcm) if self.frames >= FRAME else pcm

    def broken(self, how: str, pcm: Samples) -> Samples:
        if how == "raises":
            raise IndexError(f"index {self.frames} is out of range in /builds/{self.codec.build}/decoder.py")
        if how == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        if how == "hangs":
            time.sleep(3600)
        if how == "shape":
            return pcm[:-1]
        return np.full_like(pcm, np.nan) if how == "nan" else pcm

    def clone(self) -> Instance:
        other = _Breaking(self.codec, self.inner.clone())
        other.is_clone = True
        return other
