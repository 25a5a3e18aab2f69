"""Resets that forget one thing are told by the law that is about it; the same codec with a whole reset is not."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.protocol import Side


class Forgetful(faults.Sound):
    """A codec with state of its own beside that of Opus, which a reset clears only if it is *whole*."""

    Instance = faults.SoundInstance

    def __init__(self, *, whole=False):
        super().__init__()
        self.whole = whole
        self.info = dataclasses.replace(self.info, fingerprint=f"{type(self).__name__} {whole}")

    def wrap(self, instance):
        return self.Instance(self, instance)


class Remembering(faults.SoundInstance):
    codec: Any
    left = 0

    def reset(self, side):
        self.inner.reset(side)
        if self.codec.whole:
            self.left = 0

    def clone(self):
        other = type(self)(self.codec, self.inner.clone())
        other.left = self.left
        return other


class OpensSlowly(Forgetful):
    """After digital silence its gate lets the first frame through at half the level."""

    class Instance(Remembering):
        def encode(self, pcm):
            opening, self.left = self.left and pcm.any(), int(not pcm.any())
            return self.inner.encode(pcm * np.float32(0.5) if opening else pcm)


class KeepsWhatItRefused(Forgetful):
    """A call that it refuses leaves something behind, which the next call that it takes begins with."""

    class Instance(Remembering):
        def encode(self, pcm):
            if len(pcm) % self.codec.info.frame_size:
                self.left = 1
                raise ValueError(f"{len(pcm)} samples are no whole frames")
            spoilt, self.left = self.left, 0
            return self.inner.encode(pcm * np.float32(0.5) if spoilt else pcm)


class WearsOut(Forgetful):
    """Each reset takes a little of its level."""

    class Instance(Remembering):
        def reset(self, side):
            self.left += 1
            super().reset(side)

        def decode(self, codes):
            return self.inner.decode(codes) * np.float32(0.9**self.left)


class TakesTurns(Forgetful):
    """Two buffers take the decoder's frames in turn, of which a reset clears one."""

    class Instance(Remembering):
        def decode(self, codes):
            pcm = self.inner.decode(codes) * np.float32(0.5 if self.left < 0 else 1)
            self.left = max(self.left, 0) + codes.shape[1]
            return pcm

        def reset(self, side):
            super().reset(side)
            if side is not Side.ENCODER:
                self.left = -(self.left % 2)


@pytest.mark.parametrize(
    ("kind", "law", "words"),
    [
        (TakesTurns, "reset-decoder", "a used decoder after reset, of 1 frame, differs from frame 0 on"),
        (OpensSlowly, "reset-after-silence", "an instance reset after silence"),
        (KeepsWhatItRefused, "reset-after-failure", "an instance reset after a failed call"),
        (WearsOut, "reset-many-times", "use 2 of an instance reset in between"),
    ],
)
def test_a_reset_that_forgets_something_is_told(kind, law, words):
    finding = judge(law, subject(kind()))
    assert finding.status is Status.BROKEN
    assert words in finding.observed
    assert judge(law, subject(kind(whole=True))).status is Status.HELD
