"""A differing code is forgiven only where the codec itself is undecided, and that is measured."""

import dataclasses

import numpy as np

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import Subject
from harness.codecs.loading import load

FRAME = 320
STEP = 1e-3
TIED, CLEAR = 3, 5  # frames: the mean of one lies on the edge between two codes, that of the other in the middle


class Quantiser:
    """
    The code of a frame is its mean in steps. Calls of several frames add *wrong* to it in one frame.

    That is what another order of summing does if it is tiny, and a fault if it is not.
    """

    def __init__(self, wrong: float, at: int, tolerance: float = 1e-6) -> None:
        self.info = dataclasses.replace(
            load("pcm", {}).info, codebooks=2, bins=1000, frame_size=FRAME, tolerance=tolerance
        )
        self.wrong, self.at = wrong, at

    def open(self):
        return _Stream(self)


class _Stream:
    def __init__(self, codec):
        self.codec, self.done = codec, 0

    def encode(self, pcm):
        means = pcm.astype(np.float64).reshape(-1, FRAME).mean(axis=1)
        frames = np.arange(self.done, self.done + len(means))
        self.done += len(means)
        if len(means) > 1:
            means[frames == self.codec.at] += self.codec.wrong
        codes = np.floor(means / STEP).astype(np.int64)
        return np.stack([codes, codes % 7])  # the second codebook follows the first

    def decode(self, codes):
        return np.repeat(codes[0] * STEP, FRAME).astype(np.float32)

    def reset(self, side):  # noqa: ARG002
        self.done = 0

    def clone(self):
        raise NotImplementedError

    def state(self):
        return {}


def under_test(codec):
    levels = np.full(48, 10.5 * STEP)
    levels[TIED] = 20 * STEP - 1e-12  # rounded to float32, on which side of the edge it is depends on the last bit
    levels = levels.astype(np.float32).astype(np.float64)
    main = np.repeat(levels, FRAME).astype(np.float32)
    return Subject(codec, main, main)


def test_a_code_that_inaudible_noise_turns_is_a_tie():
    edge = np.float64(np.float32(20 * STEP)) - 20 * STEP  # how far float32 misses the edge
    finding = judge("chunks", under_test(Quantiser(-2 * abs(edge) if edge > 0 else 2 * abs(edge), TIED)))
    assert finding.status is Status.HELD
    assert "in calls of 2 differ in frame 3, where they are ties: with inaudible noise (6e-08)" in finding.observed


def test_a_code_of_a_decided_frame_is_none_however_few_they_are():
    finding = judge("chunks", under_test(Quantiser(STEP, CLEAR)))
    assert finding.status is Status.BROKEN
    assert finding.first_frame == CLEAR
    assert "2 of 160 (1.2%)" in finding.observed


def test_a_codec_that_declares_no_rounding_has_no_ties():
    edge = np.float64(np.float32(20 * STEP)) - 20 * STEP
    wrong = -2 * abs(edge) if edge > 0 else 2 * abs(edge)
    assert judge("chunks", under_test(Quantiser(wrong, TIED, tolerance=0.0))).status is Status.BROKEN
