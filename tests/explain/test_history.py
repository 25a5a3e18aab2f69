"""What an instance has been through before a call, in a few words."""

import pytest

from harness.codecs.protocol import Side
from harness.explain.history import MOST, past, told_of
from harness.topology.model import DecoderWiring, EncoderWiring, Topology
from harness.topology.plan import Clone, Decode, Encode, Open, Refuse, Reset, Step, Transmit, plan

OPENED = (Open("a"), Open("b"))


def test_the_past_follows_clones_and_leaves_the_other_side_out():
    topology = Topology(
        encoder=EncoderWiring(dirty=True),
        decoder=DecoderWiring(instance="clone", cloned="switch", dirty=True, reset="switch"),
    )
    steps = plan(topology, 8, prior=3)
    last = max(index for index, step in enumerate(steps) if step.__class__.__name__ == "Decode")
    told = "instance b: opened, 3 frames of other speech, 4 frames of this stream, cloned from a, reset, "
    assert past(steps, last) == f"{told.replace('opened, ', '..., ')}3 frames of this stream"
    encodes = [index for index, step in enumerate(steps) if isinstance(step, Encode) and step.instance]
    assert past(steps, encodes[-1]) == "instance a: opened, 3 frames of other speech, 7 frames of this stream"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((), "opened"),
        ((Decode("a", "main", 0, 1),), "opened, 1 frame of this stream"),
        ((Decode("a", "main", 0, 1), Decode("a", "main", 1, 4)), "opened, 4 frames of this stream"),
        ((Decode("a", "other", 0, 2), Decode("a", "main", 0, 2)),
         "opened, 2 frames of other speech, 2 frames of this stream"),
        ((Encode("a", "main", 0, 9), Refuse("a", Side.ENCODER), Reset("a", Side.ENCODER)), "opened"),  # the other side
        ((Decode("b", "main", 0, 9), Reset("b", Side.BOTH)), "opened"),  # another instance
        ((Reset("a", Side.BOTH), Reset("a", Side.DECODER, "*conv*")), "opened, reset, reset, all but *conv*"),
        ((Refuse("a", Side.DECODER), Transmit()), "opened, a call that it refused"),
        ((Decode("a", "main", 0, 2), Reset("a", Side.DECODER), Decode("a", "main", 2, 3)),
         "opened, 2 frames of this stream, reset, 1 frame of this stream"),
        ((Decode("a", "main", 0, 2), Open("a")), "opened"),
        ((Decode(None, "main", 0, 2),), "opened"),
    ],
)  # fmt: skip
def test_what_was_done_to_the_side_that_is_called_is_told_in_order(steps: tuple[Step, ...], told: str) -> None:
    every = (*OPENED, *steps, Decode("a", "main", 9, 10))
    assert past(every, len(every) - 1) == f"instance a: {told}"
    assert past((*every, Reset("a", Side.BOTH)), len(every) - 1) == f"instance a: {told}"  # what follows is no past


def test_a_clone_has_the_past_of_its_source_up_to_then_and_goes_its_own_way() -> None:
    steps = (
        *OPENED,
        Encode("a", "main", 0, 3),
        Clone("a", "c", aliased=True),
        Encode("a", "main", 3, 5),
        Encode("c", "main", 3, 4),
    )
    last = len(steps)
    assert past((*steps, Encode("c", "main", 4, 5)), last) == (
        "instance c: opened, 3 frames of this stream, cloned from a, sharing memory with it, 1 frame of this stream"
    )
    assert past((*steps, Encode("a", "main", 5, 6)), last) == "instance a: opened, 5 frames of this stream"


def test_the_last_events_are_told_and_that_there_were_more() -> None:
    resets = [Reset("a", Side.DECODER)] * (MOST + 1)
    assert told_of(resets[:MOST], Side.DECODER) == ", ".join(["reset"] * MOST)
    assert told_of(resets, Side.DECODER) == "..., " + ", ".join(["reset"] * MOST)
    assert told_of(resets, Side.ENCODER) == ""


def test_outside_streaming_there_is_no_past_and_what_is_no_call_has_none() -> None:
    steps = (*OPENED, Encode("a", "main", 0, 3), Decode(None, "main", 0, 3))
    assert past(steps, 3) == "outside streaming, without any state"
    with pytest.raises(ValueError, match=r"step 0 is Open.*wanted a call that encodes or decodes"):
        past(steps, 0)
