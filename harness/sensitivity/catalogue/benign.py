"""
Changes that are no faults: what a machine, a library or a refactoring changes, and nobody hears.

None may be called worse than altered, and no gate may fail of it.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from harness.codecs.protocol import Side
from harness.sensitivity.fault import Family, Fault
from harness.sensitivity.plants import OnPath, OnSamples, OnWiring, Plant
from harness.sensitivity.window import PieceOfStream, Planted, Reals, factor
from harness.topology.model import DecoderWiring, EncoderWiring
from harness.topology.variants import STEPS

SIDES = (str(Side.ENCODER), str(Side.DECODER), "input", "end")


def _dithered(window: PieceOfStream, bits: float) -> Reals:
    noise = window.noise() + replace(window, place=replace(window.place, seed=window.place.seed + 1)).noise()
    return np.asarray(window.new + noise * 2.0 ** (1 - bits) / np.sqrt(24))


def _rounded(window: PieceOfStream, bits: float) -> Reals:
    steps = 2 ** (bits - 1)
    return np.asarray(np.round(window.new * steps) / steps)


def _all_pass(window: PieceOfStream, coefficient: float) -> Reals:
    """A first-order all-pass, truncated: its group delay stays below 1 ms and the polarity is kept."""
    powers = coefficient ** np.arange(window.past)
    kernel = np.concatenate([[coefficient], (1 - coefficient**2) * powers]) if window.past else np.array([1.0])
    signs = (-1.0) ** np.arange(len(kernel) - 1)
    kernel[1:] *= signs
    return window.filtered(kernel)


def _last_bit(window: PieceOfStream, _: float) -> Reals:
    """Another last bit of float32, by chance: what other vector instructions and another order of sums do."""
    return np.asarray(window.new * (1 + 2.0**-23 * window.noise()))


def _late(window: PieceOfStream, milliseconds: float) -> Reals:
    return window.earlier(round(milliseconds / 1000 * window.rate) / window.rate)


def _wired(**keys: Any) -> Plant:
    return OnWiring(lambda size, place: keys, SIDES, stateful=False)  # noqa: ARG005


def _switched(**keys: Any) -> Plant:
    def make(size: float, place: Planted) -> dict[str, Any]:
        del size
        return keys | {"switch": min(max(place.share, 0.05), 0.95)}

    return OnWiring(make, SIDES, stateful=False)


def _row(name: str, about: str, plant: Plant, unit: str = "", size: float = 1.0) -> Fault:
    return Fault(name, Family.BENIGN, unit, (size,), "a", "nobody hears it", about, plant)


def _decoder(**keys: Any) -> dict[str, Any]:
    return DecoderWiring(**keys).model_dump()


def _encoder(**keys: Any) -> dict[str, Any]:
    return EncoderWiring(**keys).model_dump()


def _variant(step: float) -> Fault:
    made = OnPath(lambda size, rate: {"gain": factor(size)})  # noqa: ARG005
    return _row(f"variant{step:+.2f}-dB", "a variant of the input, beside which others are judged", made, "dB", step)


VARIANTS = tuple(_variant(step) for step in STEPS)
NOTHING = _row("nothing", "nothing at all", OnSamples(lambda window, size: window.new))  # noqa: ARG005

ROWS = (
    _row("dither-24", "another seed of dither at 24 bits, in the output", OnSamples(_dithered), "bits", 24.0),
    _row("dither-20", "another seed of dither at 20 bits, in the output", OnSamples(_dithered), "bits", 20.0),
    _row("dither-16", "another seed of dither at 16 bits, in the output", OnSamples(_dithered), "bits", 16.0),
    _row("input-dither-24", "the input with dither at 24 bits", OnSamples(_dithered, side=Side.ENCODER), "bits", 24.0),
    _row("input-dither-16", "the input with dither at 16 bits", OnSamples(_dithered, side=Side.ENCODER), "bits", 16.0),
    _row("wav-24", "the output kept with 24 bits", OnSamples(_rounded), "bits", 24.0),
    _row("flac-16", "the output kept as FLAC with 16 bits", OnSamples(_rounded), "bits", 16.0),
    _row("input-16", "the input given with 16 bits", OnPath(lambda size, rate: {"int16": True})),  # noqa: ARG005
    _row("0.05-dB-louder", "0.05 dB louder", OnSamples(lambda window, size: window.new * factor(size)), "dB", 0.05),
    _row("0.05-dB-quieter", "0.05 dB quieter", OnSamples(lambda window, size: window.new * factor(-size)), "dB", 0.05),
    _row(
        "input-0.05-dB", "the input 0.05 dB louder",
        OnSamples(lambda window, size: window.new * factor(size), side=Side.ENCODER), "dB", 0.05,
    ),
    _row("all-pass", "an all-pass under 1 ms that keeps polarity", OnSamples(_all_pass, 0.01), "", 0.5),
    _row("input-all-pass", "the same before the encoder", OnSamples(_all_pass, 0.01, Side.ENCODER), "", 0.5),
    _row("last-bit", "the last bit is another, as on another machine", OnSamples(_last_bit)),
    _row("input-last-bit", "the same before the encoder", OnSamples(_last_bit, side=Side.ENCODER)),
    _row("dc-0.0001", "a constant of -80 dB", OnSamples(lambda window, size: window.new + size), "", 1e-4),
    _row("0.2-ms-late", "0.2 ms late", OnSamples(_late, 0.005), "ms", 0.2),
    _row("resampled", "captured at 48 kHz and resampled well", OnPath(lambda size, rate: {"source_rate": 48_000})),  # noqa: ARG005
    _row("resampled-96", "captured at 96 kHz and resampled well", OnPath(lambda size, rate: {"source_rate": 96_000})),  # noqa: ARG005
    _row("two-frames-a-call", "two frames in each call", _wired(chunk=2)),
    _row("five-frames-a-call", "five frames in each call", _wired(chunk=5)),
    _row("sequential", "everything is encoded before anything is decoded", _wired(order="sequential")),
    _row("separate", "encoder and decoder are two instances", _wired(decoder=_decoder(instance="separate"))),
    _row("neighbour", "a second session beside ours", _wired(neighbour="own")),
    _row("reset-at-start", "both sides are reset before the stream",
         _wired(encoder=_encoder(reset="start"), decoder=_decoder(reset="start"))),
    _row("cloned-decoder", "a clone decodes", _wired(decoder=_decoder(instance="clone"))),
    _row("handover", "in mid-stream a clone goes on decoding",
         _switched(decoder=_decoder(instance="clone", cloned="switch"))),
    _row("refused-call", "a call that is refused, and then the right one",
         _switched(decoder=_decoder(refused=True))),
)  # fmt: skip
