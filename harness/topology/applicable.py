"""
Which setups ask something of a codec that it has, and why the others are not applicable.

A decoder alone has no encoder: what is wired, reset or broken on that side, and what happens to samples before it, is
not there. A setup of both sides is asked of the decoder. Latents have neither codebooks nor a code that says "lost".
"""

from harness.codecs.protocol import CodecInfo
from harness.topology.model import DecoderWiring, EncoderWiring, Topology
from harness.topology.setup import Configuration
from harness.topology.signal_path import SignalPath
from harness.topology.wire import OF_CODEBOOKS, OF_LATENTS

PLAIN = (DecoderWiring(), DecoderWiring(instance="separate"))


def not_applicable(configuration: Configuration, info: CodecInfo) -> str | None:
    """Return why *configuration* asks nothing of a codec that declares *info*; None if it does."""
    fault = configuration.wire.fault
    if info.continuous and fault in OF_CODEBOOKS:
        return f"its codes are latents: they have no codebooks, and no code for the wire's fault {fault!r}"
    if not info.continuous and fault in OF_LATENTS:
        return f"the wire's fault {fault!r} is of latents, and its codes are integers"
    if info.encodes:
        return None
    if configuration.path.factors() != SignalPath().factors():
        return "the codec has no encoder, and a signal path is what happens before one"
    if configuration.topology.tail != "pad":
        return "the codec has no encoder, and the tail is how speech ends in one: codes are whole frames"
    if _of_the_encoder(configuration.topology):
        return "the codec has no encoder, and its decoder is wired as ever"
    return None


def _of_the_encoder(topology: Topology) -> bool:
    """Tell whether *topology* differs from plain use on the encoder side alone."""
    decoder, used = topology.decoder, topology.encoder != EncoderWiring() or topology.order == "duplex"
    if decoder.instance == "clone" and decoder.cloned in ("mid-encode", "after-encode"):
        return decoder == DecoderWiring(instance="clone", cloned=decoder.cloned)
    neighbour = topology.neighbour == "own" or (topology.neighbour == "source" and decoder.instance == "clone")
    return used and decoder in PLAIN and not neighbour
