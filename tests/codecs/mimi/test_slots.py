"""Slots of one Mimi: a stream in a row is as alone, whoever joins, pauses, leaves or is copied beside it."""

import numpy as np
import pytest
from mini_mimi import SIZE, codec, speech

from harness.codecs.mimi.slots import MimiSlots
from harness.codecs.protocol import Side
from harness.errors import CodecFailed

HALF = 6  # frames
TOLERANCE = 5e-6


def frames(name: str, first: int, last: int) -> np.ndarray:
    return speech(name)[first * SIZE : last * SIZE]


def step(slots: MimiSlots, **rows: tuple[int, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give each named stream its samples in its row; return its codes and what they decode to."""
    length = len(next(iter(rows.values()))[1])
    given, active = np.zeros((3, length), np.float32), np.zeros(3, bool)
    for row, samples in rows.values():
        given[row], active[row] = samples, True
    made = slots.encode(given, active)
    heard = slots.decode(np.where(active[:, None, None], made, 0), active)
    return {name: (made[row], heard[row]) for name, (row, _) in rows.items()}


def alone(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    instance = codec().open()
    made = instance.encode(samples)
    return made, instance.decode(made)


def same(found: tuple[np.ndarray, np.ndarray], wanted: tuple[np.ndarray, np.ndarray]) -> bool:
    return np.array_equal(found[0], wanted[0]) and bool(np.abs(found[1] - wanted[1]).max() < TOLERANCE)


def parts(whole: tuple[np.ndarray, np.ndarray], first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    return whole[0][:, first:last], whole[1][first * SIZE : last * SIZE]


def test_a_stream_that_pauses_goes_on_where_it_was() -> None:
    slots, ours, other = codec().open_slots(3), alone(frames("heart-01", 0, 12)), alone(frames("slt-01", 0, 18))
    a, b = slots.join(), slots.join()
    first = step(slots, ours=(a, frames("heart-01", 0, HALF)), other=(b, frames("slt-01", 0, HALF)))
    paused = step(slots, other=(b, frames("slt-01", HALF, 12)))
    last = step(slots, ours=(a, frames("heart-01", HALF, 12)), other=(b, frames("slt-01", 12, 18)))
    assert same(first["ours"], parts(ours, 0, HALF))
    assert same(last["ours"], parts(ours, HALF, 12))
    for found, place in ((first, 0), (paused, HALF), (last, 12)):
        assert same(found["other"], parts(other, place, place + HALF))


def test_who_takes_a_row_after_a_reset_is_fresh_and_without_one_is_not() -> None:
    for reset in (True, False):
        slots, ours = codec().open_slots(3), alone(frames("heart-01", 0, HALF))
        row = slots.join()
        step(slots, before=(row, frames("slt-01", 0, 12)))
        slots.leave(row)
        assert slots.join() == row
        if reset:
            slots.reset(row, Side.BOTH)
        assert same(step(slots, ours=(row, frames("heart-01", 0, HALF)))["ours"], ours) is reset


@pytest.mark.parametrize("side", [Side.ENCODER, Side.DECODER])
def test_a_reset_of_one_side_leaves_the_other_and_the_neighbour(side: Side) -> None:
    slots, given = codec().open_slots(3), frames("heart-01", 0, 12)
    a, b = slots.join(), slots.join()
    whole, neighbour = alone(given), alone(frames("slt-01", 0, 12))
    step(slots, ours=(a, given[: HALF * SIZE]), other=(b, frames("slt-01", 0, HALF)))
    slots.reset(a, side)
    found = step(slots, ours=(a, given[HALF * SIZE :]), other=(b, frames("slt-01", HALF, 12)))
    assert same(found["other"], parts(neighbour, HALF, 12))
    fresh = codec().open()
    if side is Side.ENCODER:
        np.testing.assert_array_equal(found["ours"][0], fresh.encode(given[HALF * SIZE :]))
    else:
        np.testing.assert_array_equal(found["ours"][0], whole[0][:, HALF:])
        np.testing.assert_allclose(found["ours"][1], fresh.decode(whole[0][:, HALF:]), rtol=0, atol=TOLERANCE)


def test_a_fork_goes_on_as_its_source_and_then_by_itself() -> None:
    slots, ours = codec().open_slots(3), alone(frames("heart-01", 0, 12))
    row = slots.join()
    step(slots, ours=(row, frames("heart-01", 0, HALF)))
    new = slots.fork(row)
    assert new != row
    other = step(slots, other=(new, frames("slt-01", 0, HALF)))["other"]
    assert not same(other, alone(frames("slt-01", 0, HALF)))  # it has the past of its source
    assert same(step(slots, ours=(row, frames("heart-01", HALF, 12)))["ours"], parts(ours, HALF, 12))


def test_rows_that_nobody_has_taken_are_refused_and_nothing_is_stepped() -> None:
    slots = codec().open_slots(3)
    row = slots.join()
    for active in ([True, True, False], [True, False]):
        with pytest.raises(CodecFailed, match=r"row 1 is not taken|mask of 2 rows"):
            slots.encode(np.zeros((3, SIZE), np.float32), np.array(active))
    for call in (slots.leave, slots.fork, lambda one: slots.reset(one, Side.BOTH)):
        with pytest.raises(CodecFailed, match="row 1 is not taken"):
            call(1)
    assert same(step(slots, ours=(row, frames("heart-01", 0, HALF)))["ours"], alone(frames("heart-01", 0, HALF)))
    for _ in range(2):
        slots.join()
    with pytest.raises(CodecFailed, match="all 3 rows are taken"):
        slots.fork(row)
