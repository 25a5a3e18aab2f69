"""
The search: a Hypothesis rule-based machine makes programs until one diverges, and that one is then shrunk.

Failures are kept in Hypothesis' example database, one folder for each codec and its options, so that the next search
begins with them.
"""

import functools
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import Flaky
from hypothesis.stateful import Bundle, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from harness.check.card import line
from harness.check.finding import Status
from harness.check.fuzz.in_slots import InSlots
from harness.check.fuzz.machine import Log, Programs
from harness.check.fuzz.program import FuzzProgram, Piece, ProgramLine
from harness.check.fuzz.promised import CLONES, RESETS, SNAPSHOTS, promises
from harness.check.fuzz.shrink import diverges, shrink
from harness.check.fuzz.world import Diverged, FreshOutputs, replay
from harness.check.laws.separation import BATCHES
from harness.check.laws.table import judge
from harness.check.subject import Subject
from harness.codecs.optional import BatchCodec, SlotCodec, Snapshots
from harness.codecs.protocol import Flushes, OfflineCodec, Side
from harness.errors import CodecFailed
from harness.runtime.resources import cache_folder

STEPS = 14  # in a program; the shortest for every planted fault has at most 6
INSTANCES = 3  # opened or cloned; no planted fault needs more
ASIDES = 2  # of each kind of step that is not part of a stream
BATCH = 25  # programs between two looks at the clock

PIECES = st.sampled_from(
    [Piece("main", 0, 1), Piece("other", 0, 1), Piece("main", 1, 2), Piece("main", 0, 2), Piece("other", 1, 3)]
)
WINDOWS = st.sampled_from(
    [(Piece("main", 0, 1), 0), (Piece("main", 2, 3), 2), (Piece("other", 1, 2), 1), (Piece("main", 1, 3), 0)]
)


@dataclass(frozen=True)
class Search:
    """
    What a search found: *program* diverges as *divergence* says; both are None if none did.

    programs : how many were run, those of shrinking included; seconds : wall time
    """

    program: FuzzProgram | None
    divergence: str | None
    programs: int
    seconds: float


class _Machine(Programs):
    """Programs on several instances. Subclassed with the codec under test, see `search`."""

    poisonous: bool
    snapshots_known: bool
    offline_known: bool
    batches_known: bool
    flushes_known: bool
    clones_promised: bool
    resets_promised: tuple[Side, ...]

    instances: Bundle[str] = Bundle("instances")
    snapshots: Bundle[str] = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.taken = 0
        self.misused = 0
        self.aside = 0
        self.batched = False

    def name(self) -> str:
        self.opened += 1
        return "abcdefghijklmnop"[self.opened - 1]

    @initialize(target=instances)
    def first(self) -> str:
        name = self.name()
        self.step(ProgramLine("open", name))
        return name

    @precondition(lambda self: self.opened < INSTANCES)
    @rule(target=instances)
    def open(self) -> str:
        return self.first_of(ProgramLine("open", self.name()))

    @precondition(lambda self: self.clones_promised and self.opened < INSTANCES)
    @rule(target=instances, source=instances)
    def clone(self, source: str) -> str:
        return self.first_of(ProgramLine("clone", self.name(), source=source))

    def first_of(self, step: ProgramLine) -> str:
        self.step(step)
        return step.instance

    @rule(instance=instances, piece=PIECES)
    def encode(self, instance: str, piece: Piece) -> None:
        self.step(ProgramLine("encode", instance, piece=piece))

    @rule(instance=instances, piece=PIECES)
    def decode(self, instance: str, piece: Piece) -> None:
        self.step(ProgramLine("decode", instance, piece=piece))

    @precondition(lambda self: bool(self.resets_promised))
    @rule(instance=instances, data=st.data())
    def reset(self, instance: str, data: st.DataObject) -> None:
        self.step(ProgramLine("reset", instance, side=data.draw(st.sampled_from(self.resets_promised))))

    @precondition(lambda self: self.snapshots_known and self.taken < ASIDES)
    @rule(target=snapshots, instance=instances)
    def snapshot(self, instance: str) -> str:
        self.taken += 1
        name = f"s{self.taken}"
        self.step(ProgramLine("snapshot", instance, name=name))
        return name

    @rule(instance=instances, name=snapshots)
    def restore(self, instance: str, name: str) -> None:
        self.step(ProgramLine("restore", instance, name=name))

    @rule(instance=instances, piece=PIECES)
    def both(self, instance: str, piece: Piece) -> None:
        """Encode and decode, as a session does: most steps should be speech."""
        self.encode(instance, piece)
        self.decode(instance, piece)

    @precondition(lambda self: self.misused < ASIDES)
    @rule(instance=instances)
    def misuse(self, instance: str) -> None:
        self.misused += 1
        self.step(ProgramLine("misuse", instance))

    @precondition(lambda self: self.poisonous)
    @rule(instance=instances)
    def poison(self, instance: str) -> None:
        self.step(ProgramLine("poison", instance))

    @precondition(lambda self: self.flushes_known and self.aside < ASIDES)
    @rule(instance=instances)
    def flush(self, instance: str) -> None:
        self.aside += 1
        self.step(ProgramLine("flush", instance))

    @precondition(lambda self: self.offline_known and self.aside < ASIDES)
    @rule(piece=PIECES)
    def offline(self, piece: Piece) -> None:
        self.aside += 1
        self.step(ProgramLine("offline", piece=piece))

    @precondition(lambda self: self.offline_known and self.aside < ASIDES)
    @rule(window=WINDOWS)
    def windowed(self, window: tuple[Piece, int]) -> None:
        self.aside += 1
        piece, past = window
        self.step(ProgramLine("windowed", piece=piece, past=past))

    @precondition(lambda self: self.batches_known and not self.batched)
    @rule(piece=PIECES, rows=st.sampled_from(BATCHES[:-1]))
    def batch(self, piece: Piece, rows: int) -> None:
        self.batched = True
        self.step(ProgramLine("batch", piece=piece, rows=rows))


