"""
Which call into foreign code a worker process is in, told where the process that started it can read it.

A codec that hangs may hold the interpreter's lock, and one that crashes says nothing any more, so neither can be asked.
Each worker therefore leaves a note in a page of memory that it shares with its parent: a counter, which is odd while a
call is on, what the call is, and whose it is. Whoever finds the counter odd and unchanged for too long ends the
process, and knows what to say. Nothing here is a clock: a parent that was itself stopped counts no time.
"""

import mmap
import os
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, TypeVarTuple

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

LIMIT = 300.0  # s; a first use that fetches a gigabyte at 4 MB/s, or loads it from a slow disk, needs most of it
MOST = 86_400.0  # s; a limit is a day at most
VARIABLE = "CODEC_HARNESS_CALL_LIMIT"  # a worker that starts processes itself hands its own limit on
TICK = 1.0  # s between two looks, at most

_COUNTER = struct.Struct("<Q")
_NOTE = struct.Struct("<Q192s")  # the counter, and what is called
_WHOSE = struct.Struct("<312s")  # behind these
_SIZE = _NOTE.size + _WHOSE.size

# macOS has neither; there a file in the temporary folder stands in until both processes hold it.
_IN_MEMORY = hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


def usual_limit() -> float:
    """Return the seconds for one call where nothing else is said: those of this process, or else `LIMIT`."""
    return float(os.environ.get(VARIABLE, LIMIT))


@dataclass(eq=False)
class _Notes:
    """What this process writes; nothing as long as nobody reads it."""

    page: mmap.mmap | None = None
    counter: int = 0


_notes = _Notes()


def told_to(path: str) -> None:
    """Leave notes in the file *path* from now on: called once in a process, before its first task."""
    with Path(path).open("r+b") as file:
        _notes.page = mmap.mmap(file.fileno(), _SIZE)


def on_behalf_of(whose: str) -> None:
    """Say for whom the following calls are made, such as a setup; "" for nobody in particular."""
    if _notes.page is not None:
        _WHOSE.pack_into(_notes.page, _NOTE.size, whose.encode("utf-8", "replace"))


def noted(what: str, call: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Make *call*, with a note that *what* is on; a call within a call leaves the note of the outer one."""
    page = _notes.page
    if page is None or _notes.counter % 2:
        return call(*arguments)
    _notes.counter += 1
    _NOTE.pack_into(page, 0, _notes.counter, what.encode("utf-8", "replace"))
    try:
        return call(*arguments)
    finally:
        _notes.counter += 1
        _COUNTER.pack_into(page, 0, _notes.counter)


@dataclass(frozen=True)
class CallPlace:
    """Where a process was: whose call, and which; both empty if it was in none."""

    whose: str = ""
    what: str = ""


NOWHERE = CallPlace()


@dataclass(eq=False)
class Watch:
    """The reader of one process's notes. Use it as: make it, start the process with `path`, then `forget_path`."""

    limit: float
    path: str = ""
    _page: mmap.mmap | None = None
    _seen: int = 0
    _waited: float = 0.0
    _looked: float = field(default_factory=time.monotonic)
    _handle: int = -1

    def __post_init__(self) -> None:
        self._handle, self.path = _shared_file()
        os.ftruncate(self._handle, _SIZE)
        self._page = mmap.mmap(self._handle, _SIZE)

    def forget_path(self) -> None:
        """Let go of the path to the page, which both processes hold by now."""
        os.close(self._handle)
        if not _IN_MEMORY:
            Path(self.path).unlink(missing_ok=True)

    @property
    def tick(self) -> float:
        """Seconds to the next look."""
        return min(TICK, self.limit / 4)

    def overdue(self) -> bool:
        """Look; tell whether one and the same call has been on for longer than the limit."""
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, 2 * self.tick), now
        (counter,) = _COUNTER.unpack_from(self._page or bytes(_SIZE), 0)
        self._waited = self._waited + passed if counter == self._seen else 0.0
        self._seen = counter
        return counter % 2 == 1 and self._waited >= self.limit

    def place(self) -> CallPlace:
        """Return the call that the process is in, or was in when it ended."""
        page = self._page or bytes(_SIZE)
        counter, what = _NOTE.unpack_from(page, 0)
        (whose,) = _WHOSE.unpack_from(page, _NOTE.size)
        return CallPlace(_text(whose), _text(what)) if counter % 2 else NOWHERE


def _shared_file() -> tuple[int, str]:
    """Return the descriptor of a new file that another process of this user can open, and its path."""
    if _IN_MEMORY:
        handle = os.memfd_create("calls")  # in no folder, so that nothing is left of it
        return handle, f"/proc/{os.getpid()}/fd/{handle}"
    return tempfile.mkstemp(prefix="codec-harness-calls-")


def _text(content: bytes) -> str:
    return content.rstrip(b"\0").decode("utf-8", "ignore")  # a character may have been cut at the end
