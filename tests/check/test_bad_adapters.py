"""Adapters that break their word in ways of their own: each is told with one clear finding."""

import dataclasses

import numpy as np
import pytest
from planted import faults

from harness.check.card import check
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


class MutatesInput(faults.Sound):
    """Encoding removes the mean in place."""

    def wrap(self, instance):
        class Mutating(faults.SoundInstance):
            def encode(self, pcm):
                pcm -= pcm.mean()
                return self.inner.encode(pcm)

        return Mutating(self, instance)


class ReusesBuffer(faults.Sound):
    """Decoding returns the same array every time."""

    def wrap(self, instance):
        buffers = {}

        class Reusing(faults.SoundInstance):
            def decode(self, codes):
                pcm = self.inner.decode(codes)
                buffer = buffers.setdefault(len(pcm), np.empty_like(pcm))
                buffer[:] = pcm
                return buffer

        return Reusing(self, instance)


class LiesAboutItsFrame(faults.Sound):
    """Takes frames half as long as it declares."""

    def __init__(self):
        super().__init__("pcm", frame_ms=10)
        inner = self.inner.info
        self.info = dataclasses.replace(inner, frame_size=2 * inner.frame_size, codebooks=2 * inner.codebooks)

    def wrap(self, instance):
        class Halved(faults.SoundInstance):
            def encode(self, pcm):
                codes = self.inner.encode(pcm)
                if codes.shape[1] % 2:
                    return codes
                return np.concatenate([codes[:, 0::2], codes[:, 1::2]])

            def decode(self, codes):
                half = len(codes) // 2
                return self.inner.decode(np.stack([codes[:half], codes[half:]], axis=2).reshape(half, -1))

        return Halved(self, instance)


class Panics(faults.Sound):
    """Raises what is no Exception, as a panic in Rust does, instead of cloning."""

    def wrap(self, instance):
        class Panicking(faults.SoundInstance):
            def clone(self):
                raise Panic("index out of bounds")

        return Panicking(self, instance)


class Panic(BaseException):
    pass


class Mute(faults.Sound):
    """Refuses wrong input without a word."""

    def wrap(self, instance):
        class Silent(faults.SoundInstance):
            def encode(self, pcm):
                if not len(pcm) or len(pcm) % self.codec.info.frame_size:
                    raise AssertionError  # what an assert says where nothing rewrites it
                return self.inner.encode(pcm)

        return Silent(self, instance)


class LiesAboutState(faults.Sound):
    """Opus, declared to have no state."""

    def __init__(self):
        super().__init__()
        self.info = dataclasses.replace(self.inner.info, stateful=False)


class Leaks(faults.Sound):
    """The noise of loud input is left in the output as infinity."""

    def wrap(self, instance):
        class Loud(faults.SoundInstance):
            def decode(self, codes):
                pcm = self.inner.decode(codes)
                return np.where(np.abs(pcm) > 0.98, np.float32(np.inf), pcm)

        return Loud(self, instance)


@pytest.mark.parametrize(
    ("codec", "law", "words"),
    [
        (MutatesInput(), "input-untouched", "encode changed the samples that it was given"),
        (ReusesBuffer(), "output-owned", "the PCM of call 0, which the caller kept, changed in a call 1 later"),
        (LiesAboutItsFrame(), "counts", "declares frames of 320 samples, but 160 samples gave 1 frame"),
        (Panics(), "clone-continues", "raised Panic: index out of bounds"),
        (Mute(), "honest-errors", "encode of no samples: raised AssertionError without a message"),
        (LiesAboutState(), "state-matters", "declared without state, but codes of single frames differ"),
        (Leaks(), "finite-output", "decodes to NaN or infinite samples"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, faults.Sound) else None,
)
def test_a_bad_adapter_is_told(codec, law, words):
    finding = judge(law, subject(codec))
    assert finding.status is Status.BROKEN
    assert words in finding.observed


def test_a_panic_does_not_stop_the_other_laws():
    card = check(Panics(), "panics", {}, laws=["clone-continues", "counts"])
    assert [finding.status for finding in card.findings] == [Status.BROKEN, Status.HELD]


def test_an_interrupt_is_not_taken_for_a_finding(monkeypatch):
    under_test = subject(faults.Sound())

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(under_test, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge("counts", under_test)


class KeepsWhatItWasGiven(faults.Sound):
    """Each frame is smoothed with the end of the one before, of which it keeps the caller's own array."""

    def wrap(self, instance):
        copies = self.copies

        class Keeping(faults.SoundInstance):
            past = None

            def encode(self, pcm):
                before = np.float32(0) if self.past is None else self.past[-1]
                smooth = (pcm + np.concatenate([[before], pcm[:-1]]).astype(np.float32)) * np.float32(0.5)
                self.past = pcm.copy() if copies else pcm
                return self.inner.encode(smooth)

            def reset(self, side):
                self.inner.reset(side)
                if side != "decoder":
                    self.past = None

        return Keeping(self, instance)

    def __init__(self, *, copies=False):
        super().__init__("pcm")
        self.copies = copies
        self.info = dataclasses.replace(self.info, stateful=True, context=None)


def test_a_codec_that_keeps_the_arrays_of_its_caller_is_told():
    finding = judge("input-untouched", subject(KeepsWhatItWasGiven()))
    assert finding.status is Status.BROKEN
    assert "whose caller put something else into what it had handed in" in finding.observed
    assert judge("input-untouched", subject(KeepsWhatItWasGiven(copies=True))).status is Status.HELD
