"""What an effect sees of a stream does not depend on how the stream is cut, and its edges are where they say."""

from dataclasses import replace

import numpy as np
import pytest

from harness.sensitivity.window import BLOCK, HALF, LONG, Passing, PieceOfStream, Planted, factor

PLACE = Planted(at=0.5, seconds=2.0, seed=3, level=0.1, peak=0.5, rate=1_000, frame_size=20)
PCM = np.random.default_rng(0).standard_normal(2_000).astype(np.float32)


def pieces(memory: int, *cuts: int) -> list[PieceOfStream]:
    """Return what is seen of `PCM` in calls that end at *cuts*."""
    passing = Passing(memory)
    return [passing.window(part, 1_000, PLACE) for part in np.split(PCM, cuts)]


def whole(memory: int = 0) -> PieceOfStream:
    return pieces(memory)[0]


@pytest.mark.parametrize("cuts", [(1, 2, 700), (500,), (1_000, 1_999)])
@pytest.mark.parametrize("taps", [1, 5, LONG + 3])
def test_a_filter_and_a_delay_go_over_the_seams(taps: int, cuts: tuple[int, ...]) -> None:
    kernel = np.linspace(1, -1, taps).astype(np.float64)
    expected = np.convolve(PCM.astype(np.float64), kernel)[: len(PCM)]
    for filtered in (pieces(taps - 1), pieces(taps - 1, *cuts)):
        np.testing.assert_allclose(np.concatenate([one.filtered(kernel) for one in filtered]), expected, atol=1e-9)
    late = np.concatenate([one.earlier(0.0035) for one in pieces(10, *cuts)])
    np.testing.assert_allclose(late[4:], (PCM[1:-3].astype(np.float64) + PCM[:-4]) / 2, atol=1e-7)


def test_noise_belongs_to_the_sample_and_the_seed() -> None:
    rate = 1_000
    first = PieceOfStream(np.zeros(2 * BLOCK + 10), 0, 0, rate, PLACE).noise()
    assert len(first) == 2 * BLOCK + 10
    for start in (0, 1, BLOCK - 1, BLOCK, 2 * BLOCK):
        later = PieceOfStream(np.zeros(15), 5, start, rate, PLACE).noise()
        assert np.array_equal(later, first[start : start + 10])
    assert not np.array_equal(first[:BLOCK], first[BLOCK : 2 * BLOCK])
    assert abs(first.std() - 1.0) < 0.05


def test_the_place_is_the_first_sample_within_and_the_last_is_not() -> None:
    inside = np.flatnonzero(whole().within(0.125))
    assert (inside[0], inside[-1]) == (500, 624)
    assert not whole().within(0.0).any()
    seams = np.concatenate([one.within(0.125) for one in pieces(7, 505, 550)])
    assert np.array_equal(np.flatnonzero(seams), inside)


def test_a_copy_goes_on_with_a_past_of_its_own() -> None:
    passing = Passing(3)
    passing.window(PCM[:5], 1_000, PLACE)
    copy = passing.copy()
    passing.window(PCM[5:9], 1_000, PLACE)
    there = copy.window(PCM[9:11], 1_000, PLACE)
    assert (there.start, there.past) == (5, 3)
    np.testing.assert_array_equal(there.samples, np.concatenate([PCM[2:5], PCM[9:11]]).astype(np.float64))


@pytest.mark.parametrize(
    ("at", "share", "frame"), [(-0.1, 0.0, -5), (0.0, 0.0, 0), (1.0, 0.5, 50), (2.0, 0.999, 100), (3.0, 0.999, 150)]
)
def test_a_place_is_a_share_of_the_stream_below_1(at: float, share: float, frame: int) -> None:
    place = Planted(at, 2.0, 0, 0.1, 0.5, 1_000, 20)
    assert (place.share, place.frame) == (share, frame)
    assert [place.frames(length) for length in (0.0, 20.0, 29.9, 30.1)] == [1, 1, 1, 2]
    assert factor(20.0) == 10.0
    assert factor(-6.0206) == pytest.approx(0.5)


@pytest.mark.parametrize("samples", [HALF, HALF + 0.25, 40.5])
@pytest.mark.parametrize("cuts", [(), (1, 2, 700), (500,)])
def test_what_comes_between_two_samples_keeps_its_treble_and_goes_over_the_seams(
    samples: float, cuts: tuple[int, ...]
) -> None:
    at = np.arange(2_000)
    passing, expected = Passing(60), np.sin(0.72 * np.pi * (at - samples))
    parts = np.split(np.sin(0.72 * np.pi * at).astype(np.float32), cuts)
    found = np.concatenate([passing.window(part, 1_000, PLACE).earlier(samples / 1_000) for part in parts])
    np.testing.assert_allclose(found[60:], expected[60:], atol=0.015)


def test_the_sample_that_is_nearest_to_the_place_is_the_first() -> None:
    for at in (0.49951, 0.5, 0.50049):
        inside = Passing(0).window(PCM, 1_000, replace(PLACE, at=at)).within(0.0014)
        assert np.flatnonzero(inside).tolist() == [500]
