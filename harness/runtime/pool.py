"""
Run pure functions in worker processes that may die.

Native scorers can take the whole interpreter down (`pesq` does on long speech). Each worker here is a separate process
that is handed one task at a time, so when a process dies the guilty task is known; it alone fails, the others
go on, and the slot gets a new process. Processes are started afresh, never forked (a fork after torch has started
its threads can deadlock), and scripts need no `if __name__ == "__main__"` guard.

Functions, arguments and results are pickled. Functions must be pure: a task may be run again elsewhere.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

from loky.process_executor import ProcessPoolExecutor, ShutdownExecutorError

from harness.errors import HarnessError

Result = TypeVar("Result")

# One task, one core: the pool is what runs in parallel, and thread counts change the last bits of some results.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
# Empty is off: a crash is reported through the future, not by a dump on somebody's terminal.
ENVIRONMENT = THREADS | {"PYTHONFAULTHANDLER": ""}


class WorkerDied(HarnessError):
    """
    The process that ran this task crashed or was killed, or (`TookTooLong`) the task ran longer than it may.

    reason : the message without the name of the task, such as "ended its process (SIGSEGV(-11))"
    """

    def __init__(self, reason: str, task: str = "") -> None:
        super().__init__(f"{task} {reason}".lstrip())
        self.reason = reason


class TookTooLong(WorkerDied):
    """The task ran longer than it may, and was stopped."""


class IsolatedPool(Executor):
    """
    An executor of *workers* processes; a task that kills its process fails with `WorkerDied`, no other task does.

    With *limit*, a task that runs longer than so many seconds is killed and fails with `WorkerDied` too; the time a new
    process needs to start is not counted. Exceptions that a task raises reach the caller as they are.

    Use it in a `with` statement: leaving it normally waits for all tasks, leaving it by an exception (Ctrl-C
    included) drops what is queued and kills what runs.
    """

    def __init__(self, workers: int, limit: float | None = None) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least 1 worker but got {workers}")
        self._limit = limit
        self._own = threading.local()  # each thread drives one process
        self._lock = threading.Lock()
        self._processes: set[ProcessPoolExecutor] = set()
        self._stopped = False
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="isolated")

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Queue one task; its future yields the result, the task's own exception, or `WorkerDied`."""
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for what runs (unless *wait* is false) and end all processes; with *cancel_futures* drop the queue."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            self._end_all(kill=False)

    def kill(self) -> None:
        """Drop what is queued and kill what runs, now; running tasks fail with `WorkerDied`."""
        self._stopped = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._end_all(kill=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.shutdown()
        else:
            self.kill()

    def _run(self, function: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Result:
        process = self._process()
        try:
            result: Result = process.submit(function, *args, **kwargs).result(self._limit)
        except BrokenProcessPool as error:
            self._drop(process)
            raise WorkerDied(f"ended its worker process ({_exit_status(error)})", _name(function)) from error
        except SystemExit as error:  # it would end whoever asks for the result
            raise WorkerDied(f"called exit({error.code})", _name(function)) from error
        except TooLate as error:
            self._drop(process)
            raise TookTooLong(f"was stopped after {self._limit:g} s without an answer", _name(function)) from error
        except ShutdownExecutorError as error:
            raise WorkerDied("was stopped together with its pool", _name(function)) from error
        return result

    def _process(self) -> ProcessPoolExecutor:
        """Return this thread's process, starting one if it has none."""
        process: ProcessPoolExecutor | None = getattr(self._own, "process", None)
        if process is None:
            process = ProcessPoolExecutor(max_workers=1, initializer=_ignore_interrupt, env=ENVIRONMENT)
            with self._lock:
                if self._stopped:
                    raise WorkerDied("was stopped before this task could start", "the pool")
                self._processes.add(process)
            self._own.process = process
            try:
                process.submit(_ready).result()  # so that starting is not counted as the task's time
            except (BrokenProcessPool, ShutdownExecutorError) as error:
                self._drop(process)
                raise WorkerDied(f"could not start ({_exit_status(error)})", "a worker process") from error
        return process

    def _drop(self, process: ProcessPoolExecutor) -> None:
        self._own.process = None
        with self._lock:
            self._processes.discard(process)
        process.shutdown(wait=True, kill_workers=True)

    def _end_all(self, *, kill: bool) -> None:
        with self._lock:
            processes, self._processes = self._processes, set()
        for process in processes:
            process.shutdown(wait=True, kill_workers=kill)


def _ready() -> None:
    """Do nothing, in a process that has started."""


def _ignore_interrupt() -> None:
    # Ctrl-C reaches every process of the terminal; only the parent should answer it, and it ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


def _exit_status(error: BaseException) -> str:
    """Find the `SIGSEGV(-11)` in loky's message, which has no attribute for it."""
    _, found, codes = str(error).partition("exit codes of the workers are {")
    return codes.split("}")[0] if found else str(error).partition("\n")[0]
