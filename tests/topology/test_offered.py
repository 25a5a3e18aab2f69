"""Wirings that need more streams at once than a codec has room for are told before they are run."""

from typing import Any

import pytest

from harness.codecs.loading import load
from harness.codecs.sealed import sealed
from harness.topology.catalogue import find
from harness.topology.offered import not_offered


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("shared", 1),
        ("use-closed", 1),
        ("turn-reset-5", 1),
        ("separate", 2),
        ("cloned-decoder", 2),
        ("handover", 2),
        ("takeover", 3),
        ("neighbour", 2),
        ("in-turn-3", 3),
    ],
)
def test_a_wiring_needs_room_for_all_instances_that_it_makes(name, streams):
    codec: Any = load("opus", {})
    for capacity in range(1, streams + 1):
        codec.capacity = capacity
        said = not_offered(find(name).topology, sealed(codec))
        wanted = f"it needs {streams} streams at once, and the codec has room for {capacity}"
        assert said == (None if capacity >= streams else wanted)
