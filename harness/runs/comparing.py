"""
What came of an utterance through one setup, held against what came of it through its reference setup, and against the
uncoded speech.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform, resample
from harness.codecs.opening import open_codec
from harness.codecs.protocol import CodecInfo, Codes
from harness.codecs.returned import guarded
from harness.codecs.ties import few_differ, only_ties
from harness.errors import CodecFailed, TriedAgain
from harness.metrics.alignment import AlignedPair, paired, with_rest
from harness.metrics.amplitude import amplitude_statistics
from harness.metrics.catalogue import METRICS
from harness.metrics.glitches import NAMES as GLITCHES
from harness.metrics.glitches import OTHER_CODES, glitches
from harness.metrics.waveform import waveform_measurements
from harness.record import Measurement, Measurements
from harness.runs.once import Once
from harness.runs.timing import timing
from harness.runs.unrecorded import against_output
from harness.runtime.calls import on_behalf_of
from harness.topology.exact import Comparison, compare
from harness.topology.given_codes import heard
from harness.topology.running import TraceResult, inputs
from harness.topology.seams import Seams, seams
from harness.topology.setup import Case, Configuration, Setup
from harness.topology.trace import Trace, whole_frames

VERSION = 16  # raise it when the numbers made here change meaning
EXACT = tuple(row.name for row in METRICS.values() if row.unit == "bool")
LEVELS = ("level_db", "carried_level_db")
SEAMS = ("seam_snr_db", "inside_snr_db", "seam_samples")
BESIDE_REFERENCE = (*EXACT, *SEAMS, *GLITCHES)  # what needs the reference setup's output

AskTies = Callable[[Configuration, tuple[Trace, Trace]], Measurements]


@dataclass(frozen=True, eq=False)
class Traced:
    """
    One utterance through one setup: what the codec did, before anything is scored.

    killed : it failed for what may be over by the next run (`TriedAgain`), as where a signal ended its program
    pair : uncoded and decoded speech, declared delay taken out, at the codec's rate; None if the codec failed
    heard : the decoded speech of the pair, with what comes after its end
    said : what is to be said beside the measurements
    """

    setup: str
    failure: str | None = None
    killed: bool = False
    measurements: Measurements = field(default_factory=dict)
    comparison: Comparison | None = None
    pair: AlignedPair | None = None
    heard: Waveform | None = None
    codes_sha256: str | None = None
    pcm_sha256: str | None = None
    frame_seconds: float | None = None
    delay_seconds: float = 0.0
    seconds: float | None = None
    timing: Measurements = field(default_factory=dict)
    said: tuple[str, ...] = ()


def against_references(
    setups: Sequence[Setup],
    traces: Mapping[str, TraceResult],
    infos: Mapping[str, CodecInfo],
    speech: Waveform | None,
    ask: AskTies,
) -> list[Traced]:
    """
    Compare each of *setups* with its own reference, and with the uncoded *speech* if there is a recording of it.

    traces : by the names of all of them; infos : likewise, of those whose codec could be loaded
    ask : looks whether codes are ties, as `ties` does
    """
    by_name = {setup.name: setup for setup in setups}
    found, once = [], Once()
    for setup in setups:
        reference = by_name[setup.reference]
        traced, held = traces[setup.name], traces[reference.name]
        info = infos.get(setup.name)
        if info is None:
            found.append(Traced(setup.name, failure=str(traced)))
            continue
        reference_info = infos.get(reference.name, info)  # not looked at where the reference failed
        one = compared(setup.name, traced, held, speech, info, reference_info, once)
        if one.comparison is not None and isinstance(traced, Trace) and isinstance(held, Trace):
            pair = held, traced
            if may_tie(setup.configuration, reference.configuration, reference_info, pair):
                on_behalf_of(setup.name)
                one = replace(one, measurements=one.measurements | ask(reference.configuration, pair))
        found.append(one)
    return found


def may_tie(one: Configuration, reference: Configuration, info: CodecInfo, pair: tuple[Trace, Trace]) -> bool:
    """
    Tell whether the codes of *one* may differ from those of *reference* in ties alone, which `ties` then looks at.

    info : of the reference's codec; pair : the traces of the reference and of *one*
    Only two configurations that encode the same samples can differ in ties.
    """
    held, traced = pair
    same_samples = one.path == reference.path and all(each.wire.fault == "none" for each in (one, reference))
    return same_samples and few_differ(info, (held.codes, traced.codes), traced.pcm)


def ties(reference: Configuration, pair: tuple[Trace, Trace], spoken: tuple[Utterance, Utterance]) -> Measurements:
    """
    Measure whether codes that differ from those of *reference* are ties; nothing where there is nothing to ask.

    pair : as of `may_tie`; spoken : the speech, and the other speech
    """
    held, traced = pair
    codec = open_codec(reference.codec)
    main = inputs(reference, codec.info, *heard(Case(reference, *spoken))).main
    codes = held.codes, traced.codes
    try:
        only = guarded("asking for ties", lambda: only_ties(codec, main, codes, traced.pcm))
    except CodecFailed as error:
        return {"codes_tie": Measurement.missing(str(error))}
    return {} if only is None else {"codes_tie": Measurement.of(float(only), "bool")}


def compared(
    name: str,
    traced: TraceResult,
    reference: TraceResult,
    speech: Waveform | None,
    info: CodecInfo,
    reference_info: CodecInfo,
    once: Once | None = None,
) -> Traced:
    """
    Compare what was traced with the reference setup's trace, and with the uncoded *speech* if there is some.

    once : what was measured of the same utterance before
    """
    if isinstance(traced, CodecFailed):
        killed = isinstance(traced, TriedAgain)
        return Traced(name, failure=str(traced), killed=killed, frame_seconds=info.frame_seconds)
    once = Once() if once is None else once
    codes, pcm = codes_sha256(traced.codes), Waveform(traced.pcm, info.sample_rate).sha256()
    if speech is None:
        held = reference if isinstance(reference, Trace) and reference is not traced else None
        pair, measurements = against_output(traced, info, held, reference_info)
        uncoded, part = None, Waveform(traced.pcm, info.sample_rate)
    else:
        uncoded = once.of(info.sample_rate, lambda: resample(speech, info.sample_rate))
        part = _speech_part(traced, uncoded, info)
        pair, measurements = _against_speech(part, uncoded, info, once)
    expected = _samples_wanted(traced, uncoded, info)
    measurements["length_change_samples"] = Measurement.of(len(traced.pcm) - expected, "samples")
    beside = _beside_reference(traced, reference, info, reference_info, (codes, pcm), once)
    measurements |= beside.measurements
    golden = uncoded  # for the amplitude statistics, where the reference setup's output is not to be had
    if beside.comparison is not None and uncoded is not None and isinstance(reference, Trace):
        spoken = _speech_part(reference, uncoded, reference_info)
        golden = paired(uncoded, spoken, reference_info.delay).degraded
    if golden is not None:
        both = AlignedPair(golden, pair.degraded)
        key = both.reference.sha256(), both.degraded.sha256()
        measurements |= once.of(key, lambda: amplitude_statistics(both))
    return Traced(
        setup=name,
        measurements=measurements,
        comparison=beside.comparison,
        pair=pair,
        heard=with_rest(pair, part, info.delay),
        codes_sha256=codes,
        pcm_sha256=pcm,
        frame_seconds=info.frame_seconds,
        delay_seconds=info.delay / info.sample_rate,
        seconds=round(traced.seconds, 4),
        timing=timing(traced, info, measurements["delay_ms"]),
        said=tuple(each for each in (traced.said, beside.said) if each),
    )


class _Beside(NamedTuple):
    """What is measured beside the reference setup's output; no *comparison* where the two cannot be compared."""

    measurements: Measurements
    comparison: Comparison | None = None
    said: str = ""


