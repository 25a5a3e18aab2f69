"""
Faults of state: a codec that forgets, remembers too much, or goes back.

What is heard depends on the codec: one that predicts much of each frame from the last breaks the waveform at a reset,
one that predicts nothing does not. So nothing is said of what listeners hear; whether the suite notices is told.
"""

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnCalls, OnWiring
from harness.topology.model import DecoderWiring

EVERY = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0)
RESETS = "a reset breaks the waveform once; of every frame it is a buzz"
REUSE = ("reuse-after-reset",)
CLONES = ("cloned-decoder", "cloned-mid-encode", "handover", "neighbour-of-clone")
ENCODER, DECODER = str(Side.ENCODER), str(Side.DECODER)

ROWS = (
    Fault(
        "encoder-resets", Family.STATE, "frames between", EVERY, "*******", RESETS,
        "the encoder forgets its state again and again", OnCalls("encoder-resets", (ENCODER,)),
    ),
    Fault(
        "decoder-resets", Family.STATE, "frames between", EVERY, "*******", RESETS,
        "the decoder forgets its state again and again", OnCalls("decoder-resets", (DECODER,)),
    ),
    Fault(
        "decode-resets-encoder", Family.STATE, "frames between", EVERY, "*******", RESETS,
        "a call to decode resets the encoder beside it", OnCalls("decode-resets-encoder", (ENCODER,)),
    ),
    Fault(
        "decoder-rewinds", Family.STATE, "frames", (1.0, 2.0, 5.0, 10.0, 25.0), "*****", RESETS,
        "at one moment the decoder goes back to an old state", OnCalls("decoder-rewinds", (DECODER,)), Where.SPEECH,
    ),
    Fault(
        "starts-dirty", Family.STATE, "frames", (1.0, 5.0, 20.0, 100.0), "****",
        "what was there before decays within 0.3 s", "a new instance has heard something before",
        OnCalls("starts-dirty", (ENCODER, DECODER)),
    ),
    Fault(
        "takeover", Family.STATE, "", (1.0,), "*", RESETS, "in mid-stream a fresh instance goes on decoding",
        OnWiring(
            lambda _, place: {"decoder": DecoderWiring(takeover=True).model_dump(), "switch": max(0.01, place.share)},
            (DECODER,),
        ),
        Where.SPEECH,
    ),
    Fault(
        "forgets-encoder-reset", Family.STATE, "", (1.0,), "*", RESETS, "reset() leaves the encoder as it is",
        OnCalls("forgets-encoder-reset", (ENCODER,)), shows_in=REUSE,
    ),
    Fault(
        "forgets-decoder-reset", Family.STATE, "", (1.0,), "*", RESETS, "reset() leaves the decoder as it is",
        OnCalls("forgets-decoder-reset", (DECODER,)), shows_in=REUSE,
    ),
    Fault(
        "shares-with-clone", Family.STATE, "", (1.0,), "*", "two streams in one state are a mixture of both",
        "a clone and its source go on with one state", OnCalls("shares-with-clone", (ENCODER, DECODER)),
        shows_in=CLONES,
    ),
)  # fmt: skip
