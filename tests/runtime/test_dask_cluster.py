"""The workers of a Dask cluster: what they must offer and have, and what their errors mean."""

import concurrent.futures
import time
from typing import Any

import pytest

from harness.errors import ExecutorUnavailable
from harness.runtime import dask_cluster
from harness.runtime.dask_cluster import ASKED_AGAIN, KEPT, Cluster
from harness.runtime.elsewhere import Job, WorkerVersions, versions
from harness.runtime.pool import WorkerDied

ADDRESS = "tcp://host:8786"


class Client:
    """A connected client of workers by name, each with what it *answers* and the resources that it *offers*."""

    def __init__(self, *answers: Any, offers: tuple[dict[str, float], ...] = ({},), lost: int = 0) -> None:
        self.answers, self.offers, self.lost = answers, offers, lost
        self.asked, self.submitted = 0, list[Any]()

    def run(self, _function: Any, on_error: str) -> dict[str, Any]:
        assert on_error == "return"
        self.asked += 1
        answers = [OSError("connection lost")] if self.asked <= self.lost else self.answers
        return {f"tcp://worker-{n}": answer for n, answer in enumerate(answers)}

    def wait_for_workers(self, count: int, timeout: float) -> None:
        assert count == 1
        if not self.answers:
            raise TimeoutError(timeout)

    def nthreads(self) -> dict[str, int]:
        return {f"tcp://worker-{n}": 2 for n, _ in enumerate(self.answers)}

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        assert n_workers == -1  # all, where the default is the first few
        return {"workers": {str(n): {"resources": offered} for n, offered in enumerate(self.offers)}}

    def get_executor(self, **options: Any) -> Any:
        self.submitted.append(options)
        return self

    def submit(self, *_: Any) -> concurrent.futures.Future[Any]:
        return concurrent.futures.Future()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def job(resources: dict[str, float]) -> Job:
    return Job(max, (1, 2), {}, "run", 0, None, None, versions(), (), resources)


@pytest.mark.parametrize(
    ("offers", "wanted", "enough"),
    [
        (({},), {}, True),
        (({"GPU": 1},), {"GPU": 1}, True),
        (({}, {"GPU": 2}), {"GPU": 1}, True),
        (({"GPU": 0.5},), {"GPU": 1}, False),
        (({"GPU": 1}, {"RAM": 9}), {"GPU": 1, "RAM": 9}, False),  # one worker must offer all of it
        ((), {"GPU": 1}, False),
    ],
)
def test_a_task_waits_for_no_worker_that_there_is_not(
    offers: tuple[dict[str, float], ...], wanted: dict[str, float], enough: bool
) -> None:
    client = Client(offers=offers)
    cluster = Cluster(ADDRESS, client, 1)
    if enough:
        cluster.hand_over(job(wanted))
        assert client.submitted == [{"pure": False, "resources": wanted or None}]
    else:
        with pytest.raises(ExecutorUnavailable, match="no worker offers GPU=1"):
            cluster.hand_over(job(wanted))
        assert client.submitted == []


def test_workers_with_the_same_versions_give_their_threads() -> None:
    assert dask_cluster._checked(ADDRESS, Client(tuple(versions()), tuple(versions()))) == 4


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((), "the scheduler had no worker for 30 s; start some with dask worker tcp://host:8786"),
        ((tuple(versions()), ModuleNotFoundError("No module named harness")), "worker-1 cannot run codec-harness"),
        ((tuple(WorkerVersions("0.0.1", versions().python)),), "worker-0 has codec-harness 0.0.1"),
        ((tuple(versions()._replace(packages=(("numpy", "0.1"),))),), r"worker-0 has .* with \w+"),
    ],
)
def test_workers_that_would_give_other_numbers_are_refused(answers: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ExecutorUnavailable, match=said) as refused:
        dask_cluster._checked(ADDRESS, Client(*answers))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("lost", "jobs"), [(1, 2), (ASKED_AGAIN - 1, 2), (ASKED_AGAIN, None)])
def test_a_worker_that_is_lost_while_it_is_asked_is_asked_again(lost: int, jobs: int | None) -> None:
    client = Client(tuple(versions()), lost=lost)
    if jobs is None:
        with pytest.raises(ExecutorUnavailable, match="connection lost"):
            dask_cluster._checked(ADDRESS, client)
    else:
        assert dask_cluster._checked(ADDRESS, client) == jobs
    assert client.asked == min(lost + 1, ASKED_AGAIN)


def test_errors_of_dask_say_whether_the_task_or_the_cluster_is_at_fault() -> None:
    scheduler = pytest.importorskip("distributed.scheduler", reason="needs the extra codec-harness[dask]")
    cluster = Cluster(ADDRESS, None, 1)
    killed = cluster.why(scheduler.KilledWorker("task", None, 4))
    assert isinstance(killed, WorkerDied)
    for error, said in ((None, "it was cancelled, as when the scheduler is gone"), (OSError("gone"), "OSError: gone")):
        found = cluster.why(error)
        assert isinstance(found, ExecutorUnavailable)
        assert str(found) == f"dask:{ADDRESS}: a task was not run: {said}; {KEPT}"
