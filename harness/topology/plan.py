"""
From a topology to the flat tuple of steps that runs it, for a stream of a given number of frames.
"""

import functools
from dataclasses import dataclass
from typing import Literal

from harness.codecs.protocol import Side
from harness.topology.model import Calls, DecoderWiring, End, Sessions, Slots, Topology, Wiring
from harness.topology.windows import Window

Stream = Literal["main", "other"]

NEIGHBOUR = "neighbour"  # the name of the second session's own instance
ENCODER_CLONE = "c"  # what a clone that encodes is called; one that decodes is b


@dataclass(frozen=True, slots=True)
class Open:
    """Open a fresh instance; with several *rows*, with *slots* or *sessions*, for several streams, one of them ours."""

    instance: str
    rows: int = 1
    slots: Slots | None = None
    sessions: Sessions | None = None


@dataclass(frozen=True, slots=True)
class Clone:
    """Make *instance* a copy of *source* as it is now; if *aliased*, one that shares memory with it."""

    source: str
    instance: str
    aliased: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset one side of an instance, all but the modules called *spares*."""

    instance: str
    side: Side
    spares: str = ""


@dataclass(frozen=True, slots=True)
class Encode:
    """
    Encode frames start to stop of *stream* on *instance* (None: outside streaming); they become its codes.

    window : what the call is given, if that is more than these frames
    """

    instance: str | None
    stream: Stream
    start: int
    stop: int
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Decode:
    """Decode frames start to stop of the codes of *stream* on *instance*, as `Encode`; they become its samples."""

    instance: str | None
    stream: Stream
    start: int
    stop: int
    window: Window | None = None


def given(call: Encode | Decode) -> tuple[int, int]:
    """Return the first frame that *call* is given, and the one after the last."""
    return (call.start, call.stop) if call.window is None else (call.window.first, call.window.end)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Make a call on one side of an instance that it must refuse."""

    instance: str
    side: Side


