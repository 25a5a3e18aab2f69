"""
The workers of a Dask cluster (https://distributed.dask.org): `dask` extra.

A worker that is lost has its tasks done by others; a task with which several workers were lost (Dask's
`allowed-failures`, three more than the first) fails as one whose process died.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.errors import ExecutorUnavailable, HarnessError, MissingExtra
from harness.runtime.elsewhere import Job, JobAnswer, WorkerVersions, perform, versions
from harness.runtime.pool import WorkerDied
from harness.runtime.text import told

CONNECT = 10.0  # s until a scheduler has answered
FIRST_WORKER = 30.0  # s until it has a worker
ASKED_AGAIN = 10  # times, while workers are lost
KEPT = "what is finished is kept, and the same command goes on from there"


@dataclass(frozen=True)
class Cluster:
    """A connected cluster with *jobs* threads; *address* is as it was given."""

    address: str
    client: Any
    jobs: int

    def hand_over(self, job: Job) -> "Future[JobAnswer]":
        """Submit *job*; raise `ExecutorUnavailable` if no worker offers the resources that it needs."""
        if job.resources:
            self._check_offered(job.resources)
        executor = self.client.get_executor(pure=False, resources=job.resources or None)
        future: Future[JobAnswer] = executor.submit(perform, job)
        return future

    def why(self, error: BaseException | None) -> HarnessError:
        """Return what an error of Dask means: workers that died with a task, or a cluster that is gone."""
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkerDied("was lost with several workers of the cluster one after the other", "the task")
        said = "it was cancelled, as when the scheduler is gone" if error is None else told(error)
        return ExecutorUnavailable(f"dask:{self.address}: a task was not run: {said}; {KEPT}")

    def _check_offered(self, wanted: dict[str, float]) -> None:
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        if not any(
            all(worker["resources"].get(name, 0) >= least for name, least in wanted.items()) for worker in workers
        ):
            names = ", ".join(f"{name}={least:g}" for name, least in wanted.items())
            raise ExecutorUnavailable(
                f"dask:{self.address}: no worker offers {names}, which a codec needs; start one with "
                f"dask worker {self.address} --resources '{names}'"
            )


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """
    Connect to the scheduler at *address*; let it go on the way out.

    Raises `MissingExtra` without distributed, and `ExecutorUnavailable` if there is no scheduler, it has no workers, or
    they have other versions of the harness or of Python.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtra("the executor dask needs distributed; pip install 'codec-harness[dask]'") from None
    _quieten()
    connect: Any = Client  # untyped
    try:
        client: Any = connect(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:  # noqa: BLE001 - a wrong address, no network, no scheduler: each has its own
        raise ExecutorUnavailable(
            f"dask:{address}: no scheduler answered within {CONNECT:g} s ({told(error)}); start one with dask "
            "scheduler, and name its address, such as dask:tcp://host:8786"
        ) from None
    try:
        yield Cluster(address, client, _checked(address, client))
    finally:
        client.close(timeout=2)


def _quieten() -> None:
    """Keep off standard error what Dask logs in this process: what matters of it is in the errors that are raised."""
    for name in [name for name in logging.Logger.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        for handler in logging.getLogger(name).handlers:
            handler.setLevel(logging.CRITICAL)


def _versions(client: Any) -> dict[str, Any]:
    """
    Return what each worker has, or the error with which it answers.

    A worker that is lost while it is asked is not one that cannot be used: those that are there then are asked again.
    """
    for _ in range(ASKED_AGAIN):
        found: dict[str, Any] = client.run(versions, on_error="return")
        if not any(isinstance(theirs, OSError) for theirs in found.values()):  # of the connection
            break
        time.sleep(1.0)
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    return found


def _checked(address: str, client: Any) -> int:
    """Return how many threads the workers have together; raise `ExecutorUnavailable` if they cannot be used."""
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except Exception:  # noqa: BLE001
        raise ExecutorUnavailable(
            f"dask:{address}: the scheduler had no worker for {FIRST_WORKER:g} s; start some with dask worker {address}"
        ) from None
    try:
        found = _versions(client)
    except Exception as error:  # noqa: BLE001
        raise ExecutorUnavailable(f"dask:{address}: the workers do not answer: {told(error)}") from None
    for worker, theirs in found.items():
        if isinstance(theirs, BaseException):
            raise ExecutorUnavailable(
                f"dask:{address}: the worker {worker} cannot run codec-harness ({told(theirs)}); "
                f"install {versions()} there"
            )
        if tuple(theirs) != tuple(versions()):
            has, wanted = versions().beside(WorkerVersions(*theirs))
            raise ExecutorUnavailable(
                f"dask:{address}: the worker {worker} has {has}, and this is {wanted}; install the same there"
            )
    return sum(client.nthreads().values())
