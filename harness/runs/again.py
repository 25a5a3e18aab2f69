"""What comes of a setup in a process in which nothing ran before, several times over."""

import gc
from dataclasses import dataclass, replace

import numpy as np

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform
from harness.codecs.opening import open_codec
from harness.codecs.protocol import CodecInfo
from harness.codecs.sealed import differing
from harness.errors import TriedAgain
from harness.explain.repeats import ResetAtOpen
from harness.runs.comparing import codes_sha256
from harness.topology.given_codes import handed
from harness.topology.running import run_configuration
from harness.topology.setup import Configuration
from harness.topology.trace import Trace

LAW = "deterministic"  # as `harness.check` calls it

Spoken = tuple[Utterance, Utterance]  # an utterance with the other speech


@dataclass(frozen=True)
class Again:
    """Hashes of what came out, in order, the first output, and how far the others were from it at most."""

    outputs: tuple[str, ...]
    first: Trace
    largest: float
    tolerance: float
    declared: str


def again(configuration: Configuration, speech: Spoken, order: str, info: CodecInfo) -> Again:
    """
    Run *configuration* on a fresh instance for each letter of *order*: m is the utterance, r the same on one that is
    reset first, o the other speech (where there is none, the utterance backwards).

    Only what comes of the utterance is returned. Runs in a process in which nothing ran before.

    info : what the codec declared in the run
    Raises `TriedAgain` if it declares something else now: what another codec gives says nothing of that one.
    """
    codec = open_codec(configuration.codec)
    if (said := differing(info, codec.info)) is not None:
        raise TriedAgain(f"in two processes, {said}")
    spoken, other = (handed(one, codec, configuration.codec.codes_from) for one in speech)
    beside = other
    if speech[0] == speech[1]:
        other = Waveform(spoken.samples[::-1].copy(), spoken.sample_rate)
    traces: list[Trace] = []
    for letter in order:
        opened = ResetAtOpen(codec) if letter == "r" else codec
        trace = run_configuration(configuration, opened, other if letter == "o" else spoken, beside, {})
        if letter != "o":
            traces.append(trace)
        del trace
        gc.collect()  # an instance that went back to a pool is what the next one may get
    first = traces[0]
    return Again(
        outputs=tuple(_of_trace(one, codec.info.sample_rate) for one in traces),
        first=replace(first, beside=()),
        largest=max(apart(first, one) for one in traces),
        tolerance=codec.info.tolerance,
        declared=codec.promises_not.get(LAW, ""),
    )


def apart(one: Trace, other: Trace) -> float:
    """Return the largest difference of a sample; infinite if codes or lengths differ."""
    equal = np.array_equal(one.codes, other.codes) and one.pcm.shape == other.pcm.shape
    return float(np.abs(one.pcm - other.pcm).max(initial=0.0)) if equal else float("inf")


def output_of(codes: str | None, pcm: str | None) -> str:
    """Return what stands for an output: the hashes of its codes and of its PCM."""
    return f"{codes}:{pcm}"


def _of_trace(trace: Trace, rate: int) -> str:
    return output_of(codes_sha256(trace.codes), Waveform(trace.pcm, rate).sha256())
