"""Places for streams: given back when the harness is done with an instance, and asked for no more than there are."""

import numpy as np
import pytest
from planted.ends import Places

from harness.codecs.optional import Closes, SlotCodec
from harness.codecs.protocol import Side
from harness.codecs.sealed import sealed
from harness.errors import CodecUnavailable, NotOffered


def test_an_instance_is_closed_once_by_whoever_is_done_with_it():
    codec = Places(places=1)
    outside = sealed(codec)
    instance = outside.open()
    assert isinstance(instance, Closes)
    instance.close()
    instance.close()
    assert codec.left == 1
    with pytest.raises(RuntimeError, match="closed"):
        instance.encode(np.zeros(320, np.float32))
    del instance
    assert codec.left == 1


def test_an_instance_that_nobody_holds_is_closed():
    codec = Places(places=2)
    outside = sealed(codec)
    for _ in range(5):
        copy = outside.open().clone()
        copy.reset(Side.BOTH)
        del copy
    assert codec.left == 2


def test_what_needs_more_than_the_declared_room_does_not_apply():
    outside = sealed(Places(places=2, declares=True))
    held = [outside.open(), outside.open()]
    for more in (outside.open, held[0].clone):
        with pytest.raises(NotOffered, match="needs 3 streams at once, and the codec has room for 2"):
            more()
    done = held.pop()
    assert isinstance(done, Closes)
    done.close()
    assert outside.open() is not None


def test_rows_are_places_too():
    class Slotted(Places):
        def open_slots(self, _):
            return object()

    outside = sealed(Slotted(places=3, declares=True))
    assert isinstance(outside, SlotCodec)
    kept = outside.open_slots(3)
    with pytest.raises(NotOffered, match="needs 4 streams at once"):
        outside.open()
    del kept
    with pytest.raises(NotOffered, match="needs 4 streams"):
        outside.open_slots(4)


@pytest.mark.parametrize("capacity", [0, -1, True, "many", 2.5])
def test_a_capacity_that_cannot_be_is_refused(capacity):
    codec = Places()
    codec.capacity = capacity
    with pytest.raises(CodecUnavailable, match=r"capacity is .*, wanted a number of streams from 1 on"):
        sealed(codec, "it")
