"""
The slots of a program: which stream is in which row, and what each side of it has been through.

A row must give what a fresh instance gives that has the history of the stream in it. Unlike an instance it may differ
by the declared tolerance, and in codes that are ties (`harness.codecs.ties`): sums are rounded otherwise in a batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.check.finding import codes_trouble, pcm_trouble
from harness.check.fuzz.noisy import only_ties
from harness.check.fuzz.program import Piece, ProgramLine
from harness.check.subject import Subject
from harness.codecs.optional import SlotCodec
from harness.codecs.protocol import Side
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed, UsageInvalid

Pieces = tuple[Piece, ...]
Output = npt.NDArray[np.int64] | npt.NDArray[np.float32]


@dataclass
class _Stream:
    row: int
    past: dict[Side, Pieces] = field(default_factory=lambda: {Side.ENCODER: (), Side.DECODER: ()})


class Served:
    """
    A batch of *rows* slots of *codec*, and the streams in it.

    alone : gives the output of the last call of a history on one side of a fresh instance
    """

    def __init__(self, codec: SlotCodec, subject: Subject, alone: Callable[[Side, Pieces], Output], rows: int) -> None:
        self._subject, self._alone, self._rows = subject, alone, rows
        self._slots = guarded(f"open_slots({rows})", lambda: codec.open_slots(rows))
        self._streams: dict[str, _Stream] = {}

    def takes(self, step: ProgramLine) -> bool:
        """Tell whether *step* is about these slots."""
        return step.verb == "join" or step.instance in self._streams or step.source in self._streams

    def apply(self, step: ProgramLine) -> str | None:
        """Take one step; say how a row diverged, or return None. Raises `CodecFailed` if the slots refuse it."""
        if step.verb in ("join", "fork") and len(self._streams) == self._rows:
            raise UsageInvalid(f"{step}: all {self._rows} slots are taken; a stream has to leave first")
        match step.verb:
            case "join":
                stream = self._streams[step.instance] = _Stream(self._free(guarded("join", self._slots.join), "join"))
                self._reset(stream, Side.BOTH)
            case "fork":
                source = self._stream(step.source)
                row = guarded(f"fork({source.row})", lambda: self._slots.fork(source.row))
                self._streams[step.instance] = _Stream(self._free(row, "fork"), dict(source.past))
            case "leave":
                row = self._streams.pop(step.instance).row
                guarded(f"leave({row})", lambda: self._slots.leave(row))
            case "reset":
                self._reset(self._stream(step.instance), step.side)
            case "encode" | "decode":
                side = Side.ENCODER if step.verb == "encode" else Side.DECODER
                return self._call(side, step)
            case _:
                raise UsageInvalid(f"{step}: {step.instance} is a stream in a slot; wanted an instance")
        return None

    def _stream(self, name: str) -> _Stream:
        if name not in self._streams:
            raise UsageInvalid(f"no stream {name!r} in the slots at this point of the program")
        return self._streams[name]

    def _free(self, row: int, where: str) -> int:
        free = set(range(self._rows)) - {stream.row for stream in self._streams.values()}
        if row not in free:
            raise CodecFailed(f"{where} returned row {row}, wanted a free one of {sorted(free)}")
        return row

    def _reset(self, stream: _Stream, side: Side) -> None:
        guarded(f"reset(row {stream.row}, {side})", lambda: self._slots.reset(stream.row, side))
        stream.past |= {one: () for one in stream.past if side in (one, Side.BOTH)}

    def _call(self, side: Side, step: ProgramLine) -> str | None:
        """Make one call in which the streams that *step* names take part, and look at the row of each."""
        if step.piece is None:
            raise UsageInvalid(f"{step.verb} needs a piece of speech, such as main 0:1")
        taking = [(self._stream(name), name, piece) for name, piece in ((step.instance, step.piece), *step.beside)]
        frames = {piece.stop - piece.start for _, _, piece in taking}
        if len(frames) > 1 or len({name for _, name, _ in taking}) < len(taking):
            raise UsageInvalid(f"{step}: one call has pieces of one length, one for each stream")
        active = np.zeros(self._rows, dtype=np.bool_)
        active[[stream.row for stream, _, _ in taking]] = True
        given = [self._given(side, piece) for _, _, piece in taking]
        whole = np.zeros((self._rows, *given[0].shape), dtype=given[0].dtype)
        for (stream, _, _), one in zip(taking, given, strict=True):
            whole[stream.row] = one
        where = f"a call with {len(taking)} of {self._rows} rows"
        call = self._slots.encode if side is Side.ENCODER else self._slots.decode
        returned = guarded(where, lambda: call(whole, active))
        if returned.shape[:1] != (self._rows,):
            raise CodecFailed(f"{where} returned {returned.shape[:1]} rows, wanted {self._rows}")
        troubles = [self._judged(side, stream, name, piece, returned[stream.row]) for stream, name, piece in taking]
        return next((said for said in troubles if said), None)

    def _given(self, side: Side, piece: Piece) -> Output:
        subject = self._subject
        if side is Side.ENCODER:
            return subject.speech(piece.start, piece.stop, piece.stream)
        return subject.codes_of(piece.stream, piece.start, piece.stop)

    def _judged(self, side: Side, stream: _Stream, name: str, piece: Piece, row: Output) -> str | None:
        info, frames, past = self._subject.info, piece.stop - piece.start, stream.past[side]
        where, who = f"row {stream.row}", f"stream {name} in row {stream.row}"
        stream.past[side] = history = (*past, piece)
        expected = self._alone(side, history)
        if side is Side.ENCODER:
            codes = checked_codes(row, info, frames, where)
            trouble = codes_trouble(expected, codes, who, 0, info.latent_tolerance or 0.0)
            may_tie = trouble is not None and info.tolerance and not info.continuous
            if may_tie and only_ties(self._subject, history, expected, codes):
                return None
        else:
            pcm = checked_pcm(row, info, 0, frames, where)
            trouble = pcm_trouble(expected.astype(np.float32), pcm, info, who, 0, info.tolerance)
        through = ", ".join(map(str, past)) or "nothing"
        given = f"a fresh instance that was given the same ({through}) gives otherwise"
        return f"{trouble.words}; {given}" if trouble else None
