import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.protocol import Side
from harness.topology.catalogue import FAMILIES, TOPOLOGIES, find
from harness.topology.model import DecoderWiring, Topology
from harness.topology.plan import NEIGHBOUR, Clone, Decode, Encode, Open, Reset, Transmit, instances_of, plan


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


NAMED = {name: entry.topology for name, entry in TOPOLOGIES.items()}
NAMED |= {name: find(family.example).topology for name, family in FAMILIES.items()}


@given(
    name=st.sampled_from(sorted(NAMED)),
    frames=st.integers(1, 40),
    chunk=st.integers(1, 50),
)
def test_every_plan_covers_each_frame_once_and_touches_only_instances_that_exist(name, frames, chunk):
    topology = NAMED[name].model_copy(update={"chunk": chunk})
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


def test_a_neighbour_takes_turns_with_ours_on_an_instance_of_its_own():
    assert plan(Topology(neighbour="own"), 1) == (
        Open("a"),
        Open(NEIGHBOUR),
        Encode("a", "main", 0, 1),
        Encode(NEIGHBOUR, "other", 0, 1),
        Decode("a", "main", 0, 1),
        Decode(NEIGHBOUR, "other", 0, 1),
    )


def test_the_source_of_a_clone_goes_on_after_each_of_our_frames():
    steps = plan(find("aliased-clone").topology, 2)
    assert Clone("a", "b", aliased=True) in steps
    decodes = [(step.instance, step.stream) for step in steps if isinstance(step, Decode)]
    assert decodes == [("b", "main"), ("a", "other")] * 2


def test_in_full_duplex_the_decoding_instance_encodes_other_speech_in_turn():
    steps = plan(find("full-duplex").topology, 2)
    assert steps[steps.index(Transmit()) + 1 :] == (
        Encode("a", "other", 0, 1),
        Decode("a", "main", 0, 1),
        Encode("a", "other", 1, 2),
        Decode("a", "main", 1, 2),
    )


def test_one_call_takes_the_whole_stream():
    assert [step for step in plan(find("one-call").topology, 7) if isinstance(step, Encode)] == [
        Encode("a", "main", 0, 7)
    ]


def test_a_batch_opens_as_many_rows_on_both_sides():
    steps = plan(Topology(batch=4, decoder=DecoderWiring(instance="separate")), 2)
    assert [step for step in steps if isinstance(step, Open)] == [Open("a", 4), Open("b", 4)]


def test_a_forgetful_reset_says_what_it_forgets():
    steps = plan(find("reset-sparing-downsample").topology, 2)
    assert Reset("a", Side.ENCODER, "downsample") in steps
    assert Reset("a", Side.DECODER, "downsample") in steps


@pytest.mark.parametrize("name", ["cross-talk", "full-duplex", "neighbour-of-clone", "neighbour"])
def test_frames_that_a_wire_adds_have_no_other_speech_beside_them(name):
    steps = plan(find(name).topology, 3, arriving=5)
    assert max(step.stop for step in steps if isinstance(step, Decode) and step.stream == "main") == 5
    assert max(step.stop for step in steps if isinstance(step, Encode | Decode) and step.stream == "other") == 3


def test_a_clone_of_the_encoder_carries_on_and_its_source_goes_on_with_other_speech():
    steps = plan(find("neighbour-of-encoder-clone").topology, 4)
    calls = [(step.instance, step.stream) for step in steps if isinstance(step, Encode)]
    assert calls == [("a", "main"), ("a", "main"), ("c", "main"), ("a", "other"), ("c", "main"), ("a", "other")]
    assert steps[steps.index(Clone("a", "c")) + 1] == Encode("c", "main", 2, 3)
    assert {step.instance for step in steps if isinstance(step, Decode)} == {"b"}


def test_an_encoder_cloned_before_use_leaves_its_source_idle():
    steps = plan(find("cloned-encoder").topology, 2)
    assert steps[:3] == (Open("a"), Open("b"), Clone("a", "c"))
    assert {step.instance for step in steps if isinstance(step, Encode)} == {"c"}


def test_the_source_of_a_late_clone_has_no_second_session_before_there_is_the_clone():
    late = Topology(neighbour="source", decoder=DecoderWiring(instance="clone", cloned="switch"))
    calls = [(step.instance, step.stream) for step in plan(late, 4) if isinstance(step, Decode)]
    assert calls == [("a", "main"), ("a", "main"), ("b", "main"), ("a", "other"), ("b", "main"), ("a", "other")]
