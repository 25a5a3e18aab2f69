"""Laws of a single plain stream: each is broken by a codec that is wrong in one way, and kept by one that is not."""

import dataclasses
import itertools

import numpy as np
import pytest
from planted import faults
from planted.spoilt import Spoilt

from harness.audio.waveform import Samples
from harness.check.finding import Status
from harness.check.laws.basics import plain_stream
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


def asked(law, codec):
    return judge(law, subject(codec, frames=8, longest=4))


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


class LiesAboutState(faults.Sound):
    """Opus, declared to have no state."""

    def __init__(self):
        super().__init__()
        self.info = dataclasses.replace(self.inner.info, stateful=False)


class Forgets(faults.Sound):
    """PCM with a decoder that is declared to have state, and has none."""

    def __init__(self):
        super().__init__("pcm")
        self.info = dataclasses.replace(self.info, stateful=True, context=None)


class ReadsWhatItReturned(faults.Sound):
    """Each frame has half of the last one added, of which it keeps the array that the caller was given."""

    def __init__(self):
        super().__init__("pcm")
        self.info = dataclasses.replace(self.info, stateful=True, context=None)

    def wrap(self, instance):
        class Reading(faults.SoundInstance):
            last = None

            def decode(self, codes):
                pcm = self.inner.decode(codes)
                self.last = pcm if self.last is None else pcm + np.float32(0.5) * self.last
                return self.last

        return Reading(self, instance)


@pytest.mark.parametrize(
    ("codec", "law", "words"),
    [
        (MutatesInput(), "input-untouched", "encode changed the samples that it was given"),
        (ReusesBuffer(), "output-owned", "the PCM of call 0, which the caller kept, changed in a call 1 later"),
        (LiesAboutItsFrame(), "counts", "declares frames of 320 samples, but 160 samples gave 1 frame"),
        (LiesAboutState(), "state-matters", "declared without state, but codes of single frames differ"),
        (ReadsWhatItReturned(), "output-owned", "a stream whose returned arrays were overwritten differs from frame 1"),
        (Forgets(), "state-matters", "declared stateful, but a fresh instance for every frame gives the same"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, faults.Sound) else None,
)
def test_a_bad_adapter_is_told(codec, law, words):
    finding = asked(law, codec)
    assert finding.status is Status.BROKEN
    assert words in finding.observed


class Conceals(faults.Sound):
    """PCM in which a lost frame sounds like the one before it, and nothing else depends on the past."""

    def __init__(self):
        super().__init__("pcm")
        self.info = dataclasses.replace(self.info, stateful=True, context=None)

    def wrap(self, instance):
        class Concealing(faults.SoundInstance):
            last: Samples = np.zeros(320, np.float32)

            def decode(self, codes):
                pcm = [
                    self.last * np.float32(0.5) if (code < 0).all() else self.inner.decode(code[:, None])
                    for code in codes.T
                ]
                self.last = pcm[-1]
                return np.concatenate(pcm)

        return Concealing(self, instance)


def comfort(pcm, frame):
    return pcm if pcm.any() else 1e-3 * np.random.default_rng(frame).standard_normal(len(pcm))


@pytest.mark.parametrize(
    "codec",
    [
        Spoilt(comfort, inner="pcm", stateful=True, context=None),
        Spoilt(lambda pcm, frame: pcm * (0.5 if frame >= 60 else 1), inner="pcm", stateful=True, context=None),
        Conceals(),
    ],
    ids=["in silence", "late", "where a frame is lost"],
)
def test_state_that_matters_only_at_times_is_state(codec):
    finding = asked("state-matters", codec)
    assert finding.status is Status.HELD, finding.observed


class Ring(faults.Sound):
    """Decoding returns one of *size* arrays, in turn."""

    def __init__(self, size):
        super().__init__("pcm")
        self.size = size

    def wrap(self, instance):
        ring, size = {}, self.size

        class Turning(faults.SoundInstance):
            calls = 0

            def decode(self, codes):
                self.calls += 1
                buffer = ring.setdefault(self.calls % size, np.zeros(codes.shape[1] * 320, np.float32))
                buffer[:] = self.inner.decode(codes)
                return buffer

        return Turning(self, instance)


@pytest.mark.parametrize("size", [2, 4, 50])
def test_a_ring_of_buffers_is_found_however_many_there_are(size):
    finding = judge("output-owned", subject(Ring(size)))
    assert finding.status is Status.BROKEN
    assert f"the PCM of call 0, which the caller kept, changed in a call {size} later" in finding.observed


@pytest.mark.parametrize("law", ["deterministic", "counts", "input-untouched", "output-owned", "state-matters"])
@pytest.mark.parametrize("name", ["pcm", "opus"])
def test_a_sound_codec_keeps_them(law, name):
    assert asked(law, load(name, {})).status is Status.HELD


class Later(faults.Sound):
    """The decoder of every instance from the *at*-th on is louder."""

    def __init__(self, at):
        super().__init__()
        self.at, self.count = at, itertools.count(1)

    def wrap(self, instance):
        gain = np.float32(1.5 if next(self.count) >= self.at else 1.0)

        class Louder(faults.SoundInstance):
            def decode(self, codes):
                return self.inner.decode(codes) * gain

        return Louder(self, instance)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        (4, "PCM of a second run differs from frame 0"),
        (6, "PCM of a fresh instance after 1 with other speech differs"),
        (29, "PCM of a fresh instance after 8 with other speech differs"),
        (31, None),
    ],
)
def test_a_codec_is_asked_as_long_as_eight_instances_were_there_before(at, who):
    finding = asked("deterministic", Later(at))
    assert finding.status is (Status.BROKEN if who else Status.HELD)
    assert who is None or who in finding.observed


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


class Refuses(faults.Sound):
    """Refuses the third frame the first time that it comes, and has *moved* by then, or not."""

    def __init__(self, *, moved, always=False):
        super().__init__("pcm")
        self.moved, self.always = moved, always

    def wrap(self, instance):
        class Refusing(faults.SoundInstance):
            codec: "Refuses"
            calls, seen = 0, np.zeros(1)

            def encode(self, pcm):
                self.calls += 1
                if self.calls == 3 or (self.calls > 3 and self.codec.always):
                    if self.codec.moved:
                        self.seen = self.seen + 1
                    raise ValueError("not now")
                return self.inner.encode(pcm)

            def state(self):
                return {"encoder/seen": self.seen}

        return Refusing(self, instance)


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        (Refuses(moved=True), "; sent again, the frame is taken, and the refused call had changed encoder/seen"),
        (Refuses(moved=False), "; sent again, the frame is taken, and state() shows no change by it"),
        (Refuses(moved=False, always=True), "not now"),
    ],
)
def test_of_a_stream_that_is_refused_it_is_told_whether_the_frame_is_taken_again(codec, said):
    told = plain_stream(subject(codec, frames=8, longest=4))
    assert told is not None
    assert "frames 2 to 2" in told
    assert told.endswith(said)


@pytest.mark.parametrize("error", [RuntimeError("no device"), SystemExit(3)])
def test_a_codec_that_cannot_be_opened_fails_its_plain_stream(error):
    class Closed(faults.Sound):
        def open(self):
            raise error

    told = plain_stream(subject(Closed("pcm"), frames=8, longest=4))
    assert told == f"open raised {type(error).__name__}: {error}"
