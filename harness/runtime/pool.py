"""
Run pure functions in worker processes that may die.

Native scorers can take the whole interpreter down (`pesq` does on long speech). Each worker here is a separate process
that is handed one task at a time, so when a process dies the guilty task is known; it alone fails, the others
go on, and the slot gets a new process. Processes are started afresh, never forked (a fork after torch has started
its threads can deadlock), and scripts need no `if __name__ == "__main__"` guard.
None outlives the process that started it (`harness.runtime.orphans`).

Functions, arguments and results are pickled. Functions must be pure: a task may be run again elsewhere.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

from loky import cpu_count
from loky.process_executor import ShutdownExecutorError

from harness.errors import HarnessError
from harness.runtime import calls, orphans, temporary
from harness.runtime.calls import NOWHERE, CallPlace
from harness.runtime.owned_process import OwnedProcess
from harness.runtime.task_queue import Task, TaskQueue
from harness.runtime.text import said_by

Result = TypeVar("Result")


def cores() -> int:
    """Return how many processes can compute at once: what affinity and a container's quota leave of the processors."""
    return int(cpu_count())


class WorkerDied(HarnessError):
    """
    The process that ran this task crashed or was killed, or (`TookTooLong`) the task ran longer than it may.

    reason : the message without the name of the task, such as "ended its worker process (SIGSEGV(-11)) in reset"
    place : the call into foreign code that it was in
    """

    def __init__(self, reason: str, task: str = "", place: CallPlace = NOWHERE) -> None:
        super().__init__(f"{task} {reason}".lstrip())
        self.reason = reason
        self.place = place


class TookTooLong(WorkerDied):
    """The task, or one call of a codec in it, ran longer than it may, and was stopped."""


class ProcessSpoilt(WorkerDied):
    """A task says that what ran in its process may have broken that process; it is ended, and the next one is fresh."""


