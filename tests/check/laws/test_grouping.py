"""How far past its context a codec was followed is said where that is not all the way."""

import dataclasses
from typing import Any

import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


def observed(context, law="past-context-chunks", stateful=True):
    codec: Any = load("opus", {"frame_ms": 60.0, "complexity": 0})
    codec.info = dataclasses.replace(codec.info, context=context, stateful=stateful)
    finding = judge(law, subject(codec))
    return finding.status, finding.observed


def test_a_context_that_is_exhausted_needs_no_remark():
    assert observed(20) == (Status.HELD, "as promised")


def test_a_context_that_is_too_long_is_said_not_to_be_exhausted():
    words = "as promised; seen on 500 frames (30 s), which do not exhaust the declared context of 10000 (600 s)"
    assert observed(10_000) == (Status.HELD, words)


def test_a_context_that_nobody_declared_is_said_to_be_unknown():
    assert observed(None) == (Status.HELD, "as promised; seen on 500 frames (30 s); no context is declared")


@pytest.mark.parametrize(("context", "stateful"), [(0, True), (None, False)])
def test_without_a_past_there_is_nothing_to_exhaust(context, stateful):
    assert observed(context, "call-past-context", stateful) == (
        Status.NOT_APPLICABLE,
        "no frame of the past is declared to matter",
    )


class Sized(faults.Sound):
    """A call of *size* frames steps the side *verb* by one frame too many; with *after*, only one after such a call."""

    def __init__(self, verb="encode", size=4, after=None):
        super().__init__()
        self.verb, self.size, self.after = verb, size, after

    def wrap(self, instance):
        return Sizing(self, instance)


class Sizing(faults.SoundInstance):
    def __init__(self, sized, inner):
        super().__init__(sized, inner)
        self.sized, self.before = sized, None

    def encode(self, pcm):
        size = self.codec.info.frame_size
        return self.stepped("encode", len(pcm) // size, pcm, lambda: self.inner.encode(pcm[-size:]))

    def decode(self, codes):
        return self.stepped("decode", codes.shape[1], codes, lambda: self.inner.decode(codes[:, -1:]))

    def stepped(self, verb, frames, given, once_more):
        made = getattr(self.inner, verb)(given)
        if verb == self.sized.verb:
            if frames == self.sized.size and self.sized.after in (None, self.before):
                once_more()
            self.before = frames
        return made


@pytest.mark.parametrize("verb", ["encode", "decode"])
@pytest.mark.parametrize("size", [4, 5, 6, 8, 16])
def test_calls_of_a_size_that_is_treated_in_another_way_are_found_and_named(verb, size):
    finding = judge("chunks", subject(Sized(verb, size)))
    assert finding.status is Status.BROKEN
    assert f"in calls of {size} differ" in finding.observed


def test_a_size_that_is_wrong_behind_another_one_is_found():
    finding = judge("chunks", subject(Sized("decode", 8, after=6)))
    assert finding.status is Status.BROKEN
    assert "in calls of 4, 16, 6, 8, 5 and 1 in turn differs" in finding.observed


@pytest.mark.parametrize("frames", [1, 5, 40])
def test_calls_of_any_size_that_are_all_the_same_are_not_accused(frames):
    finding = judge("chunks", subject(Sized(size=1_000), frames=frames, longest=1.0))
    assert finding.status is Status.HELD, finding.observed
