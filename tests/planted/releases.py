"""Codecs that change from release to release, hang or are slow: named `planted.releases:Class`, around a real one."""

import time
from dataclasses import replace
from typing import Any

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance
from planted.faults import FreshClone, Sound, SoundInstance


class Released(FreshClone):
    """From release *broken_from* on a clone has forgotten everything; before it, clones are sound."""

    def __init__(self, release: int = 1, broken_from: int = 4, **options: Any) -> None:
        super().__init__(**options)
        self.broken = release >= broken_from
        self.info = replace(self.info, fingerprint=f"released:{release}:{broken_from}:{self.info.fingerprint}")

    def wrap(self, instance: Instance) -> SoundInstance:
        return super().wrap(instance) if self.broken else SoundInstance(self, instance)


class Slow(Sound):
    """Takes *seconds* to decode a call; half a minute and more is meant to be cut off."""

    def __init__(self, seconds: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.seconds = seconds
        self.info = replace(self.info, fingerprint=f"slow:{seconds}:{self.info.fingerprint}")

    def wrap(self, instance: Instance) -> SoundInstance:
        class Late(SoundInstance):
            codec: Any

            def decode(self, codes: Codes) -> Samples:
                time.sleep(self.codec.seconds)
                return self.inner.decode(codes)

            def clone(self) -> Instance:
                return Late(self.codec, self.inner.clone())

        return Late(self, instance)