class IsolatedPool(Executor):
    """
    An executor of *workers* processes; a task that kills its process fails with `WorkerDied`, no other task does.

    With *limit*, a task that runs longer than so many seconds is killed and fails with `TookTooLong`; the time a new
    process needs to start is not counted. So is a task in which one call of a codec (`harness.runtime.calls`) takes
    longer than *call_limit* seconds, by default what this process was given itself, or 300 s. Exceptions that a task
    raises reach the caller as they are.

    Use it in a `with` statement: leaving it normally waits for all tasks, leaving it by an exception (Ctrl-C
    included) drops what is queued and kills what runs.
    """

    def __init__(self, workers: int, limit: float | None = None, call_limit: float | None = None) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least 1 worker but got {workers}")
        self._limit = limit
        self._call_limit = calls.usual_limit() if call_limit is None else call_limit
        self._queue = TaskQueue()
        self._own = threading.local()  # each thread drives one process
        self._lock = threading.Lock()
        self._processes: set[OwnedProcess] = set()
        self._stopped = False
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="isolated")
        temporary.sweep()

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Queue one task; its future yields the result, the task's own exception, or `WorkerDied`."""
        return self._submitted(Task(_name(fn), fn, args, kwargs))

    def fresh(self, call_limit: float | None = None) -> "FreshProcesses":
        """Return an executor that takes turns with this one, and runs each task where nothing ran before."""
        limit = call_limit or self._call_limit
        return FreshProcesses(lambda fn, args, kwargs: self._submitted(Task(_name(fn), fn, args, kwargs, limit)))

    def _submitted(self, task: Task) -> Future[Any]:
        self._queue.put(task)
        try:
            self._threads.submit(self._queue.work, self._run)
        except RuntimeError:  # it was shut down
            task.future.cancel()
            raise
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for what runs (unless *wait* is false) and end all processes; with *cancel_futures* drop the queue."""
        if cancel_futures:
            self._queue.cancel()
        self._threads.shutdown(wait=wait)
        if wait:
            self._end_all(kill=False)

    def kill(self) -> None:
        """Drop what is queued and kill what runs, now; running tasks fail with `WorkerDied`."""
        self._stopped = True
        self._queue.cancel()
        self._threads.shutdown(wait=False)
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

    def _run(self, task: Task) -> Any:
        if task.fresh is None:
            return self._run_in(self._process(), task)
        process = self._started(task.fresh)
        try:
            return self._run_in(process, task)
        finally:
            self._drop(process, kill=False)

    def _run_in(self, process: OwnedProcess, task: Task) -> Any:
        try:
            future = process.executor.submit(task.function, *task.args, **task.kwargs)
            self._await(future, process, task.kind)
            result = future.result()
        except BrokenProcessPool as error:
            place = process.watch.place()
            self._drop(process)
            reason = f"ended its worker process ({_exit_status(error)}){_in(place)}"
            raise WorkerDied(reason, task.kind, place) from error
        except ProcessSpoilt:
            self._drop(process)
            raise
        except SystemExit as error:  # it would end whoever asks for the result
            raise WorkerDied(f"called exit({said_by(error)})", task.kind) from error
        except ShutdownExecutorError as error:
            raise WorkerDied("was stopped together with its pool", task.kind) from error
        except HarnessError as error:
            raise error from None  # its message is for a person, and the worker's traceback would come before it
        return result

    def _await(self, future: Future[Any], process: OwnedProcess, name: str) -> None:
        """Wait until *future* is done; kill *process* if the task, or a call in it, takes longer than it may."""
        end = None if self._limit is None else time.monotonic() + self._limit
        while True:
            tick = process.watch.tick if end is None else min(process.watch.tick, max(0.0, end - time.monotonic()))
            if wait([future], tick).done:
                return
            late = end is not None and time.monotonic() >= end
            overdue = process.watch.overdue()
            if not (late or overdue):
                continue
            place = process.watch.place()
            self._drop(process)
            if overdue:
                raise TookTooLong(f"did not return from {place.what} within {process.watch.limit:g} s", name, place)
            raise TookTooLong(f"was stopped after {self._limit:g} s without an answer{_in(place)}", name, place)

    def _process(self) -> OwnedProcess:
        """Return this thread's process, starting one if it has none."""
        process: OwnedProcess | None = getattr(self._own, "process", None)
        if process is None:
            process = self._own.process = self._started(self._call_limit)
        return process

    def _started(self, call_limit: float) -> OwnedProcess:
        """Return a new process, in which a call of a codec may take *call_limit* seconds."""
        process = OwnedProcess.made(call_limit)
        with self._lock:
            if self._stopped:
                process.watch.forget_path()
                raise WorkerDied("was stopped before this task could start", "the pool")
            self._processes.add(process)
        try:
            process.start()  # so that it is not counted as the task's time
        except BaseException as error:
            self._drop(process)
            if isinstance(error, BrokenProcessPool | ShutdownExecutorError):
                raise WorkerDied(f"could not start ({_exit_status(error)})", "a worker process") from error
            raise
        with self._lock:
            if process in self._processes:  # else it was ended meanwhile
                orphans.tie(process.pid)
        return process

    def _drop(self, process: OwnedProcess, *, kill: bool = True) -> None:
        if process is getattr(self._own, "process", None):
            self._own.process = None
            self._queue.forget()
        with self._lock:
            held = process in self._processes
            self._processes.discard(process)
        if held:
            process.end(kill=kill)

    def _end_all(self, *, kill: bool) -> None:
        with self._lock:
            processes, self._processes = self._processes, set()
        if processes:  # side by side: one that has loaded much takes half a second to tidy up
            with ThreadPoolExecutor(len(processes)) as ending:
                list(ending.map(lambda process: process.end(kill=kill), processes))


class FreshProcesses(Executor):
    """Runs each task in a process of its own, in which nothing ran before, and which is ended then."""

    def __init__(self, submitted: Callable[[Callable[..., Any], Any, Any], Future[Any]]) -> None:
        self._submitted = submitted

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Hand one task over, as the executor does that these are of."""
        return self._submitted(fn, args, kwargs)


def settled(result: Result) -> Future[Result]:
    """Return *result*, which is known already, as what a task would give."""
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _in(place: CallPlace) -> str:
    return f" in {place.what}" if place.what else ""


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


def _exit_status(error: BaseException) -> str:
    """Find the `SIGSEGV(-11)` in loky's message, which has no attribute for it."""
    _, found, codes = str(error).partition("exit codes of the workers are {")
    return codes.split("}")[0] if found else str(error).partition("\n")[0]
