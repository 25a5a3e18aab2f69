"""Which of the tasks that wait a process takes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import pytest

from harness.runtime import task_queue
from harness.runtime.task_queue import Task, TaskQueue


def task(kind: str, function: Callable[[], object] = str) -> Task:
    return Task(kind, function, (), {})


class Driver:
    """A thread that works when it is told to, and says what it ran."""

    def __init__(self, queue: TaskQueue) -> None:
        self.queue, self.ran = queue, list[str]()

    def work(self) -> list[str]:
        """Work in a thread of its own each time: what a process has run is known by its thread, so keep one alive."""
        self._wanted.set()
        assert self._done.wait(60)
        self._done.clear()
        return self.ran

    def __enter__(self) -> "Driver":
        self._wanted, self._done, self._ended = threading.Event(), threading.Event(), False
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._wanted.set()
        self._thread.join(60)

    def _loop(self) -> None:
        while self._wanted.wait() and not self._ended:
            self._wanted.clear()
            self.ran = []
            self.queue.work(self._run)
            self._done.set()

    def _run(self, one: Task) -> object:
        self.ran.append(one.kind)
        return one.function()


class Clock:
    """What the queue takes for the time: it passes when a task says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(task_queue, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


@contextmanager
def busy(queue: TaskQueue, driver: Driver, kind: str) -> Iterator[None]:
    """Have *driver* be in a task of the *kind* while the block runs, and then do what is left."""
    entered, go = threading.Event(), threading.Event()

    def held() -> None:
        entered.set()
        assert go.wait(60)

    queue.put(task(kind, held))
    working = threading.Thread(target=driver.work)
    working.start()
    assert entered.wait(60)
    yield
    go.set()
    working.join(60)


@pytest.fixture
def drivers():
    queue = TaskQueue()
    with Driver(queue) as one, Driver(queue) as other:
        yield queue, one, other


def put(queue: TaskQueue, *kinds: str) -> list[Task]:
    tasks = [task(kind) for kind in kinds]
    for one in tasks:
        queue.put(one)
    return tasks


def test_the_oldest_first_of_what_it_has_run(drivers):
    queue, one, _ = drivers
    put(queue, "trace", "hear")
    assert one.work() == ["trace", "hear"]
    put(queue, "hear", "trace", "hear")
    assert one.work() == ["hear", "trace", "hear"]


def test_what_none_has_run_comes_first_and_what_only_others_run_last(drivers):
    queue, one, other = drivers
    put(queue, "hear")
    one.work()
    put(queue, "score")
    other.work()
    put(queue, "hear", "score", "trace", "score")
    assert other.work() == ["trace", "score", "score", "hear"]


def test_the_kinds_first_that_fewest_run(drivers):
    queue, one, other = drivers
    put(queue, "score", "hear")
    one.work()
    put(queue, "score")
    other.work()
    put(queue, "score", "hear", "score", "hear")
    assert one.work() == ["hear", "hear", "score", "score"]


def test_what_would_take_longer_to_load_than_to_wait_for_is_left_to_who_is_busy(drivers, clock):
    queue, one, other = drivers
    queue.put(task("hear", lambda: clock.passes(0.3)))  # loads
    put(queue, "hear", "hear")  # takes no time
    one.work()
    with busy(queue, one, "hear"):
        (left,) = put(queue, "hear")
        assert other.work() == []
    assert left.future.result(10) == ""
    assert one.ran == ["hear", "hear"]


def test_what_takes_long_is_taken_though_it_must_be_loaded(drivers, clock):
    queue, one, other = drivers
    for seconds in (0.19, 0.1, 0.1):
        queue.put(task("hear", partial(clock.passes, seconds)))
    one.work()
    with busy(queue, one, "hear"):
        put(queue, "hear")
        assert other.work() == ["hear"]


def test_nothing_is_left_to_a_process_that_is_idle_or_gone(drivers, clock):
    queue, one, other = drivers
    queue.put(task("hear", lambda: clock.passes(0.3)))
    put(queue, "hear", "hear")
    one.work()
    put(queue, "hear")
    assert other.work() == ["hear"]


def test_a_process_that_is_gone_has_loaded_nothing(drivers):
    queue, one, other = drivers
    queue.put(task("hear", queue.forget))
    one.work()
    put(queue, "score")
    other.work()
    put(queue, "score", "hear")
    assert one.work() == ["hear", "score"]  # nobody runs "hear", so it comes before what the other runs


def test_an_error_goes_to_who_asked_and_the_next_task_runs(drivers):
    queue, one, _ = drivers

    def fail() -> None:
        raise KeyError("mine")

    failing = task("fail", fail)
    queue.put(failing)
    (after,) = put(queue, "score")
    one.work()
    assert isinstance(failing.future.exception(10), KeyError)
    assert after.future.result(10) == ""


def test_what_was_cancelled_is_not_run_and_is_told(drivers):
    queue, one, _ = drivers
    first, second = put(queue, "score", "score")
    first.future.cancel()
    assert one.work() == ["score"]
    assert first.future.cancelled()
    assert second.future.done()
    third, fourth = put(queue, "score", "score")
    queue.cancel()
    assert one.work() == []
    assert third.future.cancelled()
    assert fourth.future.cancelled()
