"""
No process outlives the one that started it, however that one ends.

A process that is killed ends nothing that it started, and what it started cannot always notice: a codec that spins in
native code holds the interpreter. So whoever starts processes has a reaper beside it, a small process that waits at a
pipe and is told which process groups are tied to its owner. When the owner ends, the kernel closes the pipe, and the
reaper kills what is still tied. The same file is the reaper's program: it runs without anything else of this package.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

PATIENCE = 2.0  # s that an owner which ends in the ordinary way waits for its reaper


def tie(pid: int) -> None:
    """Have the process *pid*, and the group that it leads, killed when this process ends, unless it is untied."""
    _tell(b"+%d\n" % pid)


def untie(pid: int) -> None:
    """Forget *pid*: it has ended, and its number may go to somebody else."""
    _tell(b"-%d\n" % pid)


def start(arguments: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, tied to this process; *options* are those of `subprocess.Popen`."""
    process = subprocess.Popen(arguments, start_new_session=True, **options)
    tie(process.pid)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what was started by `start` and everything it started, and reap it."""
    if process.returncode is None:  # once it is reaped, its number may belong to somebody else
        end_group(process.pid)
    process.wait()
    untie(process.pid)


def end_group(pid: int) -> None:
    """Kill what is left of the group that the process *pid* began."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class _Reaper:
    """The pipe to the reaper of this process, which is started when something is tied first."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        atexit.register(self.close)

    def tell(self, message: bytes) -> bool:
        """Send one message; return whether there is anybody to read it."""
        try:
            return self.process.stdin is not None and self.process.stdin.write(message) == len(message)
        except (BrokenPipeError, ValueError):
            return False

    def close(self) -> None:
        """Let the reaper end what is left, and itself."""
        if self.owner == os.getpid() and self.process.stdin is not None:
            self.process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)


_lock = threading.RLock()  # a signal may come while it is held
_reaper: _Reaper | None = None
_tied: set[bytes] = set()


def _tell(message: bytes) -> None:
    global _reaper
    with _lock:
        if _reaper is not None and _reaper.owner != os.getpid():  # forked: what the parent tied is the parent's
            _reaper = None
            _tied.clear()
        (_tied.add if message[:1] == b"+" else _tied.discard)(message[1:])
        if _reaper is None and _tied:
            _reaper = _Reaper()
            _reaper.tell(message)
        elif _reaper is not None and not _reaper.tell(message):  # somebody has killed it: another takes over
            _reaper.close()
            _reaper = _Reaper()
            _reaper.tell(b"".join(b"+" + one for one in _tied))


def _reap() -> None:
    """Be the reaper: read what is tied until the owner has ended, then kill it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    tied = set[int]()
    for line in sys.stdin.buffer:
        if line.endswith(b"\n"):
            (tied.add if line[:1] == b"+" else tied.discard)(int(line[1:]))
    for pid in tied:
        end_group(pid)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)  # if it leads no group yet


if __name__ == "__main__":
    _reap()
