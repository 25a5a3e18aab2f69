"""What work is done in: an executor of worker processes, here or elsewhere, and the store of earlier results."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from harness.errors import UsageInvalid
from harness.runtime import executors
from harness.runtime.elsewhere import Elsewhere
from harness.runtime.pool import IsolatedPool, cores
from harness.runtime.remote import Remote
from harness.runtime.resources import cache_folder
from harness.runtime.store import Store

STORE_VARIABLE = "CODEC_HARNESS_STORE"
READ_ONLY_VARIABLE = "CODEC_HARNESS_STORE_READ_ONLY"

Progress = Callable[[int, int], None]  # tasks finished, of how many


@dataclass(frozen=True)
class Workplace:
    """
    Where work is done and kept.

    executor : "local", or what `harness.runtime.executors` knows
    store : URL of a store shared with others; that in CODEC_HARNESS_STORE if None, and none if there is none
    read_only : nothing is written to that store; so it is where CODEC_HARNESS_STORE_READ_ONLY is set
    """

    executor: str = executors.LOCAL
    store: str | None = None
    read_only: bool = False

    def remote(self) -> Remote | None:
        """Open the shared store; None if none is named. Raises a `HarnessError` if it cannot be one."""
        url = self.store or os.environ.get(STORE_VARIABLE)
        return Remote(url, read_only=self.read_only or bool(os.environ.get(READ_ONLY_VARIABLE))) if url else None


HERE = Workplace()


@dataclass(frozen=True)
class Workers:
    """*pool* runs *jobs* tasks at a time, each in a process that may die; *store* keeps results by content."""

    jobs: int
    pool: IsolatedPool | Elsewhere
    store: Store


def results_store(remote: Remote | None = None) -> Store:
    """Return the store of this user, with the *remote* one behind it."""
    return Store(cache_folder() / "results", remote=remote)


@contextmanager
def opened(
    jobs: int | None = None, limit: float | None = None, call_limit: float | None = None, place: Workplace = HERE
) -> Iterator[Workers]:
    """
    Yield *jobs* workers, with *limit* seconds for a task and *call_limit* for a call; end them on the way out.

    There are as many as processor cores if *jobs* is None. Raises `UsageInvalid` if it is no count.
    """
    jobs = cores() if jobs is None else jobs
    if type(jobs) is not int or jobs < 1:
        raise UsageInvalid(f"jobs: got {jobs!r}, wanted a whole number of worker processes, 1 or more")
    with (
        closing(results_store(place.remote())) as store,
        executors.opened(place.executor, jobs, limit, call_limit) as (pool, together),
    ):
        yield Workers(together, pool, store)
