"""A codec that is broken by a rule over its options: named `planted.ruled:Ruled`."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance
from harness.errors import CodecFailed
from planted.faults import Sound, SoundInstance

NAMES = "abcv"


class Ruled(Sound):
    """
    PCM that is softer from the 20th call on, or fails, where a Python expression over the options a, b, c, v is true.

    bad, fails : these expressions; options that are not given are 0
    shows : which instances that are bad show it, as "001" for every third one; *log* is a file that counts them
    """

    def __init__(
        self, bad: str = "False", fails: str = "False", shows: str = "1", log: str = "", **options: int
    ) -> None:
        super().__init__("pcm")
        values = {name: options.get(name, 0) for name in NAMES}
        self.bad, self.fails = (bool(eval(rule, {}, values)) for rule in (bad, fails))  # noqa: S307 - a test's own text
        self.shows, self.log = shows, log
        self.info = replace(self.info, fingerprint=f"ruled:{values}:{bad}:{fails}:{shows}:{log}")

    def _shown(self) -> bool:
        if not self.log:
            return True
        with Path(self.log).open("a") as file:
            file.write(".")
            return self.shows[(file.tell() - 1) % len(self.shows)] == "1"

    def open(self) -> Instance:
        """Return an instance; one of many may show nothing."""
        return _Ruled(self, self.inner.open(), self.bad and self._shown(), fails=self.fails)


class _Ruled(SoundInstance):
    calls = 0

    def __init__(self, codec: Sound, inner: Instance, bad: bool, *, fails: bool) -> None:
        super().__init__(codec, inner)
        self.bad, self.fails = bad, fails

    def decode(self, codes: Codes) -> Samples:
        if self.fails:
            raise CodecFailed("no such kernel")
        self.calls += 1
        pcm = self.inner.decode(codes)
        return pcm * np.float32(0.25) if self.bad and self.calls > 20 else pcm
