"""
Tasks that wait for worker processes, and which of them each process takes.

For its first task of a kind a process loads what that needs: a recogniser and PyTorch take 1 to 3 s of processor time,
in each process that hears words. So a process takes first what none has run yet, then what it has run itself, the kinds
first that fewest processes run, and only then what others run. That it leaves to them where loading would take it
longer than they need for all that waits of that kind. Within these, the oldest first.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Task:
    """
    A call whose outcome *future* gets; tasks of one *kind* need the same things loaded.

    fresh : seconds for one call of a codec, of a task that wants a process of its own; None for all others
    """

    kind: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    fresh: float | None = None
    future: Future[Any] = field(default_factory=Future)


@dataclass(eq=False)
class _Taken:
    """How long tasks of one kind took, in seconds and number: the first of each process, and those after it."""

    seconds: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})  # by whether they were first
    count: Counter[bool] = field(default_factory=Counter)

    def is_left(self, waiting: int) -> bool:
        """Tell whether a process that would have to load leaves so many tasks to one that has, as far as is known."""
        if not self.count[True] or not self.count[False]:
            return False
        first, later = (self.seconds[is_first] / self.count[is_first] for is_first in (True, False))
        return waiting * later < first - later


class TaskQueue:
    """What waits, for threads that each drive one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Task] = []
        self._runs: dict[int, set[str]] = {}  # by thread, the kinds that its process has run
        self._busy: set[int] = set()
        self._taken: defaultdict[str, _Taken] = defaultdict(_Taken)

    def put(self, task: Task) -> None:
        """Let *task* wait."""
        with self._lock:
            self._waiting.append(task)

    def work(self, run: Callable[[Task], Any]) -> None:
        """Have *run* make all tasks for this thread's process, one by one, until none is left for it."""
        while (taken := self._take()) is not None:
            task, is_first = taken
            if not task.future.set_running_or_notify_cancel():
                continue
            began = time.monotonic()
            try:
                result = run(task)
            except BaseException as error:  # noqa: BLE001 - whoever asked for the task gets it
                task.future.set_exception(error)
            else:
                self._took(task, time.monotonic() - began, is_first=is_first)
                task.future.set_result(result)
            del task, taken  # what was handed over is not held while this thread waits

    def _take(self) -> tuple[Task, bool] | None:
        """Return a task for this thread's process, and whether it is its first of the kind; None if none is for it."""
        me = threading.get_ident()
        with self._lock:
            self._busy.discard(me)
            own = self._runs.setdefault(me, set())
            task = self._choice(own)
            if task is None:
                return None
            self._waiting.remove(task)
            self._busy.add(me)
            is_first = task.kind not in own
            if not task.future.cancelled() and task.fresh is None:
                own.add(task.kind)
            return task, is_first

    def _took(self, task: Task, seconds: float, *, is_first: bool) -> None:
        with self._lock:
            taken = self._taken[task.kind]
            taken.seconds[is_first] += seconds
            taken.count[is_first] += 1

    def forget(self) -> None:
        """Say that the process of this thread is gone, and all that it had loaded."""
        with self._lock:
            self._runs.pop(threading.get_ident(), None)

    def cancel(self) -> None:
        """Cancel all that waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for task in waiting:
            task.future.cancel()
            task.future.set_running_or_notify_cancel()

    def _choice(self, own: set[str]) -> Task | None:
        gone = next((task for task in self._waiting if task.future.cancelled()), None)
        if gone is not None:
            return gone  # whoever waits for it is told so
        kinds = Counter(task.kind for task in self._waiting)
        run_by = {kind: [thread for thread, known in self._runs.items() if kind in known] for kind in kinds}

        def order(kind: str) -> tuple[bool, bool, int]:
            return bool(run_by[kind]), kind not in own, len(run_by[kind])

        def is_left(kind: str) -> bool:
            alive = any(thread in self._busy for thread in run_by[kind])  # it will ask again when it is done
            return kind not in own and alive and self._taken[kind].is_left(kinds[kind])

        orders = {kind: order(kind) for kind in kinds if not is_left(kind)}
        wanted = (task for task in self._waiting if task.kind in orders)
        return min(wanted, key=lambda task: orders[task.kind], default=None)
