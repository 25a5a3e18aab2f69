"""
The same run again in processes of its own: whether a codec is the same each time, and if not, on what that depends.

A codec that differs from run to run makes every comparison of two setups an accident, so nothing may be accused before
its runs were repeated. `together` runs setups in one fresh process, in order. `dependence` finds out what a run depends
on that its input does not say: it varies what happens in the process before.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from harness.codecs.opening import open_codec
from harness.codecs.protocol import Codec, CodecInfo, Instance, Side
from harness.codecs.returned import guarded
from harness.errors import CodecFailed, HarnessError
from harness.runtime.pool import IsolatedPool
from harness.topology.given_codes import heard
from harness.topology.running import TraceResult, run_configuration
from harness.topology.setup import Case

SIDE_BY_SIDE = 2  # processes
MOSTLY = 5  # of 6 runs that differ without a reset, where 8 with one are alike: by chance in 3 of 1000 cases
FAILED = "failed: "  # how the digest of a run that failed begins


class Dependence(StrEnum):
    """On what a codec's output depends beside its input; each was shown by the runs that `dependence` makes."""

    NOTHING = "nothing"  # it was the same in every run
    CHANCE = "chance"
    FIRST_INSTANCE = "first instance"
    FIRST_USE = "first use"
    LEFT_BEHIND = "state left in an instance"
    BEFORE = "what ran before"


MEANINGS = {
    Dependence.NOTHING: "it came out the same in {runs} runs in {processes} fresh processes since, so what changed it "
    "before cannot be told",
    Dependence.CHANCE: "runs in fresh processes differ, and not by what ran before in the process: it is random, in "
    "each run (as threads meet) or in each process (a hash seed, an address), or depends on something outside the "
    "process, such as earlier streams of a server",
    Dependence.FIRST_INSTANCE: "what a process opens first gives another output than what it opens later: "
    "after an instance was opened and not used, the run differs from one in a new process",
    Dependence.FIRST_USE: "the first run in a process gives another output than the later ones, after the same "
    "run and after one of other speech alike",
    Dependence.LEFT_BEHIND: "an instance is opened with state that an earlier one left behind, as from a pool or in a "
    "slot of a server: a reset right after it was opened makes the difference go",
    Dependence.BEFORE: "its output depends on what ran before in the same process, and a reset of every newly opened "
    "instance does not change that: state that instances share, such as a module-level variable",
}


@dataclass(frozen=True)
class Act:
    """What to do in a process: run *subject*, or only open an instance; *reset*: every instance, as soon as opened."""

    subject: Case
    only_open: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Found:
    """What the output depends on, and in how many runs and fresh processes that was looked at."""

    dependence: Dependence
    runs: int
    processes: int

    @property
    def words(self) -> str:
        """Say it in a clause."""
        return MEANINGS[self.dependence].format(runs=self.runs, processes=self.processes)


def digest(result: TraceResult) -> str:
    """Return a hash of all that a run produced; runs with the same one are equal bit for bit."""
    if isinstance(result, CodecFailed):
        return f"{FAILED}{result}"
    content = hashlib.sha256()
    for array in (result.codes, result.arrived, result.pcm):
        content.update(f"{array.dtype}{array.shape}".encode())
        content.update(array.tobytes())
    return content.hexdigest()


def together(
    sequences: Sequence[Sequence[Act]], limit: float | None = None, side_by_side: int = SIDE_BY_SIDE
) -> list[list[TraceResult]]:
    """
    Do each sequence of acts in a fresh process of its own, some processes side by side.

    limit : seconds for one act; side_by_side : 1 for a codec outside of these processes, such as a service, which may
    serve one as it does not serve two. What only opens comes back as a `CodecFailed` that says so. Raises `WorkerDied`
    if a codec ends its process.
    """
    done: list[list[TraceResult]] = []
    for place in range(0, len(sequences), side_by_side):
        asked: list[tuple[IsolatedPool, Future[list[TraceResult]]]] = []
        try:
            for acts in sequences[place : place + side_by_side]:
                pool = IsolatedPool(1, None if limit is None else limit * len(acts))
                asked.append((pool, pool.submit(_perform, tuple(acts))))
            done += [future.result() for _, future in asked]
        finally:
            for pool, _ in asked:
                pool.kill()
    return done


