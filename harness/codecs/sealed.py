"""
Codecs sealed off: everything after loading sees these objects, and nothing foreign.

A sealed codec declares plain values that were checked once, and says in attributes of its own which optional calls the
codec has. Its instances return plain arrays, of the codec's own memory where that is possible, so that it still shows
whether a buffer is used again. An exception passes as it is: `harness.codecs.returned.guarded` stands around the call
and knows its place.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from harness.audio.waveform import Samples
from harness.codecs.declared import declared
from harness.codecs.decoder_alone import DecoderAlone, Recordings
from harness.codecs.protocol import CodecInfo, Codes, Instance, Side, State
from harness.codecs.returned import Array, BrokeItsWord, as_codes, as_latents, as_pcm, as_row, as_state
from harness.codecs.room import Ending, Room
from harness.codecs.start_up import StartUp
from harness.errors import CodecBroken
from harness.runtime.calls import noted
from harness.runtime.text import kind_of, one_line

T = TypeVar("T")
ToCodes = Callable[[object], Array]
SealedOff = Callable[[str, Callable[[], Any], StartUp | None], "SealedInstance"]  # seals what a call makes


def sealed(codec: Any, who: str = "the codec") -> "SealedCodec":
    """Return *codec* sealed off, which it may be already; raise `CodecBroken`, for *who*, if it is no codec."""
    return codec if type(codec) is SealedCodec else SealedCodec(codec, who)


class SealedCodec:
    """See `harness.codecs.protocol.Codec`; with `encode_offline`, `open_batch` and others if the codec has them."""

    def __init__(self, inner: Any, who: str = "the codec") -> None:
        self._who = who
        self.info: CodecInfo = noted("info", lambda: declared(inner, who))
        if not self.info.encodes and not isinstance(inner, DecoderAlone):
            inner = noted("looking for optional calls", lambda: DecoderAlone(inner, self.info))
        self.inner = inner
        self.recordings: Recordings | None = inner.recordings if isinstance(inner, DecoderAlone) else None
        if (changed := self.changed()) is not None:
            raise CodecBroken(f"{who}: {changed}")
        self.promises_not: dict[str, str] = noted("promises_not", lambda: _excuses(inner, who))
        if not noted("open", lambda: callable(getattr(inner, "open", None))):
            raise CodecBroken(f"{who}: there is no method open()")
        self.thread_safe = noted("thread_safe", lambda: bool(getattr(inner, "thread_safe", False)))
        self.room = noted("capacity", lambda: Room.of(inner, who))
        self._codes: ToCodes = as_latents if self.info.continuous else as_codes
        codes = self._codes
        own = self.__dict__
        has = noted("looking for optional calls", lambda: {name for name in OF_CODEC if hasattr(inner, name)})
        if self.info.start_up:  # there is no flush of one row, so what a row holds back could never be had
            has -= {"open_batch", "open_slots"}
        if {"encode_offline", "decode_offline"} <= has:
            own["encode_offline"] = lambda pcm: noted("encode_offline", lambda: codes(inner.encode_offline(pcm)))
            own["decode_offline"] = lambda given: noted("decode_offline", lambda: as_pcm(inner.decode_offline(given)))
        if "open_batch" in has:
            own["open_batch"] = lambda rows: self.room.taken(
                rows, lambda: SealedBatch(noted("open_batch", lambda: inner.open_batch(rows)), codes)
            )
        if "open_slots" in has:
            own["open_slots"] = lambda rows: self.room.taken(
                rows, lambda: SealedSlots(noted("open_slots", lambda: inner.open_slots(rows)), codes)
            )
        if "with_threads" in has:
            own["with_threads"] = lambda threads: self._other("with_threads", lambda: inner.with_threads(threads))
        if {"narrower", "with_dtype"} <= has:
            own["narrower"] = noted("narrower", lambda: tuple(str(name) for name in inner.narrower))
            own["with_dtype"] = lambda dtype: self._other("with_dtype", lambda: inner.with_dtype(dtype))
        if "connection" in has:
            own["connection"] = lambda: self._other("connection", inner.connection)

    def open(self) -> "SealedInstance":
        """Return a fresh instance, sealed off too; raise `NotOffered` if there is no room for one more stream."""
        return self._instance("open", self.inner.open, StartUp(self.info) if self.info.start_up else None)

    def changed(self) -> str | None:
        """Say what the codec declares now that it did not when it was loaded; None if that is the same."""
        return differing(self.info, noted("info", lambda: declared(self.inner, self._who)))

    def _instance(self, what: str, make: Callable[[], Any], start_up: StartUp | None) -> "SealedInstance":
        return self.room.taken(
            1, lambda: noted(what, lambda: SealedInstance(make(), self._codes, start_up, self._instance))
        )

    def _other(self, what: str, make: Callable[[], Any]) -> "SealedCodec":
        return SealedCodec(noted(what, make), f"{self._who}, {what}")


class SealedInstance:
    """See `harness.codecs.protocol.Instance`; with `snapshot`, `network` and others if the instance has them."""

    def __init__(self, inner: Any, codes: ToCodes, start_up: StartUp | None, sealed_off: "SealedOff") -> None:
        for name in ("encode", "decode"):
            if not callable(getattr(inner, name, None)):
                alone = "; a decoder alone declares encodes = False in its CodecInfo" if name == "encode" else ""
                raise BrokeItsWord(f"returned a value of type {kind_of(inner)}, which has no method {name}(){alone}")
        self._inner, self._codes, self._start_up, self._sealed_off = inner, codes, start_up, sealed_off
        own = self.__dict__
        has = [name for name in OF_INSTANCE if hasattr(inner, name)]
        # None of these holds the instance, so that it is closed as soon as nobody else does.
        if "flush" in has or start_up is not None:
            own["flush"] = lambda: _flushed(inner, start_up)
        if "close" in has:
            ending = own["close"] = Ending(self, inner)
            if "abort" in has:
                own["abort"] = ending.abort
        if {"snapshot", "restore"} <= set(has):
            own["snapshot"] = lambda: _taken(noted("snapshot", inner.snapshot), start_up)
            own["restore"] = lambda snapshot: _put_back(inner, snapshot, start_up)
        if "reset_sparing" in has:
            own["reset_sparing"] = lambda side, spares: _reset(
                side, lambda: inner.reset_sparing(side, spares), start_up
            )
        if "advance" in has:
            own["advance"] = lambda frames: noted("advance", lambda: as_row(inner.advance(frames), "how many frames"))
        if "live_state" in has:
            own["live_state"] = lambda: noted("live_state", lambda: as_state(inner.live_state()))
        if "network" in has:
            own["network"] = inner.network

    @property
    def held_back(self) -> int:
        """Samples that decoding holds back now, of a declared start-up."""
        return 0 if self._start_up is None else self._start_up.held_back

    def encode(self, pcm: Samples) -> Codes:
        """Encode; return a plain array of integers, or of latents."""
        return noted("encode", lambda: self._codes(self._inner.encode(pcm)))

    def decode(self, codes: Codes) -> Samples:
        """Decode; return a plain array of real numbers, as many as of *codes* also where a start-up is declared."""
        frames = codes.shape[-1]  # of codes that are refused nothing is asked
        pcm = noted("decode", lambda: as_pcm(self._inner.decode(codes)))
        return pcm if self._start_up is None else self._start_up.take(pcm, frames)

    def reset(self, side: Side) -> None:
        """Reset one side, or both."""
        _reset(side, lambda: self._inner.reset(side), self._start_up)

    def clone(self) -> "SealedInstance":
        """Return a clone, sealed off too; raise `NotOffered` if there is no room for one more stream."""
        return self._copy("clone", self._inner.clone)

    def alias(self) -> "SealedInstance":
        """Copy carelessly: as the codec does it, or else as `copy.copy` does, which shares all that is mutable."""
        inner = self._inner
        return self._copy("alias", lambda: inner.alias() if hasattr(inner, "alias") else copy.copy(inner))

    def state(self) -> State:
        """Return the state as a dict of plain arrays."""
        return noted("state", lambda: as_state(self._inner.state()))

    def _copy(self, what: str, make: Callable[[], Any]) -> "SealedInstance":
        return self._sealed_off(what, make, None if self._start_up is None else self._start_up.copy())


class SealedBatch:
    """See `harness.codecs.optional.BatchInstance`."""

    def __init__(self, inner: Any, codes: ToCodes = as_codes) -> None:
        self._inner, self._codes = inner, codes

    def encode(self, pcm: Any) -> Codes:
        """Encode; return a plain array of integers, or of latents."""
        return noted("encode", lambda: self._codes(self._inner.encode(pcm)))

    def decode(self, codes: Any) -> Samples:
        """Decode; return a plain array of real numbers."""
        return noted("decode", lambda: as_pcm(self._inner.decode(codes)))


class SealedSlots:
    """See `harness.codecs.optional.SlotInstance`."""

    def __init__(self, inner: Any, codes: ToCodes = as_codes) -> None:
        self._inner, self._codes = inner, codes

    def join(self) -> int:
        """Return a free row."""
        return noted("join", lambda: as_row(self._inner.join()))

    def leave(self, row: int) -> None:
        """Free a row."""
        noted("leave", lambda: self._inner.leave(row))

    def reset(self, row: int, side: Side) -> None:
        """Reset one side of a row, or both."""
        noted("reset", lambda: self._inner.reset(row, side))

    def fork(self, row: int) -> int:
        """Return a free row with a copy of the state of *row*."""
        return noted("fork", lambda: as_row(self._inner.fork(row)))

    def encode(self, pcm: Any, active: Any) -> Codes:
        """Encode the active rows; return a plain array of integers, or of latents."""
        return noted("encode", lambda: self._codes(self._inner.encode(pcm, active)))

    def decode(self, codes: Any, active: Any) -> Samples:
        """Decode the active rows; return a plain array of real numbers."""
        return noted("decode", lambda: as_pcm(self._inner.decode(codes, active)))


OF_CODEC = (
    "encode_offline",
    "decode_offline",
    "open_batch",
    "open_slots",
    "with_threads",
    "narrower",
    "with_dtype",
    "connection",
)
OF_INSTANCE = ("snapshot", "restore", "reset_sparing", "live_state", "network", "advance", "flush", "close", "abort")


def _flushed(inner: Any, start_up: StartUp | None) -> Samples:
    """Return the samples that were held back; without a declared start-up, whatever the codec gives."""
    if not hasattr(inner, "flush"):
        raise BrokeItsWord("is missing: what the declared start-up holds back never comes")
    pcm = noted("flush", lambda: as_pcm(inner.flush()))
    return pcm if start_up is None else start_up.end(pcm)


def _reset(side: Side, call: Callable[[], None], start_up: StartUp | None) -> None:
    noted("reset", call)
    if start_up is not None and side is not Side.ENCODER:
        start_up.begin()


def _taken(snapshot: Any, start_up: StartUp | None) -> Any:
    return snapshot if start_up is None else (snapshot, start_up.copy())


def _put_back(inner: Any, snapshot: Any, start_up: StartUp | None) -> None:
    if start_up is None:
        noted("restore", lambda: inner.restore(snapshot))
        return
    noted("restore", lambda: inner.restore(snapshot[0]))
    start_up.become(snapshot[1])


def held_back(instance: Instance) -> int:
    """Return how many samples *instance* holds back now; 0 if it declares no start-up."""
    return instance.held_back if isinstance(instance, SealedInstance) else 0


def differing(first: CodecInfo, later: CodecInfo) -> str | None:
    """Say how two declarations of one codec differ, which they must not; None if they are equal."""
    for name, value in vars(first).items():
        if (now := getattr(later, name)) != value:
            return f"info.{name} is {one_line(repr(value), 80)}, and then {one_line(repr(now), 80)}; wanted one value"
    return None


def _excuses(codec: object, who: str) -> dict[str, str]:
    promises_not = getattr(codec, "promises_not", {})
    if not isinstance(promises_not, Mapping):
        raise CodecBroken(f"{who}: promises_not is no dict, wanted law to reason")
    found = dict(promises_not.items())
    if not all(isinstance(part, str) for pair in found.items() for part in pair):
        raise CodecBroken(f"{who}: promises_not holds what is no text, wanted law to reason")
    return {one_line(law, 80): one_line(reason, 500) for law, reason in found.items()}
