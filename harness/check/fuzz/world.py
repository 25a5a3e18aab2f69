"""
Running programs: real instances, each with the history of its two sides, and the oracle that says what is right.

The oracle is the plainest thing there is: a fresh instance to which the same side's history is given, and nothing else.
An instance that was cloned, reset, restored, or used in between others must be indistinguishable from it, bit for bit:
the calls are cut alike, so not even rounding may differ. Outputs are kept by history, since programs share prefixes.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.check.finding import Violation, codes_trouble, pcm_trouble
from harness.check.fuzz.program import FuzzProgram, Piece, ProgramLine
from harness.check.fuzz.served import Served
from harness.check.fuzz.windowed import window_off
from harness.check.laws.resets import provoke
from harness.check.laws.separation import rows_off
from harness.check.subject import Subject
from harness.codecs.optional import BatchCodec, SlotCodec, Snapshots
from harness.codecs.protocol import Flushes, Instance, OfflineCodec, Side
from harness.codecs.returned import guarded
from harness.errors import CodecFailed, UsageInvalid
from harness.topology.ending import flush

Pieces = tuple[Piece, ...]
Output = npt.NDArray[np.int64] | npt.NDArray[np.float32]


class Diverged(AssertionError):
    """An instance gave something else than a fresh one with its history; the message says what."""


class FreshOutputs:
    """What a fresh instance gives at the end of a history; for one codec and its speech."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.calls = 0
        self._known: dict[tuple[Side, Pieces], Output] = {}
        self._flushed: dict[Pieces, Output] = {}

    def __call__(self, side: Side, history: Pieces) -> Output:
        """Return the output of the last call of *history* on one *side* of a fresh instance."""
        if (side, history) not in self._known:
            instance = self.subject.open()
            for length in range(1, len(history) + 1):
                self.calls += 1
                self._known[side, history[:length]] = act(self.subject, instance, side, history[length - 1])
        return self._known[side, history]

    def flushed(self, history: Pieces) -> Output:
        """Return what a fresh instance holds back after a *history* of decoding."""
        if history not in self._flushed:
            instance = self.subject.open()
            for piece in history:
                self.calls += 1
                act(self.subject, instance, Side.DECODER, piece)
            self._flushed[history] = flush(instance)
        return self._flushed[history]

    def whole(self, side: Side, piece: Piece) -> Output:
        """Return what a fresh instance gives for *piece* in one call, and of a decoder what it holds back."""
        start_up = self.subject.info.start_up
        if side is Side.ENCODER or not start_up:
            return self(side, (piece,))
        return np.concatenate([self(side, (piece,)), self.flushed((piece,))])[start_up:]


def act(subject: Subject, instance: Instance, side: Side, piece: Piece) -> Output:
    """Encode or decode *piece* in one call."""
    size = piece.stop - piece.start
    call = subject.encode if side is Side.ENCODER else subject.decode
    return call(instance, piece.start, piece.stop, size, piece.stream)


@dataclass
class _Life:
    """An instance and what each side has been through; None once a side's state is undefined."""

    instance: Instance
    past: dict[Side, Pieces | None] = field(default_factory=lambda: {Side.ENCODER: (), Side.DECODER: ()})


