"""
Run one utterance through several setups, in one process, and compare each output with the reference setup's.

This is the unit of work that a worker process gets: a *group* is an utterance and all setups that are held against one
reference setup, so that encoding is shared and every comparison is at hand.
"""

import functools
import hashlib
import json
from dataclasses import dataclass, field

import numpy as np

from harness.alignment import AlignedPair, align, paired
from harness.audio import Samples, Waveform, resample
from harness.codec import Codec, CodecInfo, load
from harness.errors import CodecFailed
from harness.execution import EncodedBefore, Observer, Trace, run_topology, whole_frames
from harness.metrics.amplitude import amplitude_statistics
from harness.metrics.exact import Comparison, compare
from harness.record import Measurement, Measurements
from harness.signal_path import SignalPath, feed
from harness.speech import Utterance
from harness.suite import CodecSpec, Setup
from harness.topology import PRIOR_SECONDS
from harness.wire import Wire

VERSION = 1  # raise it when the numbers made here change meaning


@dataclass(frozen=True)
class Group:
    """*utterance* through *setups*, all held against the setup called *reference*; *other* is the other speech."""

    utterance: Utterance
    other: Utterance
    setups: tuple[Setup, ...]
    codecs: dict[str, CodecSpec]
    reference: str


@dataclass(frozen=True, eq=False)
class Traced:
    """
    One utterance through one setup: what the codec did, before anything is scored.

    pair : uncoded and decoded speech, declared delay taken out, at the codec's rate; None if the codec failed
    """

    setup: str
    failure: str | None = None
    measurements: Measurements = field(default_factory=dict)
    comparison: Comparison | None = None
    pair: AlignedPair | None = None
    codes_sha256: str | None = None
    pcm_sha256: str | None = None
    frame_seconds: float | None = None
    seconds: float | None = None


def open_codec(spec: CodecSpec) -> Codec:
    """Return the codec of *spec*, loaded once in each process."""
    return _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> Codec:
    return load(adapter, json.loads(options))


def describe(spec: CodecSpec) -> CodecInfo:
    """Load a codec and return what it declares; raise the `HarnessError` that says why it cannot be used."""
    return open_codec(spec).info


def trace(group: Group) -> list[Traced]:
    """Run *group*; a setup whose codec fails is returned as failed, the others are not touched by it."""
    speech, other = group.utterance.waveform(), group.other.waveform()
    encoded_before: dict[tuple[str, SignalPath], EncodedBefore] = {}
    traces: dict[str, Trace | CodecFailed] = {}
    for setup in group.setups:
        codec = open_codec(group.codecs[setup.codec])
        before = encoded_before.setdefault((setup.codec, setup.path), {})  # equal steps encode equal samples
        try:
            traces[setup.name] = run_setup(setup, codec, speech, other, before)
        except CodecFailed as error:
            traces[setup.name] = error
    reference_setup = next(setup for setup in group.setups if setup.name == group.reference)
    reference_info = open_codec(group.codecs[reference_setup.codec]).info
    return [
        compared(
            setup.name,
            traces[setup.name],
            traces[group.reference],
            speech,
            open_codec(group.codecs[setup.codec]).info,
            reference_info,
        )
        for setup in group.setups
    ]


def run_setup(
    setup: Setup,
    codec: Codec,
    speech: Waveform,
    other: Waveform,
    before: EncodedBefore,
    observe: Observer | None = None,
    leave_out: frozenset[int] = frozenset(),
) -> Trace:
    """Run one utterance through *setup*, but for *leave_out*; raise `CodecFailed` if the codec breaks its word."""
    given = inputs(setup, codec.info, speech, other)
    return run_topology(
        setup.topology,
        codec,
        given.main,
        given.other,
        prior_frames=given.prior_frames,
        wire=given.wire,
        encoded_before=before,
        observe=observe,
        leave_out=leave_out,
    )


@dataclass(frozen=True, eq=False)
class Inputs:
    """What goes into a codec: samples of the utterance (whole frames) and of the other speech, and a faulty wire."""

    main: Samples
    other: Samples
    prior_frames: int
    wire: Wire | None