def dependence(subject: Case, limit: float | None = None, side_by_side: int = SIDE_BY_SIDE) -> Found:
    """
    Find out what the output of *subject* depends on, by running it in fresh processes after other things.

    limit, side_by_side : as of `together`. It ends as soon as the runs tell. Only what differs inside one process is
    laid on what ran there before, since what is drawn once a process, such as a hash seed, differs between processes.
    Raises `WorkerDied` if a codec ends its process.
    """
    run, other = Act(subject), Act(replace(subject, speech=subject.other, other=subject.speech))
    opened, reset = Act(subject, only_open=True), Act(subject, reset=True)

    done: list[tuple[Act, ...]] = []

    def digests(*sequences: tuple[Act, ...]) -> list[list[str]]:
        done.extend(sequences)
        return [[digest(result) for result in results] for results in together(sequences, limit, side_by_side)]

    def found(kind: Dependence) -> Found:
        return Found(kind, sum(not act.only_open for acts in done for act in acts), len(done))

    one, again = digests((run, run, run), (run, run, run))
    if one != again:
        cleared, also, more, most = digests((reset,) * 4, (reset,) * 4, (run, run, run), (run, run, run))
        # It is outside of the process, and a reset reaches it: nearly always, or chance would look so too, and seen to
        # change inside a process, or what is drawn once a process would.
        often = _one((*cleared, *also)) and sum(got != cleared[0] for got in (*more, *most)) >= MOSTLY
        changing = any(len(set(results)) > 1 for results in (one, again, more, most))
        return found(Dependence.LEFT_BEHIND if often and changing else Dependence.CHANCE)
    first, second, third = one
    after = digests((opened, run), (other, run))
    (_, after_open), (_, after_other) = after
    if {first} == {second, third, after_open, after_other}:
        return found(Dependence.NOTHING)
    if digests((opened, run), (other, run)) != after:
        return found(Dependence.CHANCE)
    acts: tuple[Act, ...] = (run, run, run)
    if first == second == third:  # processes differ, and what ran before was not yet varied inside one of them
        acts = (run, opened, run, other, run)
        inside, again = digests(acts, acts)
        if inside != again or len(set(inside[::2])) == 1:
            return found(Dependence.CHANCE)
    if after_open != first and {after_open} == {second, third, after_other}:
        return found(Dependence.FIRST_INSTANCE)
    (cleared,) = digests(tuple(replace(act, reset=True) for act in acts))
    if _one([got for act, got in zip(acts, cleared, strict=True) if act.subject is subject and not act.only_open]):
        return found(Dependence.LEFT_BEHIND)
    if first != second == third == after_other:
        return found(Dependence.FIRST_USE)
    return found(Dependence.BEFORE)


def _one(outputs: Sequence[str]) -> bool:
    """Return whether all runs gave one output; a failure, as of a reset that is not offered, is none."""
    return len(set(outputs)) == 1 and not outputs[0].startswith(FAILED)


def _perform(acts: tuple[Act, ...]) -> list[TraceResult]:
    """Run in a process of its own."""
    return [_act(act) for act in acts]


def _act(act: Act) -> TraceResult:
    subject = act.subject
    try:
        opened = open_codec(subject.configuration.codec)
        codec = ResetAtOpen(opened) if act.reset else opened
        if act.only_open:
            guarded("open", codec.open)
            return CodecFailed("nothing was run")
        return run_configuration(subject.configuration, codec, *heard(subject), {})
    except CodecFailed as failure:
        return failure
    except HarnessError as error:
        return CodecFailed(str(error))


class ResetAtOpen:
    """A codec whose instances are reset as soon as they are opened."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.info: CodecInfo = codec.info

    def open(self) -> Instance:
        """Return a new instance, reset on both sides."""
        instance = self._codec.open()
        instance.reset(Side.BOTH)
        return instance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)