class World:
    """The instances of one program while it runs; `apply` raises `Diverged` at the first wrong output."""

    def __init__(self, oracle: FreshOutputs) -> None:
        self.oracle = oracle
        self.subject = oracle.subject
        self.done: list[ProgramLine] = []
        self._lives: dict[str, _Life] = {}
        self._snapshots: dict[str, tuple[object, dict[Side, Pieces | None]]] = {}
        self._served: Served | None = None

    def apply(self, step: ProgramLine) -> None:
        """Take one step."""
        self.done.append(step)
        try:
            if not self._in_slots(step):
                self._apply(step)
        except CodecFailed as error:
            raise Diverged(f"{step}: {error}") from error

    def _in_slots(self, step: ProgramLine) -> bool:
        """Take a step that is about slots; tell whether it was."""
        if step.verb == "slots":
            self._served = Served(self._slot_codec(), self.subject, self.oracle, step.rows)
            return True
        if self._served is not None and self._served.takes(step):
            if said := self._served.apply(step):
                raise Diverged(f"{step}: {said}")
            return True
        if step.verb in ("join", "fork", "leave") or step.beside:
            raise UsageInvalid(f"{step}: no slots, or no such stream in them, at this point of the program")
        return False

    def _apply(self, step: ProgramLine) -> None:
        match step.verb:
            case "open":
                self._lives[step.instance] = _Life(self.subject.open())
            case "clone":
                source = self._life(step.source)
                self._lives[step.instance] = _Life(self.subject.clone(source.instance), dict(source.past))
            case "snapshot":
                life = self._life(step.instance)
                donor = _with_snapshots(life.instance)
                self._snapshots[step.name] = guarded("snapshot", donor.snapshot), dict(life.past)
            case "restore":
                self._restore(self._life(step.instance), step.name)
            case "reset":
                life = self._life(step.instance)
                self.subject.reset(life.instance, step.side)
                life.past |= {side: () for side in life.past if step.side in (side, Side.BOTH)}
            case "misuse":
                provoke(self.subject, self._life(step.instance).instance)
            case "poison":
                self._poison(self._life(step.instance))
            case "flush":
                self._flush(self._life(step.instance), step)
            case "encode" | "decode":
                side = Side.ENCODER if step.verb == "encode" else Side.DECODER
                self._call(self._life(step.instance), side, _piece(step), step)
            case _:
                self._beside_streams(_piece(step), step)

    def _beside_streams(self, piece: Piece, step: ProgramLine) -> None:
        match step.verb:
            case "offline":
                self._offline(piece)
            case "windowed":
                self._windowed(piece, step)
            case "batch":
                self._batch(piece, step)

    def _call(self, life: _Life, side: Side, piece: Piece, step: ProgramLine) -> None:
        past = life.past[side]
        if past is None:
            return
        got = act(self.subject, life.instance, side, piece)
        life.past[side] = history = (*past, piece)
        if trouble := _trouble(self.subject, side, self.oracle(side, history), got, step.instance):
            through = ", ".join(map(str, past)) or "nothing"
            raise Diverged(
                f"{step}: {trouble.words}; a fresh instance that was given the same ({through}) gives otherwise"
            )

    def _flush(self, life: _Life, step: ProgramLine) -> None:
        past = life.past[Side.DECODER]
        if not isinstance(life.instance, Flushes):
            raise UsageInvalid("the program flushes, but instances of this codec have no flush()")
        if past is None:
            return
        got, wanted = flush(life.instance), self.oracle.flushed(past)
        life.past[Side.DECODER] = None
        if len(got) != len(wanted):
            raise Diverged(f"{step}: {len(got)} samples come; a fresh instance with its history gives {len(wanted)}")
        if trouble := _trouble(self.subject, Side.DECODER, wanted, got, step.instance):
            raise Diverged(f"{step}: {trouble.words}; a fresh instance that was given the same gives otherwise")

    def _restore(self, life: _Life, name: str) -> None:
        if name not in self._snapshots:
            raise UsageInvalid(f"no snapshot {name!r} at this point of the program")
        snapshot, past = self._snapshots[name]
        receiver = _with_snapshots(life.instance)
        guarded("restore", lambda: receiver.restore(snapshot))
        life.past = dict(past)

    def _poison(self, life: _Life) -> None:
        spoilt = np.full(self.subject.info.frame_size, np.nan, dtype=np.float32)
        try:
            life.instance.encode(spoilt)
        except Exception:  # noqa: BLE001 - refusing is right
            return
        life.past[Side.ENCODER] = None

    def _offline(self, piece: Piece) -> None:
        codec = self.subject.codec
        if isinstance(codec, OfflineCodec):
            codes = guarded(
                "encode_offline", lambda: codec.encode_offline(self.subject.speech(piece.start, piece.stop))
            )
            guarded("decode_offline", lambda: codec.decode_offline(codes))

    def _windowed(self, piece: Piece, step: ProgramLine) -> None:
        if trouble := window_off(self.subject, step, piece, self.oracle.whole):
            raise Diverged(f"{step}: {trouble.words}; a fresh instance gives otherwise for the same window")

    def _batch(self, piece: Piece, step: ProgramLine) -> None:
        codec = self.subject.codec
        if not isinstance(codec, BatchCodec):
            raise UsageInvalid("the program uses a batch, but this codec has none")
        if trouble := rows_off(self.subject, codec, step.rows, piece.stop):
            raise Diverged(f"{step}: {trouble.words}; alone it gives otherwise")

    def _slot_codec(self) -> SlotCodec:
        codec = self.subject.codec
        if not isinstance(codec, SlotCodec):
            raise UsageInvalid("the program uses slots, but this codec has none")
        return codec

    def _life(self, name: str) -> _Life:
        if name not in self._lives:
            raise UsageInvalid(f"no instance {name!r} at this point of the program")
        return self._lives[name]


def replay(oracle: FreshOutputs, program: FuzzProgram) -> str | None:
    """Run a program; return how it diverged, or None."""
    world = World(oracle)
    try:
        for step in program:
            world.apply(step)
    except Diverged as divergence:
        return str(divergence)
    return None


def _piece(step: ProgramLine) -> Piece:
    if step.piece is None:
        raise UsageInvalid(f"{step.verb} needs a piece of speech, such as main 0:1")
    return step.piece


def _with_snapshots(instance: Instance) -> Snapshots:
    if not isinstance(instance, Snapshots):
        raise UsageInvalid("the program uses snapshots, but instances of this codec have none")
    return instance


def _trouble(subject: Subject, side: Side, expected: Output, got: Output, name: str) -> Violation | None:
    if side is Side.ENCODER:
        return codes_trouble(expected, got, f"instance {name}")
    return pcm_trouble(expected.astype(np.float32), got.astype(np.float32), subject.info, f"instance {name}")