def search(
    subject: Subject,
    *,
    programs: int = 300,
    seconds: float = 60.0,
    seeded: int | None = None,
    poison: bool = False,
    database: Path | None = None,
    journal: Path | None = None,
) -> Search:
    """
    Run random programs on the codec until one diverges, *programs* were run, or *seconds* have passed.

    seeded : makes the search repeatable; None for another one each time
    poison : also encode NaN, which must be harmless after a reset
    database : where failures are kept between searches; None for nowhere
    journal : a file that always holds the program that runs, for whoever finds this process dead
    Raises `CodecFailed` if the codec is not deterministic, since then nothing can be asked.
    """
    begun = time.perf_counter()
    wavering = judge("deterministic", subject)
    if wavering.status is not Status.HELD:
        raise CodecFailed(f"a search needs a deterministic codec: {line(wavering)}")
    oracle, log = FreshOutputs(subject), Log(begun + seconds, journal)
    batch = 0
    while log.failed is None and log.programs < programs and time.perf_counter() < log.deadline:
        in_slots = batch % 2 == 1 and isinstance(subject.codec, SlotCodec)
        machine = _in_slots(oracle, log) if in_slots else _on_instances(oracle, log, poison)
        machine = machine if seeded is None else seed(seeded + batch)(machine)
        wanted = settings(
            max_examples=min(BATCH, programs - log.programs),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=False,  # which Hypothesis does in a CI: then each batch has the same programs
            database=DirectoryBasedExampleDatabase(database) if database else None,
            phases=(Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
            print_blob=False,
        )
        try:
            run_machine(machine, settings=wanted)
        except (Diverged, Flaky):
            break
        batch += 1
    if log.failed is None:
        return Search(None, None, log.programs, time.perf_counter() - begun)
    return _shrunk(oracle, log.failed, log, begun)


def _in_slots(oracle: FreshOutputs, log: Log) -> type[Programs]:
    class Machine(InSlots):
        pass

    Machine.oracle, Machine.log = oracle, log
    return Machine


def _on_instances(oracle: FreshOutputs, log: Log, poison: bool) -> type[Programs]:
    class Machine(_Machine):
        pass

    Machine.oracle, Machine.log, Machine.poisonous = oracle, log, poison
    promised = functools.partial(promises, oracle.subject)
    Machine.clones_promised = promised(CLONES)
    Machine.resets_promised = tuple(side for side in Side if promised(RESETS[side]))
    Machine.snapshots_known = isinstance(oracle.subject.open(), Snapshots) and promised(SNAPSHOTS)
    Machine.flushes_known = isinstance(oracle.subject.open(), Flushes)
    Machine.batches_known = isinstance(oracle.subject.codec, BatchCodec)
    Machine.offline_known = isinstance(oracle.subject.codec, OfflineCodec)
    return Machine


def _shrunk(oracle: FreshOutputs, failed: FuzzProgram, log: Log, begun: float) -> Search:
    program, runs = failed, 0
    if diverges(oracle, failed):
        program, runs = shrink(functools.partial(diverges, oracle), failed)
    # Once more, outside the search: what is reported must be what anyone sees who replays it.
    divergence = replay(oracle, program) or (
        f"{log.divergence} (not when replayed alone: instances leak into each other, or it is chance)"
    )
    return Search(program, divergence, log.programs + runs, time.perf_counter() - begun)


def database_folder(adapter: str, options: dict[str, Any]) -> Path:
    """Return the folder that keeps the failures of one codec with these options."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True, default=str).encode()).hexdigest()[:12]
    name = "".join(letter if letter.isalnum() else "-" for letter in adapter)
    return cache_folder() / "fuzz" / f"{name}-{digest}"
