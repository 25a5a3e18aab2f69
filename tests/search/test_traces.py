"""A kept trace is the trace that was made; a damaged one is none."""

import numpy as np
import pytest

from harness.codec import Side
from harness.errors import CodecFailed
from harness.execution import Call, Trace
from harness.search.traces import packed, unpacked

MADE = Trace(
    codes=np.arange(6).reshape(2, 3),
    arrived=np.arange(4).reshape(2, 2),
    pcm=np.linspace(-1, 1, 40, dtype=np.float32),
    calls=(Call(Side.ENCODER, 0, 3, 0.25), Call(Side.DECODER, 0, 2, 0.5)),
    steps=(),
    tail="drop",
)


def test_what_is_packed_is_unpacked():
    kept = unpacked(packed(MADE))
    for name in ("codes", "arrived", "pcm"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(MADE, name))
    assert (kept.calls, kept.tail) == (MADE.calls, "drop")


@pytest.mark.parametrize("damage", [b"", packed(MADE)[:-20], packed(MADE).replace(b"d\0\0\0r", b"c\0\0\0r")])
def test_a_damaged_trace_is_made_again(damage):
    assert unpacked(damage) is None


def test_a_failure_is_not_kept():
    with pytest.raises(ValueError, match="a failure is not kept: it broke"):
        packed(CodecFailed("it broke"))
