"""
Executors by name: what runs the tasks of a run. Whatever it is, a task runs in a process of its own that may die.

`local` is worker processes of this machine, `dask:ADDRESS` the workers of a Dask cluster, `MODULE:FACTORY` any other:
FACTORY is called without arguments, or with the number of jobs if it takes one, and returns a
`concurrent.futures.Executor`. A package may give its factory a short name in the entry-point group
`codec_harness.executors`.
"""

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from importlib.metadata import entry_points
from typing import Any

from harness.errors import UsageInvalid
from harness.runtime.elsewhere import Elsewhere, perform
from harness.runtime.pool import IsolatedPool
from harness.runtime.text import told

LOCAL = "local"
DASK = "dask:"
ENTRY_POINTS = "codec_harness.executors"


@contextmanager
def opened(
    name: str, jobs: int, limit: float | None, call_limit: float | None
) -> Iterator[tuple[IsolatedPool | Elsewhere, int]]:
    """
    Yield the executor called *name*, and how many tasks it runs at a time; shut it down on the way out.

    jobs : processes on this machine; limit, call_limit : as of `harness.runtime.pool.IsolatedPool`
    Raises `UsageInvalid` if there is none of that name, and a `HarnessError` if it cannot be reached.
    """
    if name == LOCAL:
        with IsolatedPool(jobs, limit, call_limit) as pool:
            yield pool, jobs
    elif name.startswith(DASK):
        from harness.runtime.dask_cluster import cluster

        with cluster(name.removeprefix(DASK)) as found:
            yield Elsewhere(found.hand_over, limit, call_limit, found.why), found.jobs
    else:
        executor = _made(name, jobs)
        try:
            yield Elsewhere(lambda job: executor.submit(perform, job), limit, call_limit), jobs
        except BaseException:
            _shut_down(name, lambda: executor.shutdown(wait=False, cancel_futures=True))
            raise
        _shut_down(name, executor.shutdown)


def _shut_down(name: str, call: Callable[[], None]) -> None:
    """Have an executor of others let go; how that goes does not change what was computed."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        with suppress(UserWarning):  # raised where warnings are errors
            warnings.warn(f"executor {name!r}: shutting it down raised {told(error)}", stacklevel=2)


def _made(name: str, jobs: int) -> Executor:
    factory = _factory(name)
    try:
        takes_jobs = bool(inspect.signature(factory).parameters)
        executor: Any = factory(jobs) if takes_jobs else factory()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is somebody else's code
        raise UsageInvalid(f"executor {name!r}: making it raised {told(error)}") from None
    if not isinstance(executor, Executor):
        raise UsageInvalid(f"executor {name!r}: made a {type(executor).__name__}, wanted a concurrent.futures.Executor")
    return executor


def _factory(name: str) -> Callable[..., Any]:
    known = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    module, colon, attribute = known.get(name, name).partition(":")
    if not colon:
        names = ", ".join(["local", "dask:ADDRESS", "MODULE:FACTORY", *sorted(known)])
        raise UsageInvalid(f"executor: got {name!r}, wanted one of {names}")
    try:
        factory: Any = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        raise UsageInvalid(f"executor {name!r}: importing it raised {told(error)}") from None
    if not callable(factory):
        raise UsageInvalid(f"executor {name!r}: is not callable; wanted a function that returns an Executor")
    made: Callable[..., Any] = factory
    return made
