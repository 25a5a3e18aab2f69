"""How far a command is: a bar on a terminal, plain lines where standard error goes elsewhere."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from harness.report.terminal import console
from harness.runtime import output
from harness.runtime.text import printable
from harness.runtime.workers import Progress as Report

EVERY = 10.0  # seconds between plain lines


@contextmanager
def progress_bar(what: str) -> Iterator[Report]:
    """Yield a function that takes what is done and the total, and shows both with the time left."""
    errors = console(stderr=True)
    if not errors.is_terminal:
        with _plain_lines(what) as report:
            yield report
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(escape(printable(what)), total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


@contextmanager
def _plain_lines(what: str) -> Iterator[Report]:
    """As `progress_bar`, as a line on standard error every `EVERY` seconds, also while nothing gets done."""
    lines, over = PlainLines(what), threading.Event()

    def tell() -> None:
        while not over.wait(EVERY):
            output.complain(lines.line())

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield lines.report
    finally:
        over.set()
        teller.join()


class PlainLines:
    """
    What plain lines say of the work called *what*: done, total, time so far and, once it can be told, the time left.

    The time left is judged by what was done after the first report: what is read back at the start takes no time.
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock, self._began = what, clock, clock()
        self._first: tuple[int, float] | None = None  # done, and when
        self._done, self._total = 0, 0

    def report(self, done: int, total: int) -> None:
        """Take what is *done* of the *total*."""
        self._first = self._first or (done, self._clock())
        self._done, self._total = done, total

    def line(self) -> str:
        """Return how far it is."""
        now = self._clock()
        told = f"{self._what}: " + (f"{self._done} of {self._total}" if self._first else "getting ready")
        return f"{told}, {_duration(now - self._began)} so far{self._left(now)}"

    def _left(self, now: float) -> str:
        if self._done and self._done == self._total:
            return ", finishing"
        if self._first is None or self._done <= self._first[0]:
            return ""
        pace = (now - self._first[1]) / (self._done - self._first[0])
        return f", about {_duration(pace * (self._total - self._done))} left"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60:02d} s"
