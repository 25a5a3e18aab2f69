"""Every standard topology is drawn, and says what is unusual about it."""

import pytest
from report.sample import build

from harness.report.wiring_svg import draw
from harness.topology.catalogue import FAMILIES, TOPOLOGIES, find
from harness.topology.model import WHOLE_STREAM, Topology
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire

CHANCE = Wire(fault="lose", share=0.1, spell=4.0, hit_inside=0.8, seed=3)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"), kinds=("shared",)).setups[0]


def texts(drawing):
    return [shape.text.replace("\N{NO-BREAK SPACE}", " ") for shape in drawing.shapes if shape.tag == "text"]


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_standard_topology_is_drawn(pattern, name):
    setup = pattern.model_copy(update={"name": name, "factors": TOPOLOGIES[name].topology.factors()})
    said = texts(draw(setup))
    assert {"speech", "encoder", "decoder", "decoded", "instance a"} <= set(said)
    assert ("instance b" in said) == (TOPOLOGIES[name].topology.decoder.instance != "shared")


@pytest.mark.parametrize("name", [*TOPOLOGIES, *(family.example for family in FAMILIES.values())])
def test_no_factor_of_a_standard_topology_is_left_out_of_its_drawing(pattern, name):
    factors, plain = find(name).topology.factors(), Topology().factors()

    def drawn(factors):
        drawing = draw(pattern.model_copy(update={"factors": factors}))
        assert drawing is not None
        return drawing.shapes

    odd = {factor for factor, value in factors.items() if value != plain[factor]} - {
        "topology.switch"
    }  # it says where, not what
    assert {factor for factor in odd if drawn(factors | {factor: plain[factor]}) == drawn(factors)} == set()


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        (
            {"topology.decoder.instance": "clone", "topology.decoder.cloned": "after-encode"},
            "cloned after all was encoded",
        ),
        ({"topology.decoder.reset": "every-call"}, "reset before every call"),
        ({"topology.encoder.cloned": "switch"}, "a clone carries on"),
        (
            {"topology.encoder.cloned": "switch", "topology.neighbour": "source"},
            "beside it, the source of the clone encodes a second session",
        ),
        ({"topology.encoder.calls": "stateless"}, "no state kept between calls"),
        ({"topology.decoder.dirty": True}, "has heard other speech"),
        ({"topology.decoder.takeover": True}, "a fresh one takes over"),
        ({"topology.encoder.crosstalk": True}, "other speech"),
        ({"topology.chunk": 5}, "5 frames a call"),
        ({"topology.chunk": WHOLE_STREAM}, "all at once"),
        ({"topology.decoder.reset": "start", "topology.decoder.spares": "upsample"}, "but upsample"),
        ({"topology.order": "duplex"}, "while it decodes, the instance encodes other speech"),
        ({"topology.neighbour": "own"}, "beside it, a second session on an instance of its own"),
        ({"topology.batch": 3}, "in a batch of 3 streams, ours beside other speech"),
        ({"topology.tail": "drop"}, "a part of a frame at the end is not sent"),
        (
            {"topology.decoder.instance": "clone", "topology.decoder.aliased": True},
            "cloned before use, sharing its memory",
        ),
        ({"wire.fault": "swap", "wire.every": 2, "wire.at": 0.5}, "wire: swap, every 2"),
        (CHANCE.factors(), "wire: lose, share 0.1,"),
        (CHANCE.factors(), "spell 4.0, hit_inside 0.8,"),
        (Wire(fault="stall", pattern="..x").factors(), "wire: stall, pattern ..x"),
        (SignalPath(int16=True, overflow="wrap").factors(), "overflow wrap"),
        (SignalPath(int16=True, byte_chunk=99, odd_byte="padded").factors(), "odd_byte padded"),
        ({"path.resampler": "linear", "path.gain": 1.0}, "resampler linear"),
    ],
)
def test_what_is_unusual_is_written_into_the_drawing(pattern, factors, said):
    usual = Wire().factors() | SignalPath().factors()
    reference = pattern.model_copy(update={"factors": pattern.factors | usual})
    setup = pattern.model_copy(update={"factors": reference.factors | factors})
    assert said in texts(draw(setup, reference))
    assert said not in texts(draw(reference))


def test_without_wiring_there_is_no_drawing(pattern):
    assert draw(pattern.model_copy(update={"factors": {"codec.adapter": "x"}})) is None
