"""A windowed call is held against a fresh instance that is given the same window, from its piece on."""

import numpy as np
import pytest
from planted.spoilt import Spoilt

from harness.check.fuzz.program import parse
from harness.check.fuzz.windowed import window_off
from harness.check.fuzz.world import FreshOutputs
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid


def off(codec, line, change=None):
    under_test = subject(load(codec, {}) if isinstance(codec, str) else codec)
    oracle = FreshOutputs(under_test)

    def fresh(side, piece):
        made = oracle.whole(side, piece)
        return made if change is None else change(side, made.copy())

    (step,) = parse(line)
    assert step.piece is not None
    return window_off(under_test, step, step.piece, fresh)


@pytest.mark.parametrize("line", ["windowed main 0:2", "windowed main 2:3 past 2", "windowed other 5:9 past 1"])
@pytest.mark.parametrize("adapter", ["pcm", "opus", "planted.ends:Late"])
def test_what_remembers_nothing_differs_in_nothing(adapter, line):
    assert off(adapter, line) is None


def spoilt(side, frame, by=1):
    """Return a change of what a fresh instance gives on one *side*, at a *frame* of PCM's 320 samples."""

    def change(of, made):
        if of is side:
            if of is Side.ENCODER:
                made[0, frame] ^= by
            else:
                made[320 * frame] += np.float32(by)
        return made

    return change


@pytest.mark.parametrize(
    ("side", "said"), [(Side.ENCODER, "codes of a window of 3 frames"), (Side.DECODER, "PCM of a window of 3")]
)
def test_what_differs_is_told_with_its_frame_in_the_piece_and_the_past_is_not_asked(side, said):
    trouble = off("pcm", "windowed main 3:4 past 2", change=spoilt(side, 2))
    assert trouble is not None
    assert said in trouble.words
    assert trouble.frame == 0
    assert off("pcm", "windowed main 3:4 past 2", change=spoilt(side, 1)) is None


@pytest.mark.parametrize(("by", "differs"), [(5e-4, False), (2e-3, True)])
def test_pcm_may_differ_by_the_declared_tolerance_and_by_no_more(by, differs):
    codec = Spoilt(lambda pcm, _: pcm, inner="pcm", tolerance=1e-3)
    found = off(codec, "windowed main 3:4 past 2", change=spoilt(Side.DECODER, 2, by))
    assert (found is not None) is differs


@pytest.mark.parametrize("line", ["windowed main 0:1 past 1", "windowed other 3:4 past 4"])
def test_a_past_before_the_beginning_makes_no_sense(line):
    with pytest.raises(UsageInvalid, match=f"{line}: .* frames before it, wanted a past of no more"):
        off("pcm", line)
