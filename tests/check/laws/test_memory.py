"""Laws as long as the memory: the context is tested and measured, copies are made late, late leaks are found."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.protocol import LOST, Side
from harness.record import Measurement

MEMORY = 25  # frames


class Echo(faults.Sound):
    """
    PCM whose decoder adds what was decoded *MEMORY* frames ago, declared to look back *context* frames.

    A clone replays the last *replayed* frames; None for a real one.
    """

    def __init__(self, context=MEMORY, replayed=None):
        super().__init__("pcm")
        self.replayed = replayed
        self.info = dataclasses.replace(self.info, stateful=True, context=context)

    def wrap(self, instance):
        return Echoing(self, instance)


class Echoing(faults.SoundInstance):
    codec: Any
    past: tuple[Any, ...] = ()

    def decode(self, codes):
        size, out = self.codec.info.frame_size, []
        for frame in self.inner.decode(codes).reshape(-1, size):
            out.append(frame + 0.5 * (self.past[0] if len(self.past) == MEMORY else 0 * frame))
            self.past = (*self.past, frame.copy())[-MEMORY:]
        return np.concatenate(out)

    def reset(self, side):
        if side != "encoder":
            self.past = ()

    def clone(self):
        copy, replayed = Echoing(self.codec, self.inner), self.codec.replayed
        copy.past = self.past
        if replayed is not None:
            fresh = len(self.past) < MEMORY
            zeros = (np.zeros(self.codec.info.frame_size, np.float32),) * (MEMORY - replayed)
            copy.past = self.past if fresh and len(self.past) <= replayed else (*zeros, *self.past[-replayed:])
        return copy


def frames(measured: Measurement | None) -> float | None:
    assert measured is not None
    return measured.value


@pytest.mark.parametrize("context", [0, 4, MEMORY - 1])
def test_a_context_that_is_declared_too_short_is_broken_and_the_true_one_told(context):
    finding = judge("decoder-forgets-after", subject(Echo(context), longest=4))
    assert finding.status is Status.BROKEN
    assert f"changes the PCM of the next {MEMORY} frames; the declared context is {context}" in finding.observed
    assert frames(finding.measured) == MEMORY
    assert frames(finding.off_by) == MEMORY - context


@pytest.mark.parametrize(("context", "said"), [(MEMORY, "declared are 25"), (None, "none is declared"), (40, "are 40")])
def test_what_is_measured_is_told_of_a_codec_that_keeps_the_law(context, said):
    under_test = subject(Echo(context), longest=4)
    finding = judge("decoder-forgets-after", under_test)
    assert finding.status is Status.HELD
    assert frames(finding.measured) == MEMORY
    assert said in finding.observed
    assert frames(judge("encoder-forgets-after", under_test).measured) == 0


def test_what_is_never_forgotten_has_no_number():
    measured = judge("decoder-forgets-after", subject(Forever(), longest=4)).measured
    assert measured is not None
    assert measured.value is None
    assert measured.undefined is not None
    assert "not forgotten within" in measured.undefined


class Forever(faults.Sound):
    """Each frame carries the mean of all before it."""

    def wrap(self, instance):
        class Adding(faults.SoundInstance):
            total = 0.0

            def decode(self, codes):
                pcm = self.inner.decode(codes)
                self.total += float(pcm.sum())
                return pcm + np.float32(1e-4 * self.total)

        return Adding(self, instance)


class Conceals(faults.Sound):
    """
    PCM that is silent where frames are lost, and comes back a little louder with each frame after a burst.

    Where it does not come *back*, it stays soft after more than three in a row.
    """

    def __init__(self, back):
        super().__init__("pcm")
        self.back = back
        self.info = dataclasses.replace(self.info, stateful=True, context=1)

    def wrap(self, instance):
        return Concealing(self, instance)


class Concealing(faults.SoundInstance):
    codec: Any
    lost = 0

    def decode(self, codes):
        out = []
        for one in codes.T:
            gone = (one == LOST).any()
            self.lost = self.lost + 1 if gone else self.lost if self.lost > 3 else 0
            gain = np.float32(0 if gone else 0.8**self.lost)
            out.append(self.inner.decode(np.where(one == LOST, 0, one)[:, None]) * gain)
            self.lost -= bool(self.codec.back and not gone and self.lost)
        return np.concatenate(out)


def test_a_loss_that_a_decoder_never_comes_back_from_is_told():
    finding = judge("decoder-forgets-after", subject(Conceals(back=False), longest=4))
    assert finding.status is Status.BROKEN
    assert "a lost frame and 5 in a row still change the PCM after 190 frames" in finding.observed


def test_a_decoder_that_comes_back_in_its_own_time_is_not_accused():
    assert judge("decoder-forgets-after", subject(Conceals(back=True), longest=4)).status is Status.HELD


@pytest.mark.parametrize("replayed", [8, 24])
def test_a_clone_that_replays_too_little_is_found(replayed):
    under_test = subject(Echo(replayed=replayed), longest=4)
    broken = [law for law in ("clone-continues", "late-copies") if judge(law, under_test).status is Status.BROKEN]
    assert "late-copies" in broken
    finding = judge("late-copies", under_test)
    assert f"a clone made after {under_test.late} frames, used after its original," in finding.observed


def test_sound_copies_are_not_accused():
    for law in ("clone-continues", "late-copies", "reset-decoder"):
        assert judge(law, subject(Echo(), longest=4)).status is Status.HELD


class LeaksLate(faults.Sound):
    """From the 30th call on, encoding disturbs decoding."""

    def wrap(self, instance):
        class Leaking(faults.SoundInstance):
            calls = 0

            def encode(self, pcm):
                self.calls += 1
                if self.calls > 30:
                    self.inner.reset(Side.DECODER)
                return self.inner.encode(pcm)

        return Leaking(self, instance)


def test_a_leak_that_begins_late_is_found():
    finding = judge("encode-leaves-decode", subject(LeaksLate()))
    assert finding.status is Status.BROKEN
    assert finding.first_frame == 30
