"""
The interpreter: runs the steps of a topology on real instances of a codec and returns what came out.

It checks every value that a codec returns against what the codec declared, goes on with copies only (so that a codec
which overwrites its input or reuses its output buffer spoils no other measurement), and shares work where sharing is
exact: an instance that has done nothing but encode will encode the same frames to the same codes in every topology, so
those codes are kept.
"""

import contextlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.optional import BatchCodec, Connects, PartialReset, ShallowClone, SlotCodec
from harness.codecs.ownership import Returned
from harness.codecs.protocol import LOST, Codec, CodecInfo, Codes, Instance, Side, decode_whole, encode_whole, with_rest
from harness.codecs.returned import Array, checked_codes, checked_pcm, finite_pcm, guarded
from harness.codecs.sealed import SealedCodec, sealed
from harness.errors import CodecFailed, NotOffered
from harness.topology import ending
from harness.topology.batch_row import Companions, Row
from harness.topology.model import WHOLE_STREAM, Sessions, Topology
from harness.topology.offered import not_offered
from harness.topology.plan import (
    Clone,
    Decode,
    Encode,
    Finish,
    Open,
    Refuse,
    Reset,
    Step,
    Stream,
    Transmit,
    given,
    instances_of,
    plan,
)
from harness.topology.sessions import Session
from harness.topology.slot_schedule import SlotPlace, schedule
from harness.topology.slots import Slot
from harness.topology.trace import Call, Trace
from harness.topology.windows import Window, WindowPiece, blend, cut
from harness.topology.wire import Wire, arriving, handed, send

Observer = Callable[[Step, dict[str, Instance]], None]
EncodedBefore = dict[tuple[Step, ...], Codes]


