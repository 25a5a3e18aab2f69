"""Short replays of a codec on a few frames of speech, for the tests of explanations."""

import functools

import numpy as np

from harness.check.subject import subject
from harness.codecs.loading import load_sealed
from harness.codecs.protocol import Codec
from harness.explain.replay import Replay
from harness.topology.catalogue import TOPOLOGIES, find
from harness.topology.interpreter import run_topology
from harness.topology.model import Topology
from harness.topology.wire import Wire

FRAMES = 12


@functools.cache
def codec(adapter: str, **options: object) -> Codec:
    return load_sealed(adapter, options)


def replay(topology: Topology | str, of: Codec | None = None, wire: Wire | None = None, gain: float = 1.0) -> Replay:
    made = of or codec("mini")
    wiring = topology if isinstance(topology, Topology) else TOPOLOGIES.get(topology, find(topology)).topology
    speech = subject(made)
    main = speech.speech(0, FRAMES) * np.float32(gain)
    other = speech.speech(0, FRAMES, "other")

    def run(observe, leave_out=frozenset()):
        return run_topology(wiring, made, main, other, prior_frames=6, wire=wire, observe=observe, leave_out=leave_out)

    return Replay(topology if isinstance(topology, str) else "suspect", made.info, main, run, made)