def inputs(setup: Setup, info: CodecInfo, speech: Waveform, other: Waveform) -> Inputs:
    """Return what *setup* feeds a codec that declares *info*."""
    return Inputs(
        main=whole_frames(feed(setup.path, speech, info.sample_rate), info, setup.topology.tail),
        other=_other_speech(resample(other, info.sample_rate).samples),
        prior_frames=max(1, round(PRIOR_SECONDS / info.frame_seconds)),
        wire=None if setup.wire.fault == "none" else setup.wire,
    )


def _other_speech(samples: Samples) -> Samples:
    """Return *samples* from where they become loud, so that a short excerpt is speech and not the silence before it."""
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())
    return samples[loud[0] :]


def compared(
    name: str,
    traced: Trace | CodecFailed,
    reference: Trace | CodecFailed,
    speech: Waveform,
    info: CodecInfo,
    reference_info: CodecInfo,
) -> Traced:
    """Compare what was traced with the reference setup's trace and with the uncoded *speech*."""
    if isinstance(traced, CodecFailed):
        return Traced(name, failure=str(traced), frame_seconds=info.frame_seconds)
    uncoded = resample(speech, info.sample_rate)
    expected = len(whole_frames(uncoded.samples, info))
    alignment = align(uncoded, _speech_part(traced, uncoded, info), info.delay)
    measurements = dict(alignment.measurements)
    measurements["length_change_samples"] = Measurement.of(len(traced.pcm) - expected, "samples")
    comparison = None
    golden = uncoded  # for the amplitude statistics, where the reference setup's output is not to be had
    if isinstance(reference, CodecFailed):
        reason = f"the reference setup failed: {reference}"
        measurements |= {key: Measurement.missing(reason) for key in ("codes_equal", "pcm_equal", "pcm_equivalent")}
    elif info.sample_rate != reference_info.sample_rate:
        reason = f"the reference setup works at {reference_info.sample_rate} Hz, this one at {info.sample_rate} Hz"
        measurements |= {key: Measurement.missing(reason) for key in ("codes_equal", "pcm_equal", "pcm_equivalent")}
    else:
        comparison = compare(
            traced.codes,
            traced.pcm,
            reference.codes,
            reference.pcm,
            reference_info.frame_size,
            max(info.tolerance, reference_info.tolerance),
        )
        measurements |= _exact(comparison)
        spoken = _speech_part(reference, uncoded, reference_info)
        golden = paired(uncoded, spoken, reference_info.delay).degraded
    measurements |= amplitude_statistics(AlignedPair(golden, alignment.pair.degraded))
    return Traced(
        setup=name,
        measurements=measurements,
        comparison=comparison,
        pair=alignment.pair,
        codes_sha256=hashlib.sha256(traced.codes.tobytes()).hexdigest(),
        pcm_sha256=Waveform(traced.pcm, info.sample_rate).sha256(),
        frame_seconds=info.frame_seconds,
        seconds=round(traced.seconds, 4),
    )


def _speech_part(trace: Trace, uncoded: Waveform, info: CodecInfo) -> Waveform:
    """Take off the end what only fills the last frame, so that what is left is the declared delay and the speech."""
    filled = trace.tail == "pad"
    fill = len(whole_frames(uncoded.samples, info)) - info.delay - len(uncoded.samples) if filled else 0
    return Waveform(trace.pcm[: max(0, len(trace.pcm) - fill)], info.sample_rate)


def _exact(comparison: Comparison) -> Measurements:
    equal = Measurement.of(1.0, "bool"), Measurement.of(0.0, "bool")
    measurements = {
        "codes_equal": equal[not comparison.codes_equal],
        "pcm_equal": equal[not comparison.pcm_equal],
        "pcm_equivalent": equal[not comparison.within_tolerance],
    }
    for name, value, unit in (
        ("max_abs_difference", comparison.max_abs_difference, "full scale"),
        ("snr_db", comparison.snr_db, "dB"),
    ):
        measurements[name] = (
            Measurement.missing("the outputs are equal or cannot be compared")
            if value is None
            else Measurement.of(value, unit)
        )
    return measurements
