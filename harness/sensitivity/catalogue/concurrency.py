"""Faults of several streams at once: one of them is heard in another."""

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault
from harness.sensitivity.plants import OnCalls, OnWiring
from harness.topology.model import DecoderWiring, EncoderWiring

MIXED = "two streams in one state are a mixture of both"
DECODER, ENCODER = str(Side.DECODER), str(Side.ENCODER)

ROWS = (
    Fault(
        "shared-state", Family.CONCURRENCY, "", (1.0,), "*", MIXED, "all instances decode with one state",
        OnCalls("shared-state", (DECODER,)), shows_in=("neighbour",),
    ),
    Fault(
        "cross-talk", Family.CONCURRENCY, "", (1.0,), "*", MIXED, "two sessions decode with one instance",
        OnWiring(lambda size, place: {"decoder": DecoderWiring(crosstalk=True).model_dump()}, (DECODER,)),  # noqa: ARG005
    ),
    Fault(
        "encoder-cross-talk", Family.CONCURRENCY, "", (1.0,), "*", MIXED, "two sessions encode with one instance",
        OnWiring(lambda size, place: {"encoder": EncoderWiring(crosstalk=True).model_dump()}, (ENCODER,)),  # noqa: ARG005
    ),
    Fault(
        "same-buffer", Family.CONCURRENCY, "", (1.0,), "!", "what was returned is overwritten before it is played",
        "every call returns the same memory", OnCalls("same-buffer", (DECODER,), stateless=True),
    ),
    Fault(
        "raced-calls", Family.CONCURRENCY, "frames between", (100.0, 50.0, 20.0, 10.0, 5.0, 2.0), "???d!!",
        "as frames that are repeated", "now and then a call returns what the call before it returned",
        OnCalls("raced-calls", (DECODER,), stateless=True),
    ),
)  # fmt: skip
