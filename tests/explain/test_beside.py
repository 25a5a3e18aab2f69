"""Calls on others before a call: which they are, which can be left out, and how each is told."""

import pytest

from harness.codecs.protocol import Side
from harness.explain.beside import beside, owners, removable, told
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.plan import Clone, Decode, Encode, Finish, Open, Refuse, Reset, Transmit, plan

STEPS = (
    Open("a"), Encode("a", "other", 0, 2), Clone("a", "b"), Decode("a", "other", 0, 2), Reset("a", Side.ENCODER),
    Open("c"), Encode("b", "main", 0, 1), Refuse("b", Side.DECODER), Transmit(), Decode("b", "main", 0, 1),
    Encode(None, "main", 1, 2), Decode("b", "main", 1, 4),
)  # fmt: skip
LAST = len(STEPS) - 1


def test_calls_on_others_are_those_since_the_instance_exists():
    steps = plan(TOPOLOGIES["neighbour-of-clone"].topology, 4, prior=2)
    last = max(place for place, step in enumerate(steps) if isinstance(step, Decode) and step.stream == "main")
    others = [told(steps, place, last) for place in beside(steps, last)]
    assert others[:3] == [
        "cloning instance a into b",
        "encoding frame 0 of this stream on instance a, of which b is a clone",
        "decoding frame 0 of other speech on instance a, of which b is a clone",
    ]
    assert others[-2:] == [
        "decoding frame 2 of other speech on instance a, of which b is a clone",
        "encoding frame 3 of this stream on instance a, of which b is a clone",
    ]
    steps = plan(TOPOLOGIES["handover"].topology, 4, prior=2)
    last = max(place for place, step in enumerate(steps) if isinstance(step, Decode))
    assert [told(steps, place, last) for place in beside(steps, last)][:2] == [
        "encoding frame 0 of this stream on instance a, on its other side",
        "encoding frame 1 of this stream on instance a, on its other side",
    ]


def test_an_instance_was_its_source_before_it_was_cloned_and_none_before_it_was_opened():
    assert owners(STEPS, LAST) == [None, "a", "a", *["b"] * 8]
    assert owners((Open("a"), Open("b"), Encode("b", "main", 0, 1)), 2) == [None, None]
    assert owners((Encode(None, "main", 0, 1), Encode(None, "main", 1, 2)), 1) == [None]


def test_calls_on_the_same_side_of_the_same_instance_are_no_others():
    assert beside(STEPS, LAST) == [1, 2, 3, 4, 5, 6, 7, 10]
    assert 9 not in beside(STEPS, LAST)  # an earlier call of its own
    assert beside(STEPS, 6) == [2, 3, 4, 5]  # of the encoder: what the clone's source encoded is its past
    assert beside(STEPS, 0) == []


@pytest.mark.parametrize("side", list(Side))
def test_a_reset_of_both_sides_is_none_on_others(side):
    steps = (Open("a"), Reset("a", side), Decode("a", "main", 0, 1))
    assert beside(steps, 2) == ([1] if side is Side.ENCODER else [])


def test_what_the_stream_needs_cannot_be_left_out():
    assert removable(STEPS, [1, 2, 3, 4, 5, 6, 7, 10]) == [3, 4, 7]  # other speech is decoded, so it must be encoded
    alone = (Encode("a", "other", 0, 2), Decode("a", "main", 0, 1))
    assert removable(alone, [0, 1]) == [0]
    outside = (Encode(None, "other", 0, 2), Encode("a", "other", 0, 2), Decode("a", "other", 0, 2))
    assert removable(outside, [0, 1, 2]) == [1, 2]  # what is decoded was encoded outside streaming


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, "encoding frames 0 to 1 of other speech on instance a, on its other side"),
        (3, "decoding frames 0 to 1 of other speech on instance a, of which b is a clone"),
        (4, "the reset of instance a, of which b is a clone"),
        (5, "opening instance c"),
        (2, "cloning instance a into b"),
        (6, "encoding frame 0 of this stream on instance b, on its other side"),
        (7, "the wrong call on the decoder side of instance b, which it refused"),
        (10, "encoding frame 1 of this stream outside streaming"),
    ],
)
def test_each_kind_of_call_has_its_words(place, said):
    assert told(STEPS, place, LAST) == said


@pytest.mark.parametrize("step", [Transmit(), Finish("a", "flush")])
def test_what_is_no_call_has_none(step):
    with pytest.raises(ValueError, match="wanted a call on an instance"):
        told((step, *STEPS), 0, LAST + 1)
