"""
The standard topologies, by name, each with what it must be for a codec that keeps its state properly.

Known-good wirings must be `identical` to the shared instance (or `equivalent`, where calls are grouped differently and
floating-point sums are rounded in another order). Known-bad ones are negative controls: if one of them scores better
than its rung, the instrument is blind or the codec does not use its state, and the run says so. Which wirings really
break Mimi was measured first; see `docs/topologies.md`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from harness.errors import SuiteInvalid, meant
from harness.record import Expectation, Verdict
from harness.topology.model import WHOLE_STREAM, DecoderWiring, EncoderWiring, Sessions, Slots, Topology


@dataclass(frozen=True)
class Entry:
    """A named topology and its expectation on a stateful codec."""

    topology: Topology
    expectation: Expectation


def _good(about: str, at_least: Verdict = Verdict.IDENTICAL, **factors: Any) -> Entry:
    return Entry(Topology(about=about, **factors), Expectation(at_least=at_least))


def _bad(about: str, at_most: Verdict, **factors: Any) -> Entry:
    return Entry(Topology(about=about, **factors), Expectation(at_most=at_most))


_ALL_THE_PAST: dict[str, Any] = {"calls": "windowed", "left_context": WHOLE_STREAM}

TOPOLOGIES: dict[str, Entry] = {
    "shared": _good("one instance encodes and decodes, frame by frame: the reference"),
    "separate": _good(
        "an instance of its own for each side",
        decoder=DecoderWiring(instance="separate"),
    ),
    "sequential": _good("one instance encodes everything, then decodes everything", order="sequential"),
    "cloned-decoder": _good(
        "the decoder is a clone made before any use",
        decoder=DecoderWiring(instance="clone"),
    ),
    "cloned-mid-encode": _good(
        "the decoder is a clone made when half of the stream was encoded; it decodes from the start",
        decoder=DecoderWiring(instance="clone", cloned="mid-encode"),
    ),
    "cloned-after-encode": _good(
        "the decoder is a clone made after everything was encoded",
        decoder=DecoderWiring(instance="clone", cloned="after-encode"),
    ),
    "handover": _good(
        "half-way a clone of the instance in use carries on decoding",
        decoder=DecoderWiring(instance="clone", cloned="switch"),
    ),
    "handover-late": _good(
        "after nine tenths of the stream a clone of the instance in use carries on decoding",
        switch=0.9,
        decoder=DecoderWiring(instance="clone", cloned="switch"),
    ),
    "cloned-encoder": _good(
        "the encoder is a clone made before any use",
        encoder=EncoderWiring(cloned="before-use"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "handover-encoder": _good(
        "half-way a clone of the instance in use carries on encoding",
        encoder=EncoderWiring(cloned="switch"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "handover-encoder-late": _good(
        "after nine tenths of the stream a clone of the instance in use carries on encoding",
        switch=0.9,
        encoder=EncoderWiring(cloned="switch"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "reset-at-start": _good(
        "a fresh instance is reset once before the stream",
        encoder=EncoderWiring(reset="start"),
        decoder=DecoderWiring(reset="start"),
    ),
    "reuse-after-reset": _good(
        "an instance that has processed other speech is reset, then used",
        encoder=EncoderWiring(dirty=True, reset="start"),
        decoder=DecoderWiring(dirty=True, reset="start"),
    ),
    "offline": _good(
        "one call encodes everything, one call decodes everything, outside streaming",
        Verdict.EQUIVALENT,
        encoder=EncoderWiring(calls="offline"),
        decoder=DecoderWiring(calls="offline"),
    ),
    "one-call": _good(
        "one streaming call encodes everything, one decodes everything",
        Verdict.EQUIVALENT,
        chunk=WHOLE_STREAM,
    ),
    "neighbour": _good("a second session runs beside ours on an instance of its own, in turn", neighbour="own"),
    "neighbour-of-clone": _good(
        "the decoder is a clone, and its source goes on decoding a second session, in turn",
        neighbour="source",
        decoder=DecoderWiring(instance="clone"),
    ),
    "neighbour-of-encoder-clone": _good(
        "half-way a clone carries on encoding, and its source goes on encoding a second session, in turn",
        neighbour="source",
        encoder=EncoderWiring(cloned="switch"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "full-duplex": _good("while it decodes ours, the same instance encodes other speech, in turn", order="duplex"),
    "tail-dropped": _good(
        "speech that ends inside a frame loses that part of a frame, and what the codec's delay still holds",
        Verdict.DEGRADED,
        tail="drop",
    ),
    "no-flush": _bad(
        "the instance is closed while it still holds the end of the speech back",
        Verdict.ALTERED,
        end="no-flush",
    ),
    "flush-twice": _good("at the end the instance is flushed twice: nothing comes the second time", end="flush-twice"),
    "use-closed": _good("the instance is used again after it was closed, which it refuses", end="use-closed"),
    "refused-then-retried": _good(
        "half-way each side is given a frame that it must refuse, and then the right one",
        encoder=EncoderWiring(refused=True),
        decoder=DecoderWiring(refused=True),
    ),
    "windowed": _good(
        "10 frames in every call, each with all of the past and without state",
        Verdict.EQUIVALENT,
        chunk=10,
        encoder=EncoderWiring(**_ALL_THE_PAST),
        decoder=DecoderWiring(instance="separate", **_ALL_THE_PAST),
    ),
    "windowed-crossfade": _good(
        "each call decodes 10 frames and all of the past, and 5 ms of that are blended with the call before",
        Verdict.EQUIVALENT,
        chunk=10,
        decoder=DecoderWiring(instance="separate", crossfade=5.0, **_ALL_THE_PAST),
    ),
    "windowed-reset": _good(
        "each call decodes 10 frames and all of the past, on an instance that is reset before it",
        Verdict.EQUIVALENT,
        chunk=10,
        decoder=DecoderWiring(instance="separate", reset="every-call", **_ALL_THE_PAST),
    ),
    "reset-every-frame-encoder": _bad(
        "the encoder forgets its past before every frame",
        Verdict.ALTERED,
        encoder=EncoderWiring(reset="every-call"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "reset-every-frame-decoder": _bad(
        "the decoder forgets its past before every frame",
        Verdict.DEGRADED,
        decoder=DecoderWiring(instance="separate", reset="every-call"),
    ),
    "reset-every-frame-both": _bad(
        "both sides forget their past before every frame",
        Verdict.DEGRADED,
        encoder=EncoderWiring(reset="every-call"),
        decoder=DecoderWiring(instance="separate", reset="every-call"),
    ),
    "stateless": _bad(
        "each frame is encoded and decoded by itself, outside streaming",
        Verdict.DEGRADED,
        encoder=EncoderWiring(calls="stateless"),
        decoder=DecoderWiring(instance="separate", calls="stateless"),
    ),
    "windowed-cold": _bad(
        "5 frames in every call to decode, without state and without any of the past",
        Verdict.ALTERED,
        chunk=5,
        decoder=DecoderWiring(instance="separate", calls="windowed"),
    ),
    "windowed-cold-encoder": _bad(
        "5 frames in every call to encode, without state and without any of the past",
        Verdict.ALTERED,
        chunk=5,
        encoder=EncoderWiring(calls="windowed"),
        decoder=DecoderWiring(instance="separate"),
    ),
    "dirty-clone": _bad(
        "the decoder is a clone of one that has decoded other speech and was never reset",
        Verdict.ALTERED,
        decoder=DecoderWiring(instance="clone", dirty=True),
    ),
    "takeover": _bad(
        "half-way a fresh instance takes over decoding",
        Verdict.ALTERED,
        decoder=DecoderWiring(instance="separate", takeover=True),
    ),
    "takeover-encoder": _bad(
        "half-way a fresh instance takes over encoding",
        Verdict.ALTERED,
        encoder=EncoderWiring(takeover=True),
        decoder=DecoderWiring(instance="separate"),
    ),
    "cross-talk": _bad(
        "a second session's frames are decoded in turn on the same instance",
        Verdict.DEGRADED,
        decoder=DecoderWiring(instance="separate", crosstalk=True),
    ),
    "cross-talk-encoder": _bad(
        "a second session's frames are encoded in turn on the same instance",
        Verdict.ALTERED,
        encoder=EncoderWiring(crosstalk=True),
        decoder=DecoderWiring(instance="separate"),
    ),
    "aliased-clone": _bad(
        "the decoder is a clone that shares memory with its source, which goes on decoding a second session",
        Verdict.ALTERED,
        neighbour="source",
        decoder=DecoderWiring(instance="clone", aliased=True),
    ),
}


def _chunked(size: str) -> Entry:
    return _good(f"{size} frames in every call", Verdict.EQUIVALENT, chunk=int(size))


def _windowed(past: str) -> Entry:
    side = DecoderWiring(instance="separate", calls="windowed", left_context=int(past))
    return _good(f"5 frames in every call to decode, and {past} before them", Verdict.EQUIVALENT, chunk=5, decoder=side)


def _windowed_encoder(past: str) -> Entry:
    side, other = EncoderWiring(calls="windowed", left_context=int(past)), DecoderWiring(instance="separate")
    about = f"5 frames in every call to encode, and {past} before them"
    return _good(about, Verdict.EQUIVALENT, chunk=5, encoder=side, decoder=other)


def _batched(rows: str) -> Entry:
    about = f"a batch of {rows} streams in step, ours beside other speech; every row must be as alone"
    return _good(about, Verdict.EQUIVALENT, batch=int(rows))


def _turns(frames: str) -> Entry:
    return _bad(
        f"the decoder is reset after every {frames} frames, as at each turn of a talk",
        Verdict.ALTERED,
        chunk=int(frames),
        decoder=DecoderWiring(reset="every-call"),
    )


SESSIONS: dict[Literal["at-once", "in-turn"], str] = {
    "at-once": "sessions with other speech, whose calls are made at the same time, each in a thread",
    "in-turn": "sessions with other speech, whose calls are made one after the other",
}


def _sessions(how: Literal["at-once", "in-turn"]) -> Callable[[str], Entry]:
    def make(count: str) -> Entry:
        about = f"ours is one of {count} {SESSIONS[how]}; every session must be as alone"
        return _good(about, Verdict.EQUIVALENT, sessions=Sessions(count=int(count), how=how))

    return make


SLOT_EVENTS = {
    "reuse": "other speech was in our slot and left; the slot is reset, then ours",
    "reuse-dirty": "other speech was in our slot and left; it is ours without a reset",
    "idle": "half-way our slot pauses while the others go on",
    "join-late": "the streams in the other slots have begun when ours joins",
    "ragged": "the streams in the other slots end one by one while ours goes on",
    "padded": "fewer streams than slots: what pads the batch must touch none of them",
    "abort": "half-way the stream in another slot aborts, and a new one takes the slot",
    "fork": "half-way our slot is forked: ours goes on in the new one, other speech in the old",
}


def _slot(event: str) -> Callable[[str], Entry]:
    def make(rows: str) -> Entry:
        slots = Slots.model_validate({"rows": int(rows), "event": event})
        about = f"{rows} slots: {SLOT_EVENTS[event]}"
        if event == "reuse-dirty":
            return _bad(about, Verdict.ALTERED, slots=slots)
        return _good(f"{about}; every row must be as alone", Verdict.EQUIVALENT, slots=slots)

    return make


def _sparing(module: str) -> Entry:
    forgetful = {"dirty": True, "reset": "start", "spares": module}
    return _bad(
        f"an instance that has processed other speech is reset, all but {module}, then used",
        Verdict.ALTERED,
        encoder=EncoderWiring.model_validate(forgetful),
        decoder=DecoderWiring.model_validate(forgetful),
    )


_ROWS = r"([2-9]|[1-5]\d|6[0-4])"


@dataclass(frozen=True)
class Numbered:
    """Standard topologies that differ in one value: how they are called, what they are, and how one is made."""

    pattern: str
    about: str
    example: str
    make: Callable[[str], Entry]


FAMILIES: dict[str, Numbered] = {
    "chunked-N": Numbered(r"chunked-([1-9]\d{0,3})", "N frames in every call", "chunked-2", _chunked),
    "turn-reset-N": Numbered(
        r"turn-reset-([1-9]\d{0,3})", "the decoder is reset after every N frames, as at turns", "turn-reset-2", _turns
    ),
    "windowed-N": Numbered(
        r"windowed-([1-9]\d{0,3})", "calls to decode with N frames of the past", "windowed-5", _windowed
    ),
    "windowed-encoder-N": Numbered(
        r"windowed-encoder-([1-9]\d{0,3})",
        "calls to encode with N frames of the past",
        "windowed-encoder-5",
        _windowed_encoder,
    ),
    "reset-sparing-MODULE": Numbered(
        r"reset-sparing-(\S+)", "a reset that forgets MODULE, which the codec names", "reset-sparing-upsample", _sparing
    ),
    **{
        f"slot-{event}-N": Numbered(
            rf"slot-{event}-{_ROWS}", f"{about}, 2 to 64 slots", f"slot-{event}-4", _slot(event)
        )
        for event, about in SLOT_EVENTS.items()
    },
    "batched-N": Numbered(rf"batched-{_ROWS}", "N streams in step, 2 to 64", "batched-3", _batched),
    "concurrent-N": Numbered(
        rf"concurrent-{_ROWS}", f"N {SESSIONS['at-once']}, 2 to 64", "concurrent-4", _sessions("at-once")
    ),
    "in-turn-N": Numbered(rf"in-turn-{_ROWS}", f"N {SESSIONS['in-turn']}, 2 to 64", "in-turn-4", _sessions("in-turn")),
}


def find(name: str) -> Entry:
    """Return the standard topology *name*, also one of a family (`chunked-7`); raise `SuiteInvalid` if none is so."""
    if name in TOPOLOGIES:
        return TOPOLOGIES[name]
    for family in FAMILIES.values():
        if match := re.fullmatch(family.pattern, name):
            return family.make(match[1])
    known = [*TOPOLOGIES, *FAMILIES]
    raise SuiteInvalid(f"topology {name!r} is unknown; {meant(name, known)}wanted one of {', '.join(known)}")
