"""Tasks for worker processes, the good and the bad; here, since workers must be able to import them."""

import atexit
import ctypes
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from harness.runtime import calls


def double(number: int) -> int:
    return 2 * number


def segfault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def leave_politely() -> None:
    sys.exit(3)


def hang() -> None:
    time.sleep(600)


_kept: list[bytes] = []


def grow(megabytes: int) -> None:
    _kept.append(b"1" * (megabytes << 20))


def fail() -> None:
    raise KeyError("mine")


def variable(name: str) -> str | None:
    return os.environ.get(name)


def called(number: int) -> int:
    return calls.noted("doubling", lambda: double(number))


def hang_in_a_call(whose: str, what: str) -> None:
    calls.on_behalf_of(whose)
    calls.noted(what, hang)


def spin_with_the_lock() -> None:
    calls.noted("a library", lambda: ctypes.PyDLL(None).sleep(600))


def crash_in_a_call(whose: str, what: str) -> None:
    calls.on_behalf_of(whose)
    calls.noted(what, lambda: os._exit(9))


def called_within(seconds: float) -> int:
    """Make short calls for so many *seconds*; return how many."""
    made, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        calls.noted("a short one", lambda: time.sleep(0.02))
        made += 1
    return made


def hold_the_interpreter() -> None:
    ctypes.PyDLL(None).sleep(600)  # native code that does not let go of the GIL


def fork_and_hang() -> None:
    if os.fork() == 0:
        time.sleep(600)
    hold_the_interpreter()


def print_a_lot() -> str:
    print("said by Python")
    os.write(1, b"said by native code\n")
    for _ in range(100):
        print("x" * 10_000)
    sys.stdout.buffer.write(b"\xff\x1b]0;title\x07\n")
    return "done"


def kill_owner() -> None:
    """Kill the process that this one was started by, and wait to be ended with it."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


class _Made:
    """Part of a cycle that holds a temporary folder, as the client of a server may be."""

    def __init__(self) -> None:
        self.me = self
        self.folder = tempfile.TemporaryDirectory()


def write_when_it_ends(place: Path) -> str:
    """Have *place* written when this process ends, by what was asked for then; return a folder that goes with it."""
    made = _Made()
    atexit.register(
        lambda: place.write_text(
            "with what it made still there" if Path(made.folder.name).exists() else "when it was gone", "utf-8"
        )
    )
    return made.folder.name
