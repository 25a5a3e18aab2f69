"""A worker process as its owner holds it, from its start to its end, whatever runs in it."""

import os
import threading
from dataclasses import dataclass
from typing import Self

from loky.process_executor import ProcessPoolExecutor

from harness.runtime import calls, orphans, worker_process
from harness.runtime.calls import Watch

GRACE = 5.0  # s

# One task, one core: the pool is what runs in parallel, and thread counts change the last bits of some results.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
# A codec may ask for more. Its threads sleep while they wait: spinning, they would burn the cores of the other workers.
WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}
# Where psutil is there, loky replaces a worker that has grown, on its own. The new one is not ours: it is not tied to
# its owner, and its notes go to a file that is no longer the page. A codec may grow as it likes.
KEPT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"}
# Empty is off: a crash is reported through the future, not by a dump on somebody's terminal.
ENVIRONMENT = THREADS | WAITING | KEPT | {"PYTHONFAULTHANDLER": ""}


@dataclass(eq=False)
class OwnedProcess:
    """One worker process, its number once it has started, and the notes that it leaves of the calls that it makes."""

    executor: ProcessPoolExecutor
    watch: Watch
    pid: int = 0

    @classmethod
    def made(cls, call_limit: float) -> Self:
        """Return one that has not started yet, in which a call of a codec may take *call_limit* seconds."""
        worker_process.deafen()
        watch = Watch(call_limit)
        executor = ProcessPoolExecutor(
            max_workers=1,
            initializer=_begin,
            initargs=(os.getpid(), watch.path),
            env=ENVIRONMENT | {calls.VARIABLE: str(call_limit)},
        )
        return cls(executor, watch)

    def start(self) -> None:
        """Start it, and wait until it is there; what it raises is the executor's own."""
        try:
            self.pid = self.executor.submit(os.getpid).result()
        finally:
            self.watch.forget_path()

    def end(self, *, kill: bool) -> None:
        """End it: now, or when it has tidied up, for which it has `GRACE`; a thread of a codec may go on for ever."""
        how = {"wait": True, "kill_workers": kill}
        ending = threading.Thread(target=self.executor.shutdown, kwargs=how, daemon=True)
        ending.start()
        ending.join(GRACE)
        if ending.is_alive() and self.pid:
            orphans.end_group(self.pid)
        ending.join()
        if self.pid:
            orphans.end_group(self.pid)  # what a codec has left running
            orphans.untie(self.pid)


def _begin(owner: int, notes: str) -> None:
    worker_process.begin(owner)
    calls.told_to(notes)
