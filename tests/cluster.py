"""A Dask cluster as a user starts one: a scheduler and workers by their own commands, on the loopback."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

DASK = (sys.executable, "-m", "distributed.cli.dask_scheduler"), (sys.executable, "-m", "distributed.cli.dask_worker")
WAIT = 60.0  # s


class Cluster:
    """A scheduler at *address*, and the workers that were started, each a nanny with one worker process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "scheduler.log").open("wb")
        command = [*DASK[0], "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"]
        self.scheduler = subprocess.Popen(command, stdout=self._log, stderr=self._log, start_new_session=True)
        self.address = self._said(folder / "scheduler.log", r"Scheduler at:\s+(tcp://\S+)")

    def start_worker(self, *options: str, **environment: str) -> int:
        """Start a worker with one thread; return the process id of its nanny."""
        log = self.folder / f"worker-{len(self._processes)}.log"
        command = [*DASK[1], self.address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder)]
        with log.open("wb") as said:
            process = subprocess.Popen(
                [*command, *options], stdout=said, stderr=said, start_new_session=True, env=os.environ | environment
            )
        self._processes.append(process)
        self._said(log, r"(Registered to)")
        return process.pid

    def worker_processes(self) -> list[int]:
        """Return the processes that the nannies have started as workers."""
        found = []
        for nanny in self._processes:
            for child in _children(nanny.pid):
                if "spawn_main" in _command_line(child):
                    found.append(child)
        return found

    def close(self) -> None:
        """End everything."""
        for process in [*self._processes, self.scheduler]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self._processes, self.scheduler]:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @staticmethod
    def _said(log: Path, pattern: str) -> str:
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if found := re.search(pattern, log.read_text(errors="replace")):
                return found[1]
            time.sleep(0.1)
        raise TimeoutError(f"{pattern!r} was not said within {WAIT:g} s: {log.read_text(errors='replace')[-1000:]}")


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Yield a cluster with so many workers."""
    with ExitStack() as stack:
        found = stack.enter_context(Cluster(folder))
        for _ in range(workers):
            found.start_worker()
        yield found
