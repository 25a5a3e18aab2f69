"""
Tasks on the workers of another executor, each in a process of its own there, as `harness.runtime.pool` has them here.

What runs on a worker is `perform`: it keeps one isolated process for each of the worker's threads, so a codec or a
recogniser is loaded once in each, and one that crashes takes no worker along; its death travels back as data. Each
run has processes of its own: an adapter that was edited since is not used as it was.
"""

import functools
import itertools
import os
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import process, util
from typing import Any, NamedTuple

from harness.errors import ExecutorUnavailable, HarnessError
from harness.runtime.pool import FreshProcesses, IsolatedPool
from harness.runtime.provenance import package_versions
from harness.runtime.text import kind_of, told
from harness.runtime.version import __version__


class WorkerVersions(NamedTuple):
    """What must be the same here and on a worker, or its numbers would be called what they are not."""

    harness: str
    python: str
    packages: tuple[tuple[str, str], ...] = ()  # those that a record names as what its numbers come from

    def __str__(self) -> str:
        return f"codec-harness {self.harness} on Python {self.python}"

    def beside(self, theirs: "WorkerVersions") -> tuple[str, str]:
        """Return what *theirs* are, and what these are, of what differs."""
        if (self.harness, self.python) != (theirs.harness, theirs.python):
            return str(theirs), str(self)
        ours, others = dict(self.packages), dict(theirs.packages)
        name = next((name for name in {**ours, **others} if ours.get(name) != others.get(name)), "")
        return f"{theirs} with {name} {others.get(name, 'missing')}", f"{self} with {name} {ours.get(name, 'missing')}"


@functools.cache
def versions() -> WorkerVersions:
    """Return those of this process."""
    python = ".".join(map(str, sys.version_info[:2]))
    return WorkerVersions(__version__, python, tuple(package_versions().items()))


class Needing:
    """A *function* whose tasks run only where a worker offers *resources*, such as {"GPU": 1}; called, it is that."""

    def __init__(self, function: Callable[..., Any], resources: dict[str, float]) -> None:
        self.function, self.resources = function, resources
        self.__qualname__ = function.__qualname__  # by which a task is told

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **kwargs)


@dataclass(frozen=True)
class Job:
    """
    One task as it is handed over.

    run, number : jobs of one run share processes, and each has a number of its own
    limit, call_limit : as of `IsolatedPool`
    path : where the process that hands it over looks for modules
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    run: str
    number: int
    limit: float | None
    call_limit: float | None
    versions: WorkerVersions
    path: tuple[str, ...]
    resources: dict[str, float] = field(default_factory=dict)


class JobAnswer(NamedTuple):
    """What came of the job *number*: a value, or the error that it ended with."""

    number: int
    value: Any = None
    error: BaseException | None = None


class Elsewhere(Executor):
    """
    An executor that hands tasks to another by *hand_over*, which takes a `Job` and returns a future of its `JobAnswer`.

    A task that ends its process fails with `WorkerDied`, as in `IsolatedPool`. *why* tells what an error of the other
    executor itself means; by default, that its workers cannot be had.
    """

    def __init__(
        self,
        hand_over: Callable[[Job], "Future[JobAnswer]"],
        limit: float | None = None,
        call_limit: float | None = None,
        why: Callable[[BaseException | None], HarnessError] | None = None,
    ) -> None:
        self._hand_over, self._limit, self._call_limit = hand_over, limit, call_limit
        self._why = why or _lost
        self._run = uuid.uuid4().hex

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Hand one task over; its future yields the result, the task's own exception, or `WorkerDied`."""
        resources = fn.resources if isinstance(fn, Needing) else {}
        function = fn.function if isinstance(fn, Needing) else fn
        path = tuple(place or os.getcwd() for place in sys.path)  # noqa: PTH109
        number = next(_numbers)
        job = Job(function, args, kwargs, self._run, number, self._limit, self._call_limit, versions(), path, resources)
        outer: Future[Any] = Future()
        try:
            inner = self._hand_over(job)
        except HarnessError as error:
            outer.set_exception(error)
            return outer
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is somebody else's
            outer.set_exception(self._why(error))
            return outer
        if not hasattr(inner, "add_done_callback"):
            outer.set_exception(self._why(TypeError(f"it gave a {kind_of(inner)} for a task, wanted a Future")))
            return outer
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(lambda done: self._settle(outer, number, done))
        return outer

    def fresh(self, call_limit: float | None = None) -> FreshProcesses:
        """Return an executor of the same workers that runs each task where nothing ran before, as `IsolatedPool`'s."""
        limit = self._call_limit if call_limit is None else call_limit
        return FreshProcesses(
            lambda fn, args, kwargs: Elsewhere(self._hand_over, self._limit, limit, self._why).submit(
                fn, *args, **kwargs
            )
        )

    def _settle(self, outer: "Future[Any]", number: int, done: "Future[JobAnswer]") -> None:
        with suppress(InvalidStateError):  # it was cancelled meanwhile
            if done.cancelled():
                outer.set_exception(self._why(None))
            elif (error := done.exception()) is not None:
                outer.set_exception(error if isinstance(error, HarnessError) else self._why(error))
            elif not isinstance(answer := done.result(), JobAnswer) or answer.number != number:
                outer.set_exception(self._why(TypeError("what came back is not what this task has given")))
            elif answer.error is not None:
                outer.set_exception(answer.error)
            else:
                outer.set_result(answer.value)


