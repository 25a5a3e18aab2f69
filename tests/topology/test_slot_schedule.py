"""Which stream is in which slot from when to when."""

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.optional import SlotCodec
from harness.topology.catalogue import SLOT_EVENTS
from harness.topology.model import Slots
from harness.topology.slot_schedule import EARLY, PAUSE, SlotPlace, schedule
from harness.topology.slots import Slot

FRAMES, PRIOR = 30, 5


def places(event: str, rows: int = 3) -> tuple[SlotPlace, ...]:
    return schedule(Slots.model_validate({"rows": rows, "event": event}), FRAMES, PRIOR, 0.5)


@pytest.mark.parametrize("event", SLOT_EVENTS)
@pytest.mark.parametrize("rows", [2, 3, 5, 8, 64])
@pytest.mark.parametrize("frames", [1, 2, 30])
def test_every_schedule_has_a_place_for_ours_and_rows_for_all(event, rows, frames):
    places = schedule(Slots(rows=rows, event=event), frames, 5, 0.5)
    assert places[-1].whole
    codec = load("pcm", {})
    assert isinstance(codec, SlotCodec)
    size = codec.info.frame_size
    hum = np.sin(np.arange((frames + PAUSE) * size, dtype=np.float32))
    slot = Slot(codec.open_slots(rows), rows, codec.info, places, len(places) - 1, hum)
    for frame in range(frames):
        pcm = hum[frame * size : (frame + 1) * size]
        assert np.array_equal(slot.decode(slot.encode(pcm)), pcm)
    assert all(np.array_equal(one.pcm, one.decoded) for one in slot.beside())
    assert {one.row for one in slot.beside()} | {slot.row} <= set(range(rows))


@pytest.mark.parametrize("rows", [2, 3, 8])
@pytest.mark.parametrize("event", SLOT_EVENTS)
def test_at_no_time_are_there_more_streams_than_rows_and_none_leaves_before_it_joins(event, rows):
    found = places(event, rows)
    for one in found:
        assert one.leaves is None or one.leaves > one.joins
        assert one.after is None or found[one.after].leaves == one.joins
        assert one.forks is None or found[one.forks].joins < one.joins
    for frame in range(-EARLY, FRAMES + PAUSE):
        assert sum(one.joins <= frame and (one.leaves is None or frame < one.leaves) for one in found) <= rows


def test_what_happens_beside_ours_or_to_it_is_what_the_event_says():
    steady = SlotPlace()
    assert places("steady") == (steady,) * 3
    assert places("padded", 2) == (steady,)
    assert places("padded", 8) == (steady,) * 5  # more than one, and fewer than there are rows
    *others, left, ours = places("reuse")
    assert others == [SlotPlace(joins=-PRIOR)] * 2
    assert (left, ours) == (SlotPlace(joins=-PRIOR, leaves=0), SlotPlace(after=2))
    assert places("reuse-dirty")[-1] == SlotPlace(after=2, reset=False)
    assert places("reuse-dirty")[:-1] == places("reuse")[:-1]
    assert places("idle") == (steady, steady, SlotPlace(pauses=15))
    assert places("join-late") == (SlotPlace(joins=-EARLY), SlotPlace(joins=-EARLY), steady)
    assert places("ragged") == (SlotPlace(leaves=10), SlotPlace(leaves=20), steady)
    assert places("abort") == (SlotPlace(leaves=15, aborts=True), steady, SlotPlace(joins=15, after=0), steady)
    assert places("fork") == (steady, SlotPlace(joins=15, forks=2), steady)


def test_only_a_stream_that_stays_and_is_no_fork_can_be_ours():
    assert SlotPlace(pauses=3).whole
    assert SlotPlace(joins=4, after=0).whole
    assert not SlotPlace(leaves=3).whole
    assert not SlotPlace(joins=3, forks=1).whole
