"""A trace that the store keeps comes back as it was, whatever the wire made of its codes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from harness.codecs.protocol import Side
from harness.runs.kept_trace import KeptTrace
from harness.topology.trace import Call, Trace
from harness.topology.windows import WindowPiece

MADE = Trace(
    codes=np.arange(6).reshape(2, 3),
    arrived=np.arange(4).reshape(2, 2),
    pcm=np.linspace(-1, 1, 40, dtype=np.float32),
    calls=(Call(Side.ENCODER, 0, 3, 0.25), Call(Side.DECODER, 0, 2, 0.5)),
    steps=(),
    tail="drop",
    pieces=(WindowPiece(0, 2, 40),),
    said="row 1 differs",
)
LATENTS = np.array([[0.1, np.nan], [-0.0, np.inf]], np.float32)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"codes": MADE.codes[::-1], "arrived": MADE.codes.T.reshape(2, 3)[:, ::2]},  # neither lies in one piece
        {"arrived": np.full((2, 3), -1)},
        {"arrived": MADE.arrived[:, :0], "pcm": MADE.pcm[:0]},
        {"codes": MADE.codes[:, :0], "arrived": MADE.codes[:, :0], "pcm": MADE.pcm[:0], "calls": (), "pieces": ()},
        {"codes": LATENTS, "arrived": LATENTS[:, 1:]},
        {"pcm": np.array([np.nan, -0.0, 1e-40], np.float32)},
    ],
    ids=["plain", "reversed", "all-lost", "nothing-arrived", "empty", "latents", "odd-samples"],
)
def test_what_is_kept_comes_back(changes):
    made = replace(MADE, **changes)
    kept = KeptTrace.model_validate_json(KeptTrace.of(made).model_dump_json()).trace()
    for name in ("codes", "arrived", "pcm"):
        one, other = getattr(made, name), getattr(kept, name)
        assert_array_equal(one, other)
        assert np.array_equal(np.signbit(one), np.signbit(other))
        assert one.dtype == other.dtype
        assert other.flags.writeable
    assert (kept.calls, kept.tail, kept.pieces, kept.said) == (made.calls, "drop", made.pieces, "row 1 differs")
    assert kept.steps == ()
    assert all(isinstance(call.side, Side) for call in kept.calls)