def _beside_reference(
    traced: Trace, reference: TraceResult, own: CodecInfo, info: CodecInfo, hashes: tuple[str, str], once: Once
) -> _Beside:
    """Compare *traced*, of a codec that is *own*, with its *reference*, of one that is *info*; hashes: of the first."""
    if isinstance(reference, CodecFailed):
        return _beside_nothing(f"the reference setup failed: {reference}")
    if own.sample_rate != info.sample_rate:
        return _beside_nothing(f"the reference setup works at {info.sample_rate} Hz, this one at {own.sample_rate} Hz")
    tolerance = max(own.tolerance, info.tolerance)
    comparison = once.of(
        (*hashes, id(reference), tolerance),
        lambda: compare(traced.codes, traced.pcm, reference.codes, reference.pcm, info.frame_size, tolerance),
    )
    found = _seams(traced, reference, own, info)
    measured = once.of(
        ("glitches", *hashes, id(reference)),
        lambda: glitches(traced.pcm, reference.pcm, own.sample_rate) if comparison.codes_equal else OTHER_CODES,
    )
    said = found.words if isinstance(found, Seams) else ""
    return _Beside(_exact(comparison) | _of_seams(found) | measured, comparison, said)


def _beside_nothing(reason: str) -> _Beside:
    return _Beside({key: Measurement.missing(reason) for key in BESIDE_REFERENCE})


