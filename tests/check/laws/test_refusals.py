"""A call that is refused leaves the stream where it was, whatever it was refused for; what is taken is not accused."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.refusals import ODD, WRONG
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.codecs.protocol import LOST, Side
from harness.errors import CodecFailed


def _wrong(info, verb, given):
    """Return how an input is not as it should be; None if it is."""
    if verb == "encode":
        if given.dtype != np.float32:
            return str(given.dtype)
        if given.ndim != 1:
            return "channels"
        if not given.size or given.size % info.frame_size:
            return f"{given.size} samples"
        return None if np.isfinite(given).all() else "NaN" if np.isnan(given).any() else "infinity"
    if given.ndim != 2 or not given.size or len(given) != info.codebooks:
        return f"shape {given.shape}"
    outside = [int(code) for code in given.ravel() if not LOST <= code < info.bins]
    return f"codes {outside[:1]} in {given.shape[1]} frames" if outside else None


class Refusing(faults.Sound):
    """All wrong calls are refused, those of *moves* (verb and reason) after the state has moved."""

    def __init__(self, moves=()):
        super().__init__(frame_ms=10)
        self.moves = moves
        self.info = dataclasses.replace(self.info, fingerprint="refusing")

    def wrap(self, instance):
        return RefusingInstance(self, instance)


class RefusingInstance(faults.SoundInstance):
    codec: Refusing

    def encode(self, pcm):
        size = self.codec.info.frame_size
        self._refuse("encode", pcm, lambda: self.inner.encode(np.full(size, 0.2, np.float32)))
        return self.inner.encode(pcm)

    def decode(self, codes):
        zeros = np.zeros((self.codec.info.codebooks, 1), np.int64)
        self._refuse("decode", codes, lambda: self.inner.decode(zeros))
        return self.inner.decode(codes)

    def _refuse(self, verb, given, move):
        why = _wrong(self.codec.info, verb, given)
        if why is None:
            return
        if (verb, why) in self.codec.moves:
            move()
        raise ValueError(f"{verb}: {why}")


REASONS = [
    ("encode", "0 samples", "no samples"),
    ("encode", "159 samples", "a frame less one sample"),
    ("encode", "161 samples", "a frame and one sample"),
    ("encode", "NaN", "a frame with a NaN"),
    ("encode", "infinity", "a frame with an infinity"),
    ("encode", "channels", "two channels"),
    ("encode", "float64", "a frame of float64"),
    ("encode", "int16", "a frame of int16"),
    ("decode", "shape ({K}, 0)", "no frames"),
    ("decode", "shape ({K}+1, 1)", "one codebook more than there are"),
    ("decode", "shape ({K}-1, 1)", "one codebook less than there are"),
    ("decode", "shape ({K},)", "codes of one dimension"),
    ("decode", "codes [-2] in 1 frames", "code -2"),
    ("decode", "codes [{B}] in 1 frames", "a code that is one too large"),
    ("decode", "codes [{B}] in 2 frames", "two frames, of which the second is out of range"),
]


def _filled(reason, info):
    reason = reason.replace("{K}+1", str(info.codebooks + 1)).replace("{K}-1", str(info.codebooks - 1))
    return reason.replace("{K}", str(info.codebooks)).replace("{B}", str(info.bins))


@pytest.mark.parametrize(("verb", "why", "words"), REASONS, ids=[words for _, _, words in REASONS])
def test_the_refused_call_that_moves_the_stream_is_named(verb, why, words):
    finding = judge("failure-is-harmless", subject(Refusing([(verb, _filled(why, Refusing().info))])))
    assert finding.status is Status.BROKEN, finding.observed
    assert f"a stream after a refused {verb} of {words} differ" in finding.observed


def test_every_wrong_call_is_tried_here():
    assert {words for _, _, words in REASONS} == {wrong.words for wrong in {**WRONG, **ODD}.values()}


def test_refusals_that_leave_the_stream_alone_are_harmless():
    finding = judge("failure-is-harmless", subject(Refusing()))
    assert finding.status is Status.HELD, finding.observed


class TakesPartsOfFrames(faults.Sound):
    """Half a frame is filled with zeros, and moves the stream on as any frame does; codes are checked."""

    def wrap(self, instance):
        size = self.info.frame_size

        class Filling(faults.SoundInstance):
            def encode(self, pcm):
                return self.inner.encode(np.pad(pcm, (0, -len(pcm) % size)))

            def clone(self):
                return Filling(self.codec, self.inner.clone())

        return Filling(self, instance)


def test_a_wrong_call_that_is_taken_is_not_blamed_on_the_refused_ones():
    finding = judge("failure-is-harmless", subject(TakesPartsOfFrames()))
    assert finding.status is Status.HELD, finding.observed


class Alarmed(faults.Sound):
    """A call that one instance refuses resets the encoders of all others."""

    failed = 0

    def wrap(self, instance):
        return Alarmable(self, instance)


class Alarmable(faults.SoundInstance):
    codec: Any
    seen = 0

    def encode(self, pcm):
        if self.seen != self.codec.failed:
            self.seen = self.codec.failed
            self.inner.reset(Side.ENCODER)
        try:
            return self.inner.encode(pcm)
        except CodecFailed:
            self.codec.failed += 1
            self.seen = self.codec.failed
            raise


def test_what_a_refused_call_does_to_another_session_is_told():
    finding = judge("failure-is-harmless", subject(Alarmed(), longest=2.0))
    assert finding.status is Status.BROKEN
    assert "codes of a stream beside another instance that refused encode of no samples differ" in finding.observed
    assert judge("failure-is-harmless", subject(faults.Sound(), longest=2.0)).status is Status.HELD


@pytest.mark.parametrize("law", ["honest-errors", "failure-is-harmless"])
def test_a_frame_of_one_sample_has_no_part_that_could_be_refused(law):
    finding = judge(law, subject(load("pcm", {"frame_ms": 1 / 16})))
    assert finding.status is Status.HELD, finding.observed


class ResetsFirst(faults.Sound):
    """A reset of a side that there is not is refused, once both sides are reset; or before, if it *looks*."""

    def __init__(self, looks=False):
        super().__init__()
        self.looks = looks

    def wrap(self, instance):
        looks = self.looks

        class Resetting(faults.SoundInstance):
            def reset(self, side):
                known = side in tuple(Side)
                if known or not looks:
                    self.inner.reset(side if known else Side.BOTH)
                if not known:
                    raise ValueError(f"no side {side!r}")

        return Resetting(self, instance)


def test_a_refused_reset_that_has_reset_is_told():
    finding = judge("failure-is-harmless", subject(ResetsFirst()))
    assert finding.status is Status.BROKEN
    assert "a stream after a refused reset of the side 'neither' differ from frame 8 on" in finding.observed


def test_a_refused_reset_that_has_not_is_not():
    finding = judge("failure-is-harmless", subject(ResetsFirst(looks=True)))
    assert finding.status is Status.HELD, finding.observed
