"""What is wired, reset or broken on the encoder side alone is not applicable to a decoder alone; the rest is."""

from dataclasses import replace

import pytest
from planted.decoders import Decoder

from harness.codecs.loading import load
from harness.codecs.spec import CodecSpec
from harness.topology import catalogue, path_catalogue
from harness.topology.applicable import not_applicable
from harness.topology.setup import Configuration
from harness.topology.wire_catalogue import WIRES

OF_THE_ENCODER = {
    "cloned-mid-encode", "cloned-after-encode", "cloned-encoder", "handover-encoder", "handover-encoder-late",
    "neighbour-of-encoder-clone", "full-duplex", "tail-dropped", "reset-every-frame-encoder", "takeover-encoder",
    "cross-talk-encoder", "windowed-cold-encoder",
}  # fmt: skip


def wired(topology="shared", **more):
    codec = CodecSpec(name="alone", adapter="opus", options={})
    return Configuration(codec=codec, topology=catalogue.find(topology).topology, **more)


@pytest.mark.parametrize("topology", [*catalogue.TOPOLOGIES, "slot-reuse-2", "batched-3", "chunked-4", "windowed-5"])
def test_topologies_of_the_encoder_alone_are_not_applicable(topology):
    alone, whole = Decoder("opus").info, load("opus", {}).info
    why = not_applicable(wired(topology), alone)
    assert (why is not None) == (topology in OF_THE_ENCODER)
    assert why is None or "the codec has no encoder" in why
    assert not_applicable(wired(topology), whole) is None


def test_a_signal_path_needs_an_encoder_and_a_wire_does_not():
    info = replace(Decoder("opus").info)
    path = next(iter(path_catalogue.PATHS.values()))
    why = not_applicable(wired(path=path), info)
    assert why is not None
    assert "a signal path is what happens before one" in why
    assert not_applicable(wired(wire=WIRES["drop-frame"]), info) is None
