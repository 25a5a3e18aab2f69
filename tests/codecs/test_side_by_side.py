"""Rows of a batch: the lowest free one is taken, and only a row that is taken can be used."""

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.protocol import LOST, Side
from harness.codecs.side_by_side import SideBySide, SlotRows
from harness.errors import CodecFailed


def test_the_lowest_free_row_is_taken_until_there_is_none() -> None:
    rows = SlotRows(3)
    assert [rows.join() for _ in range(3)] == [0, 1, 2]
    with pytest.raises(CodecFailed, match="join: all 3 rows are taken; a stream has to leave first"):
        rows.join()
    rows.leave(1)
    assert rows.join() == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (-1, "row -1 is out of range; there are rows 0 to 1"),
        (2, "row 2 is out of range; there are rows 0 to 1"),
        (1, "row 1 is not taken: its stream has left, or none has joined"),
    ],
)
def test_a_row_that_is_not_taken_is_refused_by_every_call(row: int, said: str) -> None:
    slots = SideBySide(load("opus", {}), 2)
    slots.join()
    for call in (slots.leave, slots.fork, lambda row: slots.reset(row, Side.BOTH)):
        with pytest.raises(CodecFailed, match=said):
            call(row)


def test_a_mask_names_taken_rows_and_all_rows() -> None:
    rows = SlotRows(2)
    rows.join()
    rows.check_active(np.array([True, False]))
    with pytest.raises(CodecFailed, match="row 1 is not taken"):
        rows.check_active(np.array([False, True]))
    for length in (1, 3):
        with pytest.raises(CodecFailed, match=f"got a mask of {length} rows, wanted 2"):
            rows.check_active(np.zeros(length, bool))


def test_a_row_that_is_not_active_has_lost_codes_and_keeps_its_state() -> None:
    codec = load("opus", {})
    slots, alone = SideBySide(codec, 2), codec.open()
    pcm = np.sin(np.arange(6 * 320) / 9).astype(np.float32).reshape(3, 640)
    slots.join()
    slots.join()
    both = slots.encode(np.stack([pcm[0], pcm[1]]), np.array([True, True]))
    paused = slots.encode(np.stack([pcm[1], pcm[1]]), np.array([True, False]))
    assert (paused[1] == LOST).all()
    again = slots.encode(np.stack([pcm[2], pcm[2]]), np.array([False, True]))
    assert np.array_equal(both[1], alone.encode(pcm[1]))
    assert np.array_equal(again[1], alone.encode(pcm[2]))
    heard = slots.decode(both, np.array([False, True]))
    assert not heard[0].any()
    assert np.array_equal(heard[1], alone.decode(both[1]))


def test_a_fork_goes_on_from_where_its_source_is() -> None:
    slots = SideBySide(load("opus", {}), 3)
    pcm = np.sin(np.arange(1280) / 9).astype(np.float32).reshape(2, 640)
    source = slots.join()
    slots.encode(np.stack([pcm[0]] * 3), np.array([True, False, False]))
    new = slots.fork(source)
    assert new == 1
    codes = slots.encode(np.stack([pcm[1]] * 3), np.array([True, True, False]))
    assert np.array_equal(codes[source], codes[new])
    slots.reset(new, Side.ENCODER)
    codes = slots.encode(np.stack([pcm[1]] * 3), np.array([True, True, False]))
    assert not np.array_equal(codes[source], codes[new])
