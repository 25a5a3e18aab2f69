"""
One stream in a slot of a served codec, while other streams join, pause, leave and abort in the slots beside it.

To the interpreter it is an instance like any other (as `harness.topology.batch_row`). What happens in the slots is a
schedule: a *place* for each stream, with the frame at which it joins and at which it leaves. Our speech takes one
place, other speech takes the rest, and every stream must give what it gives alone.

A call to encode is followed by one to decode. Streams join before the first and leave after the second; one that aborts
has encoded its last frames, and nobody decodes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.optional import SlotInstance
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed
from harness.topology.batch_row import Beside
from harness.topology.slot_schedule import PAUSE, SlotPlace


@dataclass(eq=False)
class _Stream:
    """A stream in its place, and what came of it, call by call; *row* is None until it joins."""

    place: SlotPlace
    speech: Iterator[Samples]
    row: int | None = None
    pcm: list[Samples] = field(default_factory=list)
    codes: list[Codes] = field(default_factory=list)
    decoded: list[Samples] = field(default_factory=list)

    def at(self) -> int:
        if self.row is None:
            raise ValueError("the stream has not joined")
        return self.row


class Slot:
    """Our stream in the place *ours* of *places*, in slots whose other places carry *speech*, begun at other points."""

    def __init__(
        self, slots: SlotInstance, rows: int, info: CodecInfo, places: tuple[SlotPlace, ...], ours: int, speech: Samples
    ) -> None:
        self._slots, self._rows, self._info = slots, rows, info
        self._streams = [
            _Stream(place, _frames(speech, info.frame_size, number, len(places))) for number, place in enumerate(places)
        ]
        self._ours = self._streams[ours]
        self._free = set(range(rows))
        self._here: list[_Stream] = []
        self._encoded = False  # and not decoded yet
        self._now = min(place.joins for place in places)
        while self._now < places[ours].joins:
            self._step()

    @property
    def row(self) -> int:
        """The row that our stream is in, or will be."""
        return -1 if self._ours.row is None else self._ours.row

    def encode(self, pcm: Samples) -> Codes:
        """Encode our samples and, in the same call, those of the other streams; return our codes (K, n)."""
        frames = len(pcm) // self._info.frame_size
        self._in_turn(encoding=True)
        pauses = self._ours.place.pauses
        if pauses is not None and self._now <= pauses < self._now + frames:
            for _ in range(PAUSE):
                beside = [stream for stream in self._here if stream is not self._ours]
                self._encode(beside, 1, None)
                self._decode(beside, 1, None)
        self._come(frames)
        return self._encode(self._awake(), frames, pcm)

    def decode(self, codes: Codes) -> Samples:
        """Decode our codes and, in the same call, those of the other streams; return our samples."""
        frames = codes.shape[1]
        self._in_turn(encoding=False)
        awake = self._awake()
        self._go(frames, aborting=True)
        pcm = self._decode([stream for stream in awake if stream in self._here], frames, codes)
        self._now += frames
        self._go(0, aborting=False)
        return pcm

    def _in_turn(self, *, encoding: bool) -> None:
        if self._encoded == encoding:
            raise CodecFailed("slots encode and decode in turn, so nothing can be on the wire between: wanted no wire")
        self._encoded = encoding

    def reset(self, side: Side) -> None:
        """Reset our row."""
        guarded(f"reset(row {self.row}, {side})", lambda: self._slots.reset(self.row, side))

    def clone(self) -> "Slot":
        """Refuse: what carries on elsewhere is a fork, which the schedule makes."""
        raise CodecFailed("clone: a slot is forked, not cloned; use the topology slot-fork-N")

    def state(self) -> State:
        """Return nothing: slots show no state."""
        return {}

    def beside(self) -> tuple[Beside, ...]:
        """Return what the other streams carried and gave, as far as it was decoded."""
        return tuple(
            Beside(
                number,
                stream.at(),
                np.concatenate(stream.pcm[: len(stream.decoded)]),
                np.concatenate(stream.codes[: len(stream.decoded)], axis=1),
                np.concatenate(stream.decoded),
            )
            for number, stream in enumerate(self._streams)
            if stream is not self._ours and stream.decoded
        )

    def _step(self) -> None:
        """Encode and decode a frame before our stream joins."""
        self._come(1)
        awake = self._awake()
        self._encode(awake, 1, None)
        self._go(1, aborting=True)
        self._decode([stream for stream in awake if stream in self._here], 1, None)
        self._now += 1
        self._go(0, aborting=False)

    def _awake(self) -> list[_Stream]:
        """Return who takes part in the next call; ours does always, its pause is between calls."""
        return [
            stream
            for stream in self._here
            if (pauses := stream.place.pauses) is None
            or stream is self._ours
            or not pauses <= self._now < pauses + PAUSE
        ]

    def _come(self, frames: int) -> None:
        """Let those join whose time it is; who needs the row of another waits until that one has left."""
        for stream in self._streams:
            due = self._now + (frames if stream.place.after is None and stream.place.forks is None else 1)
            if stream.row is None and stream.place.joins < due:
                self._join(stream)
                self._here.append(stream)

    def _go(self, frames: int, *, aborting: bool) -> None:
        """Let those leave whose time it is, at the end of a call or, aborting, *frames* before it."""
        for stream in list(self._here):
            place = stream.place
            if place.leaves is not None and place.leaves <= self._now + frames and place.aborts == aborting:
                guarded(f"leave({stream.row})", lambda stream=stream: self._slots.leave(stream.at()))  # type: ignore[misc]
                self._free.add(stream.at())
                self._here.remove(stream)

    def _join(self, stream: _Stream) -> None:
        if stream.place.forks is not None:
            source = self._streams[stream.place.forks]
            where = f"fork({source.row})"
            row = self._taken(guarded(where, lambda: self._slots.fork(source.at())), where)
            stream.row, source.row = source.row, row
            stream.pcm, stream.codes, stream.decoded = list(source.pcm), list(source.codes), list(source.decoded)
            return
        stream.row = self._taken(guarded("join", self._slots.join), "join")
        if stream.place.reset:
            guarded(f"reset(row {stream.row}, both)", lambda: self._slots.reset(stream.at(), Side.BOTH))

    def _taken(self, row: int, where: str) -> int:
        if row not in self._free:
            raise CodecFailed(f"{where} returned row {row!r}, wanted a free one of {sorted(self._free)}")
        self._free.discard(row)
        return row

    def _encode(self, streams: list[_Stream], frames: int, ours: Samples | None) -> Codes:
        info = self._info
        pcm = np.zeros((self._rows, frames * info.frame_size), dtype=np.float32)
        for stream in streams:
            stream.pcm.append(_next(stream.speech, frames) if stream is not self._ours or ours is None else ours)
            pcm[stream.at()] = stream.pcm[-1]
        active, where = self._active(streams)
        codes = guarded(where, lambda: self._slots.encode(pcm, active))
        self._check("codes", codes, (self._rows, info.codebooks, frames))
        for stream in streams:
            stream.codes.append(checked_codes(codes[stream.at()], info, frames, f"{where}, row {stream.row},"))
        given: Codes = codes[self.row].copy()
        return given

    def _decode(self, streams: list[_Stream], frames: int, ours: Codes | None) -> Samples:
        info = self._info
        codes = np.zeros((self._rows, info.codebooks, frames), dtype=info.codes_type)
        for stream in streams:
            codes[stream.at()] = stream.codes[-1] if stream is not self._ours or ours is None else ours
        active, where = self._active(streams)
        pcm = guarded(where, lambda: self._slots.decode(codes, active))
        self._check("PCM", pcm, (self._rows, frames * info.frame_size))
        for stream in streams:
            begun = sum(map(len, stream.decoded)) // info.frame_size
            stream.decoded.append(checked_pcm(pcm[stream.at()], info, begun, frames, f"{where}, row {stream.row},"))
        given: Samples = pcm[self.row].copy()
        return given

    def _active(self, streams: list[_Stream]) -> tuple[npt.NDArray[np.bool_], str]:
        rows = sorted(stream.at() for stream in streams)
        active = np.zeros(self._rows, dtype=np.bool_)
        active[rows] = True
        return active, f"a call with row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))} of {self._rows}"

    def _check(self, what: str, array: npt.NDArray[np.generic], wanted: tuple[int, ...]) -> None:
        if array.shape != wanted:
            raise CodecFailed(f"the slots returned {what} of shape {array.shape}, wanted {wanted}")


def _frames(speech: Samples, size: int, place: int, places: int) -> Iterator[Samples]:
    """Yield *speech* frame by frame, over and over, from another point for each place."""
    whole = len(speech) // size
    at = place * whole // places
    while True:
        yield speech[at * size : (at + 1) * size]
        at = (at + 1) % whole


def _next(frames: Iterator[Samples], count: int) -> Samples:
    return np.concatenate([next(frames) for _ in range(count)])
