"""
The search in a process of its own, which the codec may take down: the program that did it is then the finding.

While it runs, a program is written to a file step by step, so that it is known when the process is not there any more.
It is shrunk by running smaller ones, each of which may cost a process again.
"""

import functools
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

from harness.audio.speech import load as load_speech
from harness.check.fuzz.program import FuzzProgram, check_frames, parse, text
from harness.check.fuzz.reproduce import topologies_showing
from harness.check.fuzz.search import Search, database_folder, search
from harness.check.fuzz.shrink import diverges, shrink
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.implementation import Implementation
from harness.check.subject import Subject, encoder_of, subject
from harness.errors import CodecFailed
from harness.runtime.pool import IsolatedPool, TookTooLong, WorkerDied
from harness.runtime.resources import cache_folder
from harness.runtime.temporary import temporary_folder

GRACE = 120.0  # s beyond the time of the search, for what was begun and for shrinking; then the codec hangs


@dataclass(frozen=True)
class Target:
    """
    A codec with what it is tried on; *limit* is how many seconds one call may take.

    speech, codes_from : as of `harness.check.isolated.check_isolated`
    """

    codec: Implementation
    limit: float | None = None
    speech: Path | None = None
    codes_from: str | None = None


def search_isolated(target: Target, *, programs: int, seconds: float, seeded: int | None, poison: bool) -> Search:
    """
    Search as `search` does, remembering failures in the cache folder; a codec that dies or hangs is a failure too.

    Raises the `HarnessError` that says why the codec cannot be searched at all.
    """
    begun = time.perf_counter()
    with temporary_folder() as place, IsolatedPool(1, 2 * seconds + GRACE, target.limit) as pool:
        journal = Path(place, "program.txt")
        try:
            return pool.submit(_search, target, programs, seconds, seeded, poison, journal).result()
        except WorkerDied as death:
            failed = parse(journal.read_text(encoding="utf-8")) if journal.is_file() else ()
            if not failed:
                raise CodecFailed(f"{target.codec.adapter}: {death.reason} before any program was tried") from death
            program, runs = failed, 0
            if not isinstance(death, TookTooLong):
                program, runs = shrink(lambda candidate: _dies(pool, target, candidate), failed)
            return Search(program, f"{program[-1]}: the codec {death.reason}", runs, time.perf_counter() - begun)


def replay_isolated(target: Target, program: FuzzProgram) -> str | None:
    """Run a program; return how it diverged, or None."""
    with IsolatedPool(1, GRACE, target.limit) as pool:
        try:
            return pool.submit(_replay, target, text(program)).result()
        except WorkerDied as death:
            return f"the codec {death.reason}"


def showing_isolated(target: Target) -> list[str]:
    """Return the standard topologies that show a fault of the codec; none if it dies of them."""
    with IsolatedPool(1, GRACE, target.limit) as pool:
        try:
            return pool.submit(_showing, target).result()
        except WorkerDied:
            return []


def _dies(pool: IsolatedPool, target: Target, program: FuzzProgram) -> bool:
    try:
        pool.submit(_tries, target, text(program)).result()
    except WorkerDied:
        return True
    return False


@functools.lru_cache(maxsize=1)
def _subject(target: Target) -> Subject:
    utterances = load_speech(target.speech) if target.speech is not None else None
    encoder = encoder_of(target.codes_from)
    return subject(target.codec.load(), utterances, codes_from=encoder)


def _search(target: Target, programs: int, seconds: float, seeded: int | None, poison: bool, journal: Path) -> Search:
    set_hypothesis_home_dir(cache_folder() / "hypothesis")  # not a folder in whatever place this is called from
    return search(
        _subject(target),
        programs=programs,
        seconds=seconds,
        seeded=seeded,
        poison=poison,
        database=database_folder(target.codec.adapter, target.codec.given()),
        journal=journal,
    )


def _replay(target: Target, lines: str) -> str | None:
    subject, program = _subject(target), parse(lines)
    check_frames(program, subject.frames)
    return replay(FreshOutputs(subject), program)


def _tries(target: Target, lines: str) -> bool:
    return diverges(FreshOutputs(_subject(target)), parse(lines))


def _showing(target: Target) -> list[str]:
    return topologies_showing(_subject(target))
