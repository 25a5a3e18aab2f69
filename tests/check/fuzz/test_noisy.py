"""Codes of a program are ties only where noise gives both of them, on a fresh instance with its whole history."""

import numpy as np
import pytest
from planted.undecided import STEP, Undecided

from harness.check.fuzz.noisy import only_ties
from harness.check.fuzz.program import Piece
from harness.check.subject import Subject
from harness.codecs.loading import load

FRAME = 320
SHORT, HISTORY = Piece("main", 0, 2), (Piece("main", 0, 2), Piece("main", 2, 5))


def on_the_edge(frames):
    """Return speech of an undecided quantiser: the means of the frames named lie between two codes, others do not."""
    means = np.where(np.isin(np.arange(60), frames), 20 * STEP, 20.5 * STEP)
    return np.repeat(means, FRAME).astype(np.float32)


def test_what_lies_between_two_codes_is_a_tie_and_what_does_not_is_none():
    under_test = Subject(Undecided(), on_the_edge([3]), on_the_edge([]))
    codes = under_test.codes_of("main", 2, 5)
    other = codes.copy()
    other[0, 1] = 4_000_019 if codes[0, 1] == 4_000_020 else 4_000_020
    assert only_ties(under_test, HISTORY, codes, other)
    assert only_ties(under_test, HISTORY, codes, codes)
    both = other.copy()
    both[0, 2] += 1
    assert not only_ties(under_test, HISTORY, codes, both)  # one of two frames is none
    far = codes.copy()
    far[0, 1] += 2
    assert not only_ties(under_test, HISTORY, codes, far)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_only_the_last_frames_of_the_last_piece_are_asked_about(frames):
    under_test = Subject(Undecided(), on_the_edge([4]), on_the_edge([]))
    codes = under_test.codes_of("main", 5 - frames, 5)
    other = codes.copy()
    other[0, -1] = 4_000_019 if codes[0, -1] == 4_000_020 else 4_000_020
    assert only_ties(under_test, HISTORY, codes, other)


def test_a_codec_with_a_memory_hears_its_whole_history():
    """Without it, codes at the end of a history would be held against those of a beginning."""
    one, other = (np.random.default_rng(seed).normal(0, 0.1, 48_000).astype(np.float32) for seed in (1, 2))
    under_test = Subject(load("opus", {}), one, other)
    instance = under_test.open()
    for piece in HISTORY:
        codes = under_test.encode(instance, piece.start, piece.stop, piece.stop - piece.start)
    wrong = codes.copy()
    wrong[0, 0] ^= 1
    assert only_ties(under_test, HISTORY, codes, codes)
    assert not only_ties(under_test, HISTORY, codes, wrong)
