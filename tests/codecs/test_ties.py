"""A frame is a tie if both codes turn up among noisy runs; where more than few differ nothing is asked."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import CodecInfo
from harness.codecs.ties import FEW, NOISE, RUNS, few, few_differ, noisy, only_ties, plain_codes, tied

INFO = replace(PcmCodec().info, codebooks=2, bins=16, frame_size=4, tolerance=1e-6)


def test_the_whole_column_has_to_turn_up_and_the_expected_one_too():
    expected = np.zeros((3, 4), np.int64)
    got, one, other = expected.copy(), expected.copy(), expected.copy()
    got[1:, 2] = 5
    one[1, 2] = 5  # the finer codebook does not follow
    other[1:, 2] = 5
    assert tied(expected, got, lambda run: (expected, one)[run % 2]) == []
    assert tied(expected, got, lambda run: (expected, one, other)[run % 3]) == [2]
    got[0, 3] = 1
    assert tied(expected, got, lambda run: (expected, other)[run % 2]) == [2]


def test_calls_that_are_always_wrong_are_not_forgiven_by_themselves():
    expected, got = np.zeros((3, 4), np.int64), np.ones((3, 4), np.int64)
    assert tied(expected, got, lambda _: got) == []


def test_nothing_is_encoded_again_if_nothing_differs():
    same = np.zeros((3, 4), np.int64)
    assert tied(same, same, lambda _: pytest.fail("asked for nothing")) == []


def test_the_noise_is_inaudible_repeatable_and_another_in_each_run():
    speech = np.linspace(-0.5, 0.5, 1000).astype(np.float32)
    assert 0 < np.abs(noisy(speech, 0).astype(np.float64) - speech).max() <= 2 * NOISE  # float32 rounds it
    assert np.array_equal(noisy(speech, 3), noisy(speech, 3))
    assert not np.array_equal(noisy(speech, 3), noisy(speech, 4))


def test_the_last_noisy_run_counts_and_none_after_it():
    expected = np.zeros((1, 1), np.int64)
    asked = []

    def encode(run):
        asked.append(run)
        return expected + (run == RUNS - 1)

    assert tied(expected, expected + 1, encode) == [0]
    assert asked == list(range(RUNS))
    assert tied(expected, expected + 1, lambda run: expected + (run == RUNS)) == []


@pytest.mark.parametrize(
    ("differing", "frames", "is_few"),
    [(0, 100, False), (1, 1, True), (2, 1, False), (1, 19, True), (2, 39, False), (2, 40, True), (3, 40, False)],
)
def test_few_are_one_or_a_twentieth(differing: int, frames: int, is_few: bool) -> None:
    assert FEW == 1 / 20
    assert few(differing, frames) is is_few


def codes(differing: int = 1) -> tuple[np.ndarray, np.ndarray]:
    first = np.zeros((2, 10), np.int64)
    second = first.copy()
    second[1, :differing] = 1
    return first, second


@pytest.mark.parametrize(
    ("info", "pair", "length", "asked"),
    [
        (INFO, codes(), 40, True),
        (INFO, codes(0), 40, False),
        (INFO, codes(2), 40, False),
        (INFO, codes(), 39, False),
        (INFO, (codes()[0][:, :9], codes()[1]), 40, False),
        (replace(INFO, tolerance=0.0), codes(), 40, False),
        (replace(INFO, latent_tolerance=0.1, bins=0), codes(), 40, False),
    ],
)
def test_ties_are_asked_of_rounding_codes_of_one_shape_in_few_frames(
    info: CodecInfo, pair: tuple[np.ndarray, np.ndarray], length: int, asked: bool
) -> None:
    assert few_differ(info, pair, np.zeros(length, np.float32)) is asked


class Rounding:
    """One code of 0 or 1 a frame, by its sign; decoding gives it as a constant."""

    info = replace(INFO, codebooks=1, bins=2)

    def open(self) -> "Any":
        return self

    def encode(self, pcm):
        return (pcm.reshape(-1, 4).mean(axis=1, dtype=np.float64) >= 0).astype(np.int64)[None]

    def decode(self, codes):
        return np.repeat(codes[0], 4).astype(np.float32)


@pytest.mark.parametrize(
    ("level", "off", "told"),
    [(0.0, 0.0, True), (0.0, 0.9e-6, True), (0.0, 1.1e-6, False), (0.5, 0.0, False)],
    ids=["a tie", "PCM within tolerance", "PCM beyond it", "no tie"],
)
def test_two_runs_differ_in_ties_alone_if_the_pcm_is_that_of_the_codes(level: float, off: float, told: bool) -> None:
    codec: Any = Rounding()
    speech = np.repeat(np.where(np.arange(20) == 7, level, 0.5), 4).astype(np.float32)
    expected = np.ones((1, 20), np.int64)
    got = expected.copy()
    got[0, 7] = 0
    pcm = codec.decode(got)
    pcm[30] += np.float32(off)
    assert only_ties(codec, speech, (expected, got), pcm) is told
    assert only_ties(codec, speech, (got, got), pcm) is None


def test_codes_are_asked_for_in_the_cheapest_calls() -> None:
    opus = load("opus", {})
    pcm = np.sin(np.arange(4 * opus.info.frame_size) / 9).astype(np.float32)
    size, instance = opus.info.frame_size, opus.open()
    frames = [instance.encode(pcm[at : at + size].copy()) for at in range(0, len(pcm), size)]
    assert np.array_equal(plain_codes(opus, pcm), np.concatenate(frames, axis=1))

    class Offline(PcmCodec):
        def encode_offline(self, pcm: np.ndarray) -> np.ndarray:
            return np.full((1, len(pcm)), 7)

        def decode_offline(self, codes):
            return codes[0].astype(np.float32)

    assert (plain_codes(Offline(), pcm) == 7).all()
