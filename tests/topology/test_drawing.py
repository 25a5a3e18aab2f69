"""Every standard wire is drawn as what arrives of numbered frames, and only what changes codes alone is not."""

import pytest

from harness.topology.drawing import draw_wire
from harness.topology.wire import Wire
from harness.topology.wire_catalogue import WIRES

SENT = " ".join(f"{frame:2}" for frame in range(1, 25))


@pytest.mark.parametrize("name", WIRES)
def test_a_standard_wire_is_seen_to_do_something(name):
    drawn = draw_wire(WIRES[name])
    assert (drawn == "") == (WIRES[name].fault in ("off-by-one", "permute", "transpose", "noise", "round"))
    assert drawn != SENT


def test_lost_frames_and_codebooks_that_are_not_sent():
    assert draw_wire(Wire(fault="lose", at=0.0, count=2)) == " x  x" + SENT[5:]
    fewer = " ".join([f"{frame:2}" for frame in range(1, 13)] + [" ."] * 12)
    assert draw_wire(Wire(fault="switch-codebooks", count=2)) == f"0-1  {SENT}\n2-4  {fewer}"
    assert draw_wire(Wire()) == ""
