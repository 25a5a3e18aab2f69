"""Two codecs part in a call: it is made again on newly opened instances of both, and on such as are reset first."""

import numpy as np
import pytest
from planted.faults import Sound, SoundInstance
from planted.replays import codec, replay

from harness.codecs.protocol import Side
from harness.codecs.sealed import sealed
from harness.errors import CodecFailed
from harness.explain.other_codec import other_codec
from harness.explain.parted import Origin, Parted
from harness.explain.replay import parting
from harness.topology.plan import Decode


class Softer(Sound):
    """Decodes by *gain*: in the call itself, or from its second call on."""

    def __init__(self, gain=0.5, after=0):
        super().__init__("pcm")
        self.gain, self.after = np.float32(gain), after

    def wrap(self, instance):
        return _Softer(self, instance)


class _Softer(SoundInstance):
    codec: Softer
    calls = 0

    def decode(self, codes):
        self.calls += 1
        pcm = self.inner.decode(codes)
        return pcm * self.codec.gain if self.calls > self.codec.after else pcm

    def reset(self, _side):
        self.calls = 0


class Used(Softer):
    """Instances begin as if they had decoded, until they are reset."""

    def __init__(self, cannot_be_reset=False, fickle=False):
        super().__init__(after=1)
        self.cannot_be_reset, self.random = cannot_be_reset, iter(range(1000)) if fickle else None

    def wrap(self, instance):
        made = _Used(self, instance)
        made.calls = 1
        return made


class _Used(_Softer):
    codec: Used

    def reset(self, _side):
        if self.codec.cannot_be_reset:
            raise CodecFailed("no reset here")
        self.calls = 0

    def decode(self, codes):
        pcm = super().decode(codes)
        return pcm if self.codec.random is None else pcm + np.float32(1e-3) * next(self.codec.random)


def told(suspect, reference=None):
    """Say where a *suspect* codec comes apart from plain PCM, or from *reference*."""
    one = replay("shared", sealed(reference) if reference is not None else codec("pcm"))
    two = replay("shared", sealed(suspect))
    expected, got = one.run(None), two.run(None)
    frame = parting(expected, got, one.info, 0.0)
    assert frame is not None

    def call(trace):
        return next(
            place
            for place, step in enumerate(trace.steps)
            if isinstance(step, Decode) and step.stream == "main" and step.start <= frame < step.stop
        )

    return other_codec(Parted(one, two, expected, got, (None, None), Side.DECODER, frame, call(expected), call(got)))


def test_what_differs_without_any_past_arises_in_the_call():
    origin, said = told(Softer())
    assert origin is Origin.CALL
    assert "also if they are reset first, so it needs no past" in said


def test_what_needs_a_past_is_not_called_the_call():
    origin, said = told(Softer(after=5))
    assert origin is None
    assert "that same call gives the same, so it needs some past" in said


@pytest.mark.parametrize("swapped", [False, True])
def test_an_instance_that_is_new_and_used_was_left_so_by_an_earlier_stream(swapped):
    origin, said = told(Softer(gain=0.9, after=100), Used()) if swapped else told(Used())
    assert origin is Origin.LEFT_BEHIND
    assert "gives another output for that call than one that is reset first: it begins with what an earlier" in said


def test_what_is_not_the_same_twice_after_a_reset_is_chance():
    origin, said = told(Used(fickle=True))
    assert origin is None
    assert said.endswith("which does not give the same twice: that is chance, or what ran before.")


def test_what_cannot_be_reset_may_be_a_used_one():
    origin, said = told(Used(cannot_be_reset=True))
    assert origin is None
    assert "One of them cannot be reset, so whether the difference arises in the call" in said


def test_calls_of_other_frames_are_not_compared():
    one, two = replay("shared", codec("pcm")), replay("shared", sealed(Softer()))
    expected, got = one.run(None), two.run(None)
    places = [at for at, step in enumerate(expected.steps) if isinstance(step, Decode)]
    parted = Parted(one, two, expected, got, (None, None), Side.DECODER, 0, places[0], places[1])
    assert other_codec(parted) == (
        None, "Whether the call itself or state that is not shown makes the difference cannot be told."
    )  # fmt: skip