def _lost(error: BaseException | None) -> HarnessError:
    said = "it was cancelled" if error is None else told(error)
    return ExecutorUnavailable(
        f"the executor did not run a task: {said}; what is finished is kept, and the same command goes on from there"
    )


_numbers = itertools.count()


@dataclass
class _Own(threading.local):
    """The process that a thread of a worker has, the run that it is of, and what ends it."""

    run: str = ""
    pool: IsolatedPool | None = None
    end: Callable[[], object] | None = None


_own = _Own()


def perform(job: Job) -> JobAnswer:
    """Do *job* in the isolated process of this thread; runs on a worker. What goes wrong is in the answer."""
    if job.versions != versions():
        theirs, ours = job.versions.beside(versions())
        error = ExecutorUnavailable(f"a worker has {theirs}, and this is {ours}; install the same there")
        return JobAnswer(job.number, error=error)
    _may_have_children()
    if _own.run != job.run or _own.pool is None:
        if _own.end is not None:
            _own.end()
        _own.run, _own.pool = job.run, IsolatedPool(1, job.limit, job.call_limit)
        _own.end = _ended_with_this_process(_own.pool)
    try:
        task = _own.pool.submit(_Finding(job.path, job.function), *job.args, **job.kwargs)
        return JobAnswer(job.number, value=task.result())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return JobAnswer(job.number, error=error)


class _Finding:
    """A *function* that is called where modules are found in *path* too, if that is on this machine."""

    def __init__(self, path: tuple[str, ...], function: Callable[..., Any]) -> None:
        self.path, self.function = path, function
        self.__qualname__ = function.__qualname__  # by which a task that ends its process is told

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        sys.path += [place for place in self.path if place not in sys.path]
        return self.function(*args, **kwargs)


def _ended_with_this_process(pool: IsolatedPool) -> Callable[[], object]:
    """
    Return what kills *pool*, which is also called when this process ends, if multiprocessing has started it.

    Such a process waits for its children when it ends, before anything else would end these.
    """
    return pool.kill if process.parent_process() is None else util.Finalize(None, pool.kill, exitpriority=1)


def _may_have_children() -> None:
    """
    Let this process start others.

    Dask starts workers as daemons, which multiprocessing forbids to have children, lest they stay when it ends. Ours do
    not (`harness.runtime.orphans`).
    """
    process.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
