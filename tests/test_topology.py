import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.catalogue import TOPOLOGIES
from harness.codec import Side
from harness.topology import (
    Clone,
    Decode,
    DecoderWiring,
    Encode,
    Open,
    Reset,
    Topology,
    Transmit,
    Wiring,
    instances_of,
    plan,
)


def test_shared_encodes_and_decodes_each_frame_on_one_instance():
    assert plan(Topology(), 2) == (
        Open("a"),
        Encode("a", "main", 0, 1),
        Decode("a", "main", 0, 1),
        Encode("a", "main", 1, 2),
        Decode("a", "main", 1, 2),
    )


def test_a_clone_before_use_is_made_before_anything_is_encoded():
    steps = plan(TOPOLOGIES["cloned-decoder"].topology, 2)
    assert steps[:3] == (Open("a"), Clone("a", "b"), Encode("a", "main", 0, 1))


def test_a_clone_after_encoding_has_seen_every_frame_and_decodes_from_the_first():
    steps = plan(TOPOLOGIES["cloned-after-encode"].topology, 3)
    clone = steps.index(Clone("a", "b"))
    assert all(isinstance(step, Encode | Open) for step in steps[:clone])
    assert steps[clone + 2] == Decode("b", "main", 0, 1)


def test_handover_clones_half_way_and_the_clone_goes_on():
    steps = plan(TOPOLOGIES["handover"].topology, 4)
    at = steps.index(Clone("a", "b"))
    assert [step.instance for step in steps if isinstance(step, Decode)] == ["a", "a", "b", "b"]
    assert steps[at + 1] == Decode("b", "main", 2, 3)


def test_reset_every_frame_resets_only_its_side():
    steps = plan(TOPOLOGIES["reset-every-frame-decoder"].topology, 3)
    assert [step for step in steps if isinstance(step, Reset)] == [Reset("b", Side.DECODER)] * 3


def test_dirty_instances_see_other_speech_before_the_clone_is_made():
    steps = plan(TOPOLOGIES["dirty-clone"].topology, 8, prior=3)
    assert steps.index(Decode("a", "other", 0, 3)) < steps.index(Clone("a", "b"))


def test_a_wire_forces_encoding_to_finish_first():
    steps = plan(Topology(), 4, arriving=3)
    at = steps.index(Transmit())
    assert [step.stop for step in steps[:at] if isinstance(step, Encode)] == [1, 2, 3, 4]
    assert [step.stop for step in steps[at:] if isinstance(step, Decode)] == [1, 2, 3]


def test_stateless_calls_open_no_instance():
    assert not any(isinstance(step, Open) for step in plan(TOPOLOGIES["stateless"].topology, 3))


@given(
    name=st.sampled_from(sorted(TOPOLOGIES)),
    frames=st.integers(1, 40),
    chunk=st.integers(1, 50),
)
def test_every_plan_covers_each_frame_once_and_touches_only_instances_that_exist(name, frames, chunk):
    topology = TOPOLOGIES[name].topology.model_copy(update={"chunk": chunk})
    existing = set()
    covered = {Encode: [], Decode: []}
    for step in plan(topology, frames, prior=min(3, frames)):
        if isinstance(step, Open):
            existing.add(step.instance)
        elif isinstance(step, Clone):
            assert step.source in existing
            existing.add(step.instance)
        else:
            assert instances_of(step) <= existing
        if isinstance(step, Encode | Decode) and step.stream == "main":
            covered[type(step)] += range(step.start, step.stop)
    assert covered[Encode] == covered[Decode] == list(range(frames))


def test_a_stateless_side_cannot_be_reset():
    with pytest.raises(ValidationError, match=r"decoder.reset needs decoder.calls = 'streaming'"):
        Topology(decoder=DecoderWiring(calls="stateless", reset="start"))


def test_factors_are_dotted_and_name_every_choice():
    factors = Topology(encoder=Wiring(reset="start")).factors()
    assert factors["topology.encoder.reset"] == "start"
    assert factors["topology.decoder.instance"] == "shared"
    assert factors["topology.chunk"] == 1
