"""Codes and frames that the wire spoils are as many as said, where it is said, and all others are untouched."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import BINS, coded, sent

from harness.codecs.protocol import LOST
from harness.sensitivity.catalogue import wire
from harness.sensitivity.plants import OnCodes

CODES = np.random.default_rng(1).integers(0, BINS, (8, 2_000))
RAMP = np.arange(100).reshape(1, 100) % 1000
HIT = 25  # the frame that the place is in, of 100 of 20 ms


@pytest.mark.parametrize("bins", [2, 16, 1024])
@pytest.mark.parametrize("percent", [0.5, 5.0, 50.0])
def test_of_a_hundred_codes_so_many_are_other_ones(bins: int, percent: float) -> None:
    codes = CODES % bins
    heard = coded("codes-flipped", percent, codes, bins=bins)
    assert (heard != codes).mean() == pytest.approx(percent / 100, rel=0.2)
    assert (heard.min(), heard.max()) >= (0, 0)
    assert heard.max() < bins
    changed = (heard - codes)[heard != codes] % bins
    assert len(np.unique(changed)) == min(bins - 1, len(np.unique(changed)))  # any other code, not its neighbour alone
    assert bins == 2 or len(np.unique(changed)) > 2


@pytest.mark.parametrize("percent", [1.0, 100.0])
def test_of_a_hundred_codes_so_many_are_one_too_high(percent: float) -> None:
    heard = coded("codes-off-by-one", percent, CODES)
    hit = heard != CODES
    assert hit.mean() == pytest.approx(percent / 100, rel=0.2)
    np.testing.assert_array_equal(heard[hit], (CODES[hit] + 1) % BINS)


@pytest.mark.parametrize("name", ["codes-flipped", "codes-off-by-one"])
def test_what_is_drawn_belongs_to_the_frame_and_the_seed(name: str) -> None:
    first = coded(name, 20.0, CODES[:, :50], seed=3)
    np.testing.assert_array_equal(coded(name, 20.0, CODES[:, 10:50], seed=3, first=10), first[:, 10:])
    assert not np.array_equal(coded(name, 20.0, CODES[:, :50], seed=4), first)


@pytest.mark.parametrize(("percent", "count"), [(5.0, 1), (25.0, 2), (50.0, 4), (90.0, 7)])
def test_the_last_codebooks_are_zeros_and_the_first_are_not(percent: float, count: int) -> None:
    heard = coded("codebooks-zeroed", percent, CODES)
    np.testing.assert_array_equal(heard[:-count], CODES[:-count])
    assert not heard[-count:].any()


def test_the_first_two_codebooks_are_exchanged_from_the_place_on() -> None:
    heard = coded("codebooks-exchanged", 1.0, CODES)
    np.testing.assert_array_equal(heard[:, :HIT], CODES[:, :HIT])
    np.testing.assert_array_equal(heard[:, HIT:], CODES[[1, 0, *range(2, 8)], HIT:])


@pytest.mark.parametrize(("milliseconds", "count"), [(20.0, 1), (160.0, 8), (1280.0, 64)])
def test_one_codebook_sticks_for_so_long(milliseconds: float, count: int) -> None:
    heard = coded("code-stuck", milliseconds, CODES)
    assert np.all(heard[0, HIT : HIT + count] == 1)
    expected = CODES.copy()
    expected[0, HIT : HIT + count] = 1
    np.testing.assert_array_equal(heard, expected)


@pytest.mark.parametrize("row", [row for row in wire.ROWS if isinstance(row.plant, OnCodes)], ids=lambda row: row.name)
def test_a_call_without_frames_has_nothing_to_spoil(row) -> None:
    assert coded(row.name, row.sizes[-1], CODES[:, :0]).shape == (8, 0)


@pytest.mark.parametrize("percent", [1.0, 10.0, 40.0])
def test_of_a_hundred_frames_so_many_are_lost_or_repeated(percent: float) -> None:
    lost = sent("losses", percent, CODES) == LOST
    assert lost.any(axis=0).mean() == pytest.approx(percent / 100, rel=0.35)
    np.testing.assert_array_equal(lost.any(axis=0), lost.all(axis=0))
    repeated = sent("repeats", percent, CODES)
    changed = (repeated != CODES).any(axis=0)
    assert changed.mean() == pytest.approx(percent / 100, rel=0.35)
    assert not np.array_equal(sent("losses", percent, CODES, seed=1) == LOST, lost)
    np.testing.assert_array_equal(sent("losses", percent, CODES) == LOST, lost)


@pytest.mark.parametrize(("milliseconds", "count"), [(10.0, 1), (20.0, 1), (40.0, 2), (320.0, 16)])
def test_a_burst_is_so_many_frames_at_its_place(milliseconds: float, count: int) -> None:
    expected = {
        "loss-burst": [LOST] * count,
        "repeat-burst": [HIT - 1] * count,
        "zero-frames": [0] * count,
    }
    for name, burst in expected.items():
        rest = [*range(HIT), *burst, *range(HIT + count, 100)]
        assert sent(name, milliseconds, RAMP)[0].tolist() == rest, name


@pytest.mark.parametrize("every", [2.0, 10.0, 50.0])
def test_every_so_often_two_neighbours_are_exchanged(every: float) -> None:
    heard = sent("frames-swapped", every, RAMP)[0]
    assert sorted(heard) == list(range(100))
    assert (heard != RAMP[0]).sum() == 2 * (100 // int(every))
    assert np.abs(heard - RAMP[0]).max() == 1


@pytest.mark.parametrize("frames", [1.0, 8.0])
def test_all_codebooks_but_the_first_are_late(frames: float) -> None:
    heard, by = sent("codebooks-late", frames, CODES), int(frames)
    np.testing.assert_array_equal(heard[0], CODES[0])
    np.testing.assert_array_equal(heard[1:, by:], CODES[1:, :-by])
    assert not heard[1:, :by].any()
