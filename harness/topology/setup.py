"""A setup: a codec, a topology, a wire and a signal path; and one utterance run through it."""

from dataclasses import dataclass

import numpy as np

from harness.audio.waveform import Samples, Waveform, resample
from harness.codecs.ownership import Returned
from harness.codecs.protocol import Codec, CodecInfo, Codes
from harness.codecs.returned import guarded
from harness.codecs.sealed import SealedCodec, sealed
from harness.codecs.ties import only_ties
from harness.errors import CodecFailed, NotOffered
from harness.record import Expectation, Frozen
from harness.topology.interpreter import EncodedBefore, Observer, Trace, run_topology, whole_frames
from harness.topology.model import PRIOR_SECONDS, Topology
from harness.topology.signal_path import SignalPath, feed
from harness.topology.wire import Wire
from harness.topology.worst_row import worst_row


class Setup(Frozen):
    """One named point: a codec, a topology, and what it is held against."""

    name: str
    codec: str
    topology_name: str
    topology: Topology
    wire: Wire = Wire()
    path: SignalPath = SignalPath()
    expectation: Expectation
    expectation_given: bool  # stated in the suite, rather than taken from the standard topology
    reference: str

    @property
    def untouched(self) -> bool:
        """Whether neither the wire nor the signal path does anything."""
        return self.wire.fault == "none" and self.path.factors() == SignalPath().factors()


def run_setup(
    setup: Setup,
    codec: Codec,
    speech: Waveform,
    other: Waveform,
    before: EncodedBefore,
    observe: Observer | None = None,
    returned: Returned | None = None,
    leave_out: frozenset[int] = frozenset(),
) -> Trace:
    """
    Run one utterance through *setup*, of a batch the worst row.

    returned : takes what the codec hands out; leave_out : as of `run_topology`
    Raises `CodecFailed` if the codec raises or breaks its word, or changes what it handed out before; `NotOffered` if
    it has not what the setup needs.
    """
    try:
        return _run(setup, sealed(codec), speech, other, before, observe, returned, leave_out)
    except NotOffered as lacking:
        raise NotOffered(f"not applicable: {lacking}") from None


def _run(
    setup: Setup,
    codec: SealedCodec,
    speech: Waveform,
    other: Waveform,
    before: EncodedBefore,
    observe: Observer | None,
    returned: Returned | None,
    leave_out: frozenset[int],
) -> Trace:
    returned = Returned(codec) if returned is None else returned
    given = inputs(setup, codec.info, speech, other)

    def run(
        topology: Topology, place: int | None, stream: Samples | None = None, observe: Observer | None = None
    ) -> Trace:
        return run_topology(
            topology,
            codec,
            given.main if stream is None else stream,
            given.other,
            prior_frames=given.prior_frames,
            wire=given.wire if stream is None else None,
            encoded_before=before if stream is None else {},
            observe=observe,
            place=place,
            returned=returned,
            leave_out=leave_out if stream is None else frozenset(),
        )

    whole = setup.topology
    alone = whole.alone
    if whole == alone:
        trace = run(whole, None, observe=observe)
    else:

        def tie(stream: Samples | None, single: Trace, codes: Codes, pcm: Samples) -> bool:
            spoken = given.main if stream is None else stream
            return bool(guarded("asking for ties", lambda: only_ties(codec, spoken, (single.codes, codes), pcm)))

        trace = worst_row(
            lambda place: run(whole, place), lambda stream: run(alone, None, stream), tie, whole, codec.info
        )
        trace = trace if observe is None else run(whole, trace.place, observe=observe)
    if said := returned.changed() or guarded("info", codec.changed):
        raise CodecFailed(said)
    return trace


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
