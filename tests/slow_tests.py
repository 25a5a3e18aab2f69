"""
Which tests are slow: those that took more than LIMIT seconds of processor time when they were last measured.

Their ids are in slow_tests.txt, and each gets the mark `slow`, so that the default suite stays short. To measure again:

    python -m pytest -n 2 -m "not codec" --measure-slow

Processor time is that of the test's process and of the processes that it has waited for; other work on the machine
hardly changes it.
"""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

LIMIT = 3.0  # s
LIST = Path(__file__).with_suffix(".txt")
MEASURED = "processor_time"


def slow_tests() -> set[str]:
    """Return the ids of the tests that are known to be slow."""
    return set(LIST.read_text(encoding="utf-8").splitlines())


def mark(items: list[pytest.Item]) -> None:
    """Mark those of *items* that are known to be slow."""
    slow = slow_tests()
    for item in items:
        if item.nodeid in slow:
            item.add_marker(pytest.mark.slow)


class Measuring:
    """A plugin that measures every test, in each worker, and writes the list of slow ones in the main process."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        item.stash[_BEGUN] = _used()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            return (yield)
        finally:
            item.user_properties.append((MEASURED, round(_used() - item.stash[_BEGUN], 2)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.seconds[report.nodeid] = float(str(dict(report.user_properties)[MEASURED]))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput"):  # the main process
            slow = {test for test, seconds in self.seconds.items() if seconds > LIMIT}
            known = slow_tests() - self.seconds.keys()  # of those that were not measured now
            LIST.write_text("".join(f"{test}\n" for test in sorted(slow | known)), encoding="utf-8")


_BEGUN = pytest.StashKey[float]()


def _used() -> float:
    own, of_others = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + of_others.ru_utime + of_others.ru_stime