@dataclass(frozen=True, slots=True)
class Finish:
    """End the stream on an instance, and not as usual, which needs no step: see `Topology.end`."""

    instance: str
    end: End


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send all codes of the main stream over the wire; decoding sees what arrives."""


Step = Open | Clone | Reset | Encode | Decode | Refuse | Finish | Transmit


SHORT = 200  # frames; the steps of a longer stream take too much memory to be kept


def plan(topology: Topology, frames: int, arriving: int | None = None, prior: int = 40) -> tuple[Step, ...]:
    """
    Return the steps that run a stream of *frames* frames through *topology*.

    arriving : frames that leave the wire if it changes their number; None if there is no wire, so that decoding may
        follow encoding chunk by chunk
    prior : frames of other speech that a dirty instance has processed before
    """
    return (_kept if max(frames, arriving or 0) <= SHORT else _made)(topology, frames, arriving, prior)


def _made(topology: Topology, frames: int, arriving: int | None, prior: int) -> tuple[Step, ...]:
    encoder, decoder = topology.encoder, topology.decoder
    steps = _before_the_stream(topology, frames, prior)
    total = frames if arriving is None else arriving
    encoding = _Encoding(topology, frames)
    decoding = _Decoding(topology, frames, total)
    steps += encoding.begin() + decoding.begin()
    sequential = (
        topology.order != "interleaved"
        or arriving is not None
        or encoder.calls == "offline"
        or decoder.calls == "offline"
        or (decoder.calls == "windowed" and decoder.right_context > 0)  # what follows must have been encoded
        or (decoder.instance == "clone" and decoder.cloned in ("mid-encode", "after-encode"))
    )
    if sequential:
        for start, stop in _chunks(frames, topology.chunk, encoder.calls):
            if decoder.instance == "clone" and decoder.cloned == "mid-encode" and start <= frames // 2 < stop:
                steps.append(_clone(decoder))
            steps += encoding.chunk(start, stop)
        if decoder.instance == "clone" and decoder.cloned == "after-encode":
            steps.append(_clone(decoder))
        steps.append(Transmit())
        for start, stop in _chunks(total, topology.chunk, decoder.calls):
            steps += decoding.chunk(start, stop)
    else:
        for start, stop in _chunks(frames, topology.chunk, "streaming"):
            steps += encoding.chunk(start, stop) + decoding.chunk(start, stop)
    if topology.end != "flush":
        steps.append(Finish(decoding.instance, topology.end))
    used = {name for step in steps if not isinstance(step, Open) for name in instances_of(step)}
    return tuple(step for step in steps if not isinstance(step, Open) or step.instance in used)


_kept = functools.lru_cache(maxsize=512)(_made)  # many utterances are as long, to a frame


def _before_the_stream(topology: Topology, frames: int, prior: int) -> list[Step]:
    """Return the steps that open and clone instances, and give them what past they have."""
    encoder, decoder = topology.encoder, topology.decoder
    slots = topology.slots if topology.slots.rows else None
    sessions = topology.sessions if topology.sessions.count else None
    steps: list[Step] = []
    beside_clone = topology.neighbour == "source" and decoder.instance == "clone"
    decodes_other = decoder.dirty or decoder.crosstalk or beside_clone
    if decodes_other and not encoder.crosstalk:
        steps.append(Encode(None, "other", 0, frames))  # first: a codec may have room for one stream only
    steps.append(Open("a", topology.batch, slots, sessions))
    if encoder.dirty:
        steps.append(Encode("a", "other", 0, prior))
    if decoder.instance == "separate":
        steps.append(Open("b", topology.batch))
    if decoder.dirty:
        steps.append(Decode("b" if decoder.instance == "separate" else "a", "other", 0, prior))
    if topology.neighbour == "own":
        steps.append(Open(NEIGHBOUR))
    if decoder.instance == "clone" and decoder.cloned == "before-use":
        steps.append(_clone(decoder))
    if encoder.cloned == "before-use":
        steps.append(Clone("a", ENCODER_CLONE))
    return steps


def hears_other(topology: Topology) -> bool:
    """Tell whether anything is done with the other speech, in streams of any length."""
    if topology.streams > 1:
        return True
    steps = plan(topology, 4 * topology.chunk)
    return any(isinstance(step, Encode | Decode) and step.stream == "other" for step in steps)


def instances_of(step: Step) -> frozenset[str]:
    """Return the names of the instances that *step* touches."""
    if isinstance(step, Clone):
        return frozenset((step.source, step.instance))
    return frozenset() if isinstance(step, Transmit) or step.instance is None else _alone(step.instance)


@functools.cache
def _alone(instance: str) -> frozenset[str]:
    return frozenset((instance,))  # made once for thousands of steps


def _clone(decoder: DecoderWiring) -> Step:
    return Clone("a", "b", decoder.aliased)


def _chunks(frames: int, size: int, calls: Calls) -> list[tuple[int, int]]:
    size = frames if calls == "offline" else size
    return [(start, min(start + size, frames)) for start in range(0, frames, max(size, 1))]


class _OneSide:
    """What both sides' steps share, for a stream of *total* frames; remembers which instance is in use."""

    def __init__(self, wiring: Wiring, side: Side, instance: str, total: int, share: float) -> None:
        self.wiring, self.side, self.instance, self.total = wiring, side, instance, total
        self.switch = int(total * share)

    def begin(self) -> list[Step]:
        return [self._reset()] if self.wiring.reset == "start" else []

    def _before(self, start: int, stop: int) -> list[Step]:
        """Return what happens to the instance before its call for frames start to stop."""
        steps: list[Step] = []
        if start <= self.switch < stop:
            if self.wiring.takeover:
                self.instance = f"{self.side}-2"
                steps.append(Open(self.instance))
            if self.wiring.reset == "switch":
                steps.append(self._reset())
        if self.wiring.reset == "every-call":
            steps.append(self._reset())
        if self.wiring.refused and start <= self.switch < stop:
            steps.append(Refuse(self.instance, self.side))
        return steps

    def _window(self, start: int, stop: int) -> Window | None:
        """Return what a call for frames start to stop is given, as far as there is a stream."""
        if self.wiring.calls != "windowed":
            return None
        first, end = max(0, start - self.wiring.left_context), min(self.total, stop + self.wiring.right_context)
        if not isinstance(self.wiring, DecoderWiring):
            return Window(first, end)
        return Window(first, end, self.wiring.trim, self.wiring.crossfade if first < start else 0.0)

    def _without_state(self, start: int, stop: int) -> list[Step]:
        """Return the call for frames start to stop where none is remembered, with a reset if an instance makes it."""
        call, window = Encode if self.side is Side.ENCODER else Decode, self._window(start, stop)
        if self.wiring.reset == "every-call":
            return [self._reset(), call(self.instance, "main", start, stop, window)]
        return [call(None, "main", start, stop, window)]

    def _reset(self) -> Reset:
        return Reset(self.instance, self.side, self.wiring.spares)


