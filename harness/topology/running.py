"""One utterance run through a configuration, and what goes into the codec then."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from harness.audio.waveform import Samples, Waveform, resample
from harness.codecs.ownership import Returned
from harness.codecs.protocol import Codec, CodecInfo, Codes
from harness.codecs.returned import guarded
from harness.codecs.sealed import SealedCodec, sealed
from harness.codecs.ties import only_ties
from harness.errors import CodecFailed, NotOffered
from harness.topology.interpreter import EncodedBefore, Observer, run_topology
from harness.topology.model import PRIOR_SECONDS, Topology
from harness.topology.setup import Case, Configuration
from harness.topology.signal_path import feed
from harness.topology.trace import Trace, whole_frames
from harness.topology.wire import Wire
from harness.topology.worst_row import worst_row

TraceResult = Trace | CodecFailed


@dataclass
class CodesMade:
    """Codes that a process has made, by what they were made of; of *most* such things, those used last are kept."""

    most: int
    _kept: OrderedDict[tuple[str, ...], EncodedBefore] = field(default_factory=OrderedDict)

    def of(self, case: Case) -> EncodedBefore:
        """Return the codes made so far of the speech, codec and signal path of *case*, to be reused and added to."""
        codec, path = case.configuration.codec, case.configuration.path
        made_of = *case.sources, codec.model_dump_json(), path.model_dump_json()
        codes = self._kept.setdefault(made_of, {})
        self._kept.move_to_end(made_of)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return codes


def run_configuration(
    configuration: Configuration,
    codec: Codec,
    speech: Waveform,
    other: Waveform,
    before: EncodedBefore,
    observe: Observer | None = None,
    returned: Returned | None = None,
    leave_out: frozenset[int] = frozenset(),
) -> Trace:
    """
    Run one utterance through *configuration*, of a batch the worst row.

    returned : takes what the codec hands out; leave_out : as of `run_topology`
    Raises `CodecFailed` if the codec raises or breaks its word, or changes what it handed out before; `NotOffered` if
    it has not what the setup needs.
    """
    try:
        return _run(configuration, sealed(codec), speech, other, before, observe, returned, leave_out)
    except NotOffered as lacking:
        raise NotOffered(f"not applicable: {lacking}") from None


def _run(
    configuration: Configuration,
    codec: SealedCodec,
    speech: Waveform,
    other: Waveform,
    before: EncodedBefore,
    observe: Observer | None,
    returned: Returned | None,
    leave_out: frozenset[int],
) -> Trace:
    returned = Returned(codec) if returned is None else returned
    given = inputs(configuration, codec.info, speech, other)

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

    whole = configuration.topology
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


def inputs(configuration: Configuration, info: CodecInfo, speech: Waveform, other: Waveform) -> Inputs:
    """Return what *configuration* feeds a codec of *info*, of speech as `harness.topology.given_codes` hands it."""
    return Inputs(
        main=_main(configuration, info, speech),
        other=_other_speech(resample(other, info.sample_rate).samples) if info.encodes else other.samples,
        prior_frames=max(1, round(PRIOR_SECONDS / info.frame_seconds)),
        wire=None if configuration.wire.fault == "none" else configuration.wire,
    )


def _main(configuration: Configuration, info: CodecInfo, speech: Waveform) -> Samples:
    if not info.encodes:
        return speech.samples  # which carry codes (`harness.topology.given_codes`): whole frames, and nothing to be fed
    return whole_frames(feed(configuration.path, speech, info.sample_rate), info, configuration.topology.tail)


def _other_speech(samples: Samples) -> Samples:
    """Return *samples* from where they become loud, so that a short excerpt is speech and not the silence before it."""
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max(initial=0.0))
    return samples[loud[0] :] if len(loud) else samples
