"""Short replays of a codec on a few frames of speech, for the tests of explanations."""

import functools

import numpy as np

from harness.catalogue import TOPOLOGIES, find
from harness.codec import Codec, load
from harness.conformance.subject import subject
from harness.execution import run_topology
from harness.localise.replay import Replay
from harness.topology import Topology
from harness.wire import Wire

FRAMES = 12


@functools.cache
def codec(adapter: str, **options: object) -> Codec:
    return load(adapter, options)


def replay(topology: Topology | str, of: Codec | None = None, wire: Wire | None = None, gain: float = 1.0) -> Replay:
    made = of or codec("mini")
    wiring = topology if isinstance(topology, Topology) else TOPOLOGIES.get(topology, find(topology)).topology
    speech = subject(made)
    main = speech.speech(0, FRAMES) * np.float32(gain)
    other = speech.speech(0, FRAMES, "other")

    def run(observe, leave_out=frozenset()):
        return run_topology(wiring, made, main, other, prior_frames=6, wire=wire, observe=observe, leave_out=leave_out)

    return Replay(topology if isinstance(topology, str) else "suspect", made.info, main, run, made)
