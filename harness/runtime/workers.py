"""What work is done in: worker processes, and the store of what was computed before."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from harness.runtime.pool import IsolatedPool
from harness.runtime.resources import cache_folder
from harness.runtime.store import Store

Progress = Callable[[int, int], None]  # tasks finished, of how many


@dataclass(frozen=True)
class Workers:
    """*pool* has *jobs* worker processes; *store* keeps results by content."""

    jobs: int
    pool: IsolatedPool
    store: Store


@contextmanager
def opened(jobs: int, limit: float | None = None, call_limit: float | None = None) -> Iterator[Workers]:
    """Yield *jobs* workers, with *limit* seconds for a task and *call_limit* for a call; end them on the way out."""
    with IsolatedPool(jobs, limit, call_limit) as pool, closing(Store(cache_folder() / "results")) as store:
        yield Workers(jobs, pool, store)