class _Encoding(_OneSide):
    """The encoder side's steps, chunk by chunk."""

    def __init__(self, topology: Topology, frames: int) -> None:
        self.cloned = topology.encoder.cloned
        instance = ENCODER_CLONE if self.cloned == "before-use" else "a"
        super().__init__(topology.encoder, Side.ENCODER, instance, frames, topology.switch)
        source = None if self.cloned == "never" else "a"
        self.neighbour = {"none": None, "own": NEIGHBOUR, "source": source}[topology.neighbour]

    def chunk(self, start: int, stop: int) -> list[Step]:
        steps = self._ours(start, stop)
        if self.neighbour is not None and self.neighbour != self.instance:
            steps.append(Encode(self.neighbour, "other", start, stop))
        return steps

    def _ours(self, start: int, stop: int) -> list[Step]:
        if self.wiring.calls != "streaming":
            return self._without_state(start, stop)
        steps: list[Step] = []
        if self.cloned == "switch" and start <= self.switch < stop:
            steps.append(Clone("a", ENCODER_CLONE))
            self.instance = ENCODER_CLONE
        steps += self._before(start, stop)
        steps.append(Encode(self.instance, "main", start, stop))
        if self.wiring.crosstalk:
            steps.append(Encode(self.instance, "other", start, stop))
        return steps


class _Decoding(_OneSide):
    """The decoder side's steps, chunk by chunk."""

    def __init__(self, topology: Topology, encoded: int, total: int) -> None:
        self.decoder = topology.decoder
        self.handover = self.decoder.instance == "clone" and self.decoder.cloned == "switch"
        instance = "a" if self.decoder.instance == "shared" or self.handover else "b"
        super().__init__(self.decoder, Side.DECODER, instance, total, topology.switch)
        source = "a" if self.decoder.instance == "clone" else None
        self.neighbour = {"none": None, "own": NEIGHBOUR, "source": source}[topology.neighbour]
        self.duplex = topology.order == "duplex"
        self.encoded = encoded

    def chunk(self, start: int, stop: int) -> list[Step]:
        stop_other = min(stop, self.encoded)  # more of ours may leave the wire than there is of other speech
        steps = self._ours(start, stop, stop_other)
        if self.neighbour is not None and self.neighbour != self.instance and start < stop_other:
            # After ours: a slot of shared memory that ours wrote is then the neighbour's when ours looks back at it.
            steps.append(Decode(self.neighbour, "other", start, stop_other))
        return steps

    def _ours(self, start: int, stop: int, stop_other: int) -> list[Step]:
        if self.decoder.calls != "streaming":
            return self._without_state(start, stop)
        steps: list[Step] = []
        if self.handover and start <= self.switch < stop:
            steps.append(_clone(self.decoder))
            self.instance = "b"
        steps += self._before(start, stop)
        other = start < stop_other
        if self.duplex and other:
            steps.append(Encode(self.instance, "other", start, stop_other))
        if self.decoder.crosstalk and other:
            steps.append(Decode(self.instance, "other", start, stop_other))
        steps.append(Decode(self.instance, "main", start, stop))
        return steps