def _against_speech(part: Waveform, uncoded: Waveform, info: CodecInfo, once: Once) -> tuple[AlignedPair, Measurements]:
    """Return what came out beside the *uncoded* speech, and what is measured of it beyond what the codec declares."""
    key = part.sha256(), info.delay
    alignment, measured = once.of(key, lambda: waveform_measurements(uncoded, part, info.delay))
    return alignment.pair, _beyond_declared(measured, info)


def _samples_wanted(traced: Trace, uncoded: Waveform | None, info: CodecInfo) -> int:
    if info.encodes and uncoded is not None:
        return len(whole_frames(uncoded.samples, info))
    return traced.codes.shape[1] * info.frame_size


def _seams(traced: Trace, reference: Trace, own: CodecInfo, info: CodecInfo) -> Seams | str:
    """Return what is at the seams between the calls that decoded; or why that cannot be told."""
    if all(piece.stop - piece.start == 1 for piece in traced.pieces):
        return "each call decodes one frame, so that everything is at a seam"
    if sum(piece.samples for piece in traced.pieces) != len(traced.pcm) or info.start_up:
        return "what the codec holds back belongs to no call"
    if len(traced.arrived[0]) != len(reference.arrived[0]):
        return "other frames arrive than in the reference setup"
    found = seams(traced.pieces, traced.pcm, reference.pcm, info.frame_size, other_codec=own != info)
    return found or "there is one call, and no seam"


def _of_seams(found: Seams | str) -> Measurements:
    if isinstance(found, str):
        return {name: Measurement.missing(found) for name in SEAMS}
    equal = "the outputs are equal there, or the reference setup's is silent"
    inside = "no sample is further than half a frame from a seam" if found.all_at else equal
    measured = zip(SEAMS, (found.at_db, found.inside_db), (equal, inside), strict=False)
    ratios = {
        name: Measurement.missing(reason) if value is None else Measurement.of(value, "dB")
        for name, value, reason in measured
    }
    return ratios | {"seam_samples": Measurement.of(found.most, "samples")}


def _beyond_declared(measured: Measurements, info: CodecInfo) -> Measurements:
    """
    Return *measured* with levels as what is beyond the gain that the codec declares.

    Where it sets its level itself, plain use may have any. It has a gain all the same, which no wiring and no other
    version may change.
    """
    if info.gain_db is None:
        return measured | dict.fromkeys(LEVELS, Measurement.missing("the codec sets its level itself"))
    found = dict(measured)
    for name in ("gain_db", *LEVELS):
        level = measured[name].value
        if level is not None:
            found[name] = Measurement.of(level - info.gain_db, "dB")
    return found


def codes_sha256(codes: Codes) -> str:
    """Return the hash of *codes* (K, F)."""
    return hashlib.sha256(codes.tobytes()).hexdigest()


def _speech_part(trace: Trace, uncoded: Waveform, info: CodecInfo) -> Waveform:
    """Take off the end what only fills the last frame, so that what is left is the declared delay and the speech."""
    filled = trace.tail == "pad"
    fill = trace.codes.shape[1] * info.frame_size - info.delay - len(uncoded.samples) if filled else 0
    return Waveform(trace.pcm[: max(0, len(trace.pcm) - max(0, fill))], info.sample_rate)


def _exact(comparison: Comparison) -> Measurements:
    equal = Measurement.of(1.0, "bool"), Measurement.of(0.0, "bool")
    measurements = {
        "codes_equal": equal[not comparison.codes_equal],
        "pcm_equal": equal[not comparison.pcm_equal],
        "pcm_equivalent": equal[not comparison.within_tolerance],
    }
    measurements["codes_tie"] = Measurement.missing(
        "asked only where few codes differ, of a codec that declares rounding"
    )
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