def run_topology(
    topology: Topology,
    codec: Codec,
    main: Samples,
    other: Samples,
    *,
    prior_frames: int,
    wire: Wire | None = None,
    encoded_before: EncodedBefore | None = None,
    observe: Observer | None = None,
    place: int | None = None,
    returned: Returned | None = None,
    leave_out: frozenset[int] = frozenset(),
) -> Trace:
    """
    Run the utterance *main* (whole frames) through *topology*; *other* is the other speech, of any length.

    encoded_before : codes of earlier runs on the same codec and utterance, reused and added to
    observe : called after every step with the instances as they then are
    place : the row of a batch, the place in a schedule of slots, or the session of our speech, from 0 on; the last if
        None
    returned : takes what the codec hands out, to be looked at again later
    leave_out : places of steps that are not made; nothing of what others use may come of them
    Raises `CodecFailed` if the codec raises or breaks its word.
    """
    codec = sealed(codec)
    info = codec.info
    if len(main) == 0 or len(main) % info.frame_size:
        raise ValueError(f"main must be whole frames of {info.frame_size} samples but has {len(main)} samples")
    frames = len(main) // info.frame_size
    steps = planned(topology, frames, prior_frames, wire)
    streams: dict[Stream, Samples] = {"main": main}
    heard = any(isinstance(step, Encode | Decode) and step.stream == "other" for step in steps)
    if heard or topology.streams > 1:
        streams["other"] = np.resize(other, len(main))
    steps = tuple(step for place, step in enumerate(steps) if place not in leave_out)
    places = (
        schedule(topology.slots, frames, min(prior_frames, frames // 2), topology.switch) if topology.slots.rows else ()
    )
    interpreter = _Interpreter(codec, streams, frames, topology, wire, observe, places, place, returned)
    try:
        trace = interpreter.run(steps, encoded_before if encoded_before is not None else {})
    except BaseException as error:
        if observe is None:  # whoever keeps the error must not keep the places of its instances
            interpreter.give_back()
            del interpreter
            traceback.clear_frames(error.__traceback__)
        raise
    return replace(trace, said=_longer_than_the_stream(topology, frames))


def _longer_than_the_stream(topology: Topology, frames: int) -> str:
    """Say which windows are longer than the stream, unless it is all of the past that they are meant to hold."""
    lengths = {
        name: side.left_context + min(topology.chunk, frames) + side.right_context
        for name, side in topology.sides()
        if side.calls == "windowed" and WHOLE_STREAM not in (side.left_context, side.right_context)
    }
    return "; ".join(
        f"the {name}'s windows of {length} frames are longer than the stream of {frames}: they hold what there is"
        for name, length in lengths.items()
        if length > frames
    )


def planned(topology: Topology, frames: int, prior_frames: int, wire: Wire | None) -> tuple[Step, ...]:
    """Return the steps that `run_topology` takes for a stream of *frames* frames."""
    return plan(topology, frames, arriving(wire, frames) if wire else None, min(prior_frames, frames))


def encoding_steps(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """
    Return the steps that decide the codes of the main stream, if they consist of encoding alone; else None.

    An instance that is also cloned, or also decodes, is left out, and so is one with a neighbour that encodes at the
    same time, or one in a batch: whether that disturbs it is what we measure.
    """
    encoders = {name for step in steps if _encodes_main(step) for name in instances_of(step)}
    touching = tuple(step for step in steps if _encodes_main(step) or not encoders.isdisjoint(instances_of(step)))
    pure = all(
        isinstance(step, Encode)
        or (isinstance(step, Open) and step.rows == 1 and step.slots is None and step.sessions is None)
        or (isinstance(step, Reset) and step.side is Side.ENCODER)
        for step in touching
    )
    alone = all(instances_of(step) <= encoders for step in steps if isinstance(step, Encode) and step.stream == "other")
    return touching if pure and alone else None


@dataclass(eq=False)
class _Interpreter:
    codec: SealedCodec
    streams: dict[Stream, Samples]
    frames: int
    topology: Topology
    wire: Wire | None
    observe: Observer | None
    places: tuple[SlotPlace, ...]
    place: int | None
    returned: Returned | None
    instances: dict[str, Instance] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    decoded: list[Samples] = field(default_factory=list)
    pieces: list[WindowPiece] = field(default_factory=list)
    several: Row | Slot | Session | None = None
    decoder: Instance | None = None
    rest: Samples | None = None
    opening: float = 0.0

    def run(self, steps: tuple[Step, ...], encoded_before: EncodedBefore) -> Trace:
        info = self.codec.info
        # The codes of a frame lie side by side, for one frame is written and read at a time.
        self.codes: dict[Stream, Codes] = {
            stream: np.full((self.frames, info.codebooks), LOST, dtype=info.codes_type).T for stream in self.streams
        }
        self.arrived = self.codes["main"]
        shared = encoding_steps(steps)
        todo = steps
        known = None if shared is None else encoded_before.get(shared)  # a hash of thousands of steps
        if shared is not None and known is not None and self.observe is None:
            self.codes["main"][:] = known
            done = set(shared)
            todo = tuple(step for step in steps if step not in done)
        for step in todo:
            whole = _encodes_other_whole(step)
            if whole and (step,) in encoded_before and self.observe is None:
                self.codes["other"][:] = encoded_before[step,]
                continue
            self._step(step)
            if whole:
                encoded_before[step,] = self.codes["other"].copy()
            if self.observe is not None:
                self.observe(step, self.instances)
        if shared is not None and known is None:
            encoded_before[shared] = self.codes["main"].copy()
        pcm = self._whole()
        beside, row = (self.several.beside(), self.several.row) if self.several is not None else ((), None)
        place = row if isinstance(self.several, Row | Session) else self.place
        calls, pieces = tuple(self.calls), tuple(self.pieces)
        if self.observe is None:  # an observer may go on with what it was shown
            for name, instance in self.instances.items():
                ending.close(instance, f"close of instance {name}")
        tail = self.topology.tail
        return Trace(
            self.codes["main"], self.arrived, pcm, calls, steps, tail, pieces, beside, place, row, opening=self.opening
        )

    def give_back(self) -> None:
        """Close what was opened by a stream that did not come to its end; what that raises counts no more."""
        for instance in self.instances.values():
            with contextlib.suppress(Exception):
                ending.close(instance)

    def _whole(self) -> Samples:
        """Return all that was decoded of the main stream, from its beginning on, with what was held back."""
        parts = [np.zeros(0, dtype=np.float32), *self.decoded]
        if self.decoder is None:  # outside streaming nothing is held back
            return np.concatenate(parts)
        start_up = self.codec.info.start_up
        rest = ending.flush(self.decoder)[:start_up] if self.rest is None else self.rest
        return np.concatenate([*parts, rest])[start_up:]

    def _step(self, step: Step) -> None:
        match step:  # what there is one of for every frame comes first
            case Encode():
                self._encode(step)
            case Decode():
                self._decode(step)
            case Open():
                begun = time.perf_counter()
                self.instances[step.instance] = self._opened(step)
                self.opening += time.perf_counter() - begun
            case Clone(source, instance, aliased):
                original = self.instances[source]
                self.instances[instance] = guarded("clone", lambda: _alias(original) if aliased else original.clone())
            case Reset(instance, side, ""):
                guarded(f"reset({side})", lambda: self.instances[instance].reset(side))
            case Reset(instance, side, spares):
                self._reset_sparing(self.instances[instance], side, spares)
            case Refuse(instance, side):
                ending.refuse(self.instances[instance], side, self.codec.info)
            case Finish(instance, end):
                self.rest = ending.finish(self.instances[instance], end, self.codec.info)
            case Transmit():
                self.arrived = self.codes["main"]
                if self.wire is not None:
                    self.arrived = send(self.wire, self.arrived, self.codec.info.bins)

    def _opened(self, step: Open) -> Instance:
        if step.slots is not None:
            self.several = self._in_slots(step.slots.rows)
        elif step.sessions is not None:
            self.several = self._in_sessions(step.sessions)
        elif step.rows > 1:
            self.several = self._in_batch(step.rows)
        else:
            return guarded("open", self.codec.open)
        return self.several

    def _in_sessions(self, sessions: Sessions) -> Session:
        codec, count = self.codec, sessions.count
        if why := not_offered(self.topology, codec):
            raise NotOffered(why)
        make = (lambda: codec.connection().open()) if isinstance(codec, Connects) else codec.open
        instances = [guarded(f"open of session {place}", make) for place in range(count)]
        ours = count - 1 if self.place is None else self.place
        return Session(instances, codec.info, sessions, ours, self.streams["other"], self.topology.chunk)

    def _in_slots(self, rows: int) -> Slot:
        codec = self.codec
        if not isinstance(codec, SlotCodec):
            raise NotOffered(not_offered(self.topology, codec))
        self.place = len(self.places) - 1 if self.place is None else self.place
        slots = guarded(f"open_slots({rows})", lambda: codec.open_slots(rows))
        return Slot(slots, rows, codec.info, self.places, self.place, self.streams["other"])

    def _in_batch(self, rows: int) -> Row:
        codec = self.codec
        if not isinstance(codec, BatchCodec):
            raise NotOffered(not_offered(self.topology, codec))
        known = self.several.companions if isinstance(self.several, Row) else None
        companions = known or Companions(self.streams["other"], rows, codec.info)
        batch = guarded(f"open_batch({rows})", lambda: codec.open_batch(rows))
        return Row(batch, codec.info, companions, rows - 1 if self.place is None else self.place)

    def _reset_sparing(self, instance: Instance, side: Side, spares: str) -> None:
        if not isinstance(instance, PartialReset):
            name = self.codec.info.name
            raise CodecFailed(f"spares = {spares!r}: the codec {name} cannot forget a module (reset_sparing)")
        guarded(f"reset({side}) sparing {spares}", lambda: instance.reset_sparing(side, spares))

    def _encode(self, step: Encode) -> None:
        name, stream, start, stop = step.instance, step.stream, step.start, step.stop
        size, (first, end) = self.codec.info.frame_size, given(step)
        pcm = self.streams[stream][first * size : end * size].copy()
        begun = time.perf_counter()
        where = f"encode of frames {first} to {end - 1}"
        if name is None:
            codes = guarded(where, encode_whole, self.codec, pcm)
        else:
            codes = guarded(where, self.instances[name].encode, pcm)
        self.calls.append(Call(Side.ENCODER, start, stop, time.perf_counter() - begun))
        checked = checked_codes(codes, self.codec.info, end - first, where)
        self.codes[stream][:, start:stop] = checked[:, start - first : stop - first]
        self._watch(where, codes, checked)

    def _decode(self, step: Decode) -> None:
        if step.window is not None:
            self._decode_window(step, step.window)
            return
        name, stream, start = step.instance, step.stream, step.start
        source = self.arrived if stream == "main" else self.codes[stream]
        arrived = source[:, start : step.stop]
        for codes in [arrived.copy()] if self.wire is None else handed(arrived):  # without a wire all are sent
            stop = start + codes.shape[1]
            where = f"decode of frames {start} to {stop - 1}"
            pcm = self._decode_call(name, (start, stop), codes, where)
            checked = checked_pcm(pcm, self.codec.info, start, stop - start, where)
            if stream == "main":
                self._keep(WindowPiece(start, stop, len(checked)), checked)
                self.decoder = None if name is None else self.instances[name]
            self._watch(where, pcm, checked)
            start = stop

    def _decode_window(self, step: Decode, window: Window) -> None:
        info, where = self.codec.info, f"decode of the window of frames {window.first} to {window.end - 1}"
        parts = []
        for codes in handed(self.arrived[:, window.first : window.end]):
            returned = self._decode_call(step.instance, (step.start, step.stop), codes, where, alone=True)
            parts.append(finite_pcm(returned, info, window.first, where))
            self._watch(where, returned, parts[-1])
        pcm = np.concatenate(parts)
        begin, end = cut(pcm, window, step.start, step.stop, info.frame_size)
        if faded := round(window.fade * info.sample_rate / 1000):
            before = self.decoded[-1]
            if faded > min(begin, len(before)):
                raise CodecFailed(
                    f"crossfade = {window.fade:g} ms is {faded} samples, wanted no more than the chunk and the left "
                    f"context have: {min(begin, len(before))}"
                )
            before[-faded:] = blend(before[-faded:], pcm[begin - faded : begin])
        self._keep(WindowPiece(step.start, step.stop, end - begin), pcm[begin:end])

    def _keep(self, piece: WindowPiece, pcm: Samples) -> None:
        self.pieces.append(piece)
        self.decoded.append(pcm)

    def _decode_call(
        self, name: str | None, frames: tuple[int, int], codes: Codes, where: str, *, alone: bool = False
    ) -> Samples:
        """Make a call for *frames*; *alone*: it is a stream of its own, and what is held back belongs to it."""
        begun = time.perf_counter()
        if name is None:
            pcm = guarded(where, decode_whole, self.codec, codes)
        elif alone:
            pcm = guarded(where, _decoded, self.instances[name], codes, self.codec.info)
        else:
            pcm = guarded(where, self.instances[name].decode, codes)
        self.calls.append(Call(Side.DECODER, *frames, time.perf_counter() - begun))
        return pcm

    def _watch(self, where: str, given: Array, copy: Array) -> None:
        if self.returned is not None:
            self.returned.keep(where, given, copy)


def _decoded(instance: Instance, codes: Codes, info: CodecInfo) -> Samples:
    return with_rest([instance.decode(codes)], instance, info)


def _alias(instance: Instance) -> Instance:
    if not isinstance(instance, ShallowClone):
        raise CodecFailed("clone: a row of a batch cannot be cloned alone")
    aliased: Instance = instance.alias()
    return aliased


def _encodes_main(step: Step) -> bool:
    return isinstance(step, Encode) and step.stream == "main"


def _encodes_other_whole(step: Step) -> bool:
    """Return whether *step* encodes all other speech outside streaming, which is the same in every topology."""
    return isinstance(step, Encode) and step.instance is None and step.stream == "other"
