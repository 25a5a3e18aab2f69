"""Wirings that need more streams at once than a codec has room for are told before they are run."""

from typing import Any

import numpy as np
import pytest
from planted.ends import Places

from harness.codecs.loading import load
from harness.codecs.sealed import sealed
from harness.errors import NotOffered
from harness.topology.catalogue import find
from harness.topology.interpreter import run_topology
from harness.topology.offered import no_room, not_offered


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("shared", 1),
        ("use-closed", 1),
        ("turn-reset-5", 1),
        ("reuse-after-reset", 1),
        ("windowed", 1),
        ("windowed-crossfade", 2),
        ("dirty-clone", 2),
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


@pytest.mark.parametrize("name", ["reuse-after-reset", "windowed", "stateless", "windowed-crossfade", "cross-talk"])
def test_what_there_is_room_for_runs_in_that_room(name):
    codec: Any = Places("pcm", declares=True, places=1)
    made = find(name).topology
    while (said := not_offered(made, sealed(codec))) is not None:
        with pytest.raises(NotOffered):
            run(made, codec)
        codec = Places("pcm", declares=True, places=codec.capacity + 1)
        assert codec.capacity <= int(said.split()[2])
    assert run(made, codec)


def test_a_call_of_a_codec_that_has_offline_ones_takes_no_place():
    made = find("windowed-crossfade").topology
    assert no_room(made, 1, offline=False)
    assert no_room(made, 1, offline=True) is None


def run(topology, codec):
    pcm = np.zeros(30 * codec.info.frame_size, np.float32)
    return len(run_topology(topology, codec, pcm, pcm, prior_frames=4).pcm)
