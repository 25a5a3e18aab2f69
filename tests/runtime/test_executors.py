"""Executors by name, and names that are none."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import ExecutorUnavailable, UsageInvalid
from harness.runtime import executors
from harness.runtime.pool import IsolatedPool

made: list[int] = []


def two_threads():
    return ThreadPoolExecutor(2)


def as_many(jobs):
    made.append(jobs)
    return ThreadPoolExecutor(jobs)


def nothing():
    return None


def raising():
    raise RuntimeError("no queue")


def exiting():
    raise SystemExit(3)


class Stuck(ThreadPoolExecutor):
    def __init__(self):
        super().__init__(1)

    def shutdown(self, wait=True, *, cancel_futures=False):
        super().shutdown(wait, cancel_futures=cancel_futures)
        raise OSError("still busy")


def test_local_is_the_pool_of_this_machine():
    with executors.opened("local", 2, None, None) as (pool, jobs):
        assert isinstance(pool, IsolatedPool)
        assert jobs == 2


@pytest.mark.parametrize("factory", ["two_threads", "as_many"])
def test_a_factory_of_others(factory):
    with executors.opened(f"{__name__}:{factory}", 3, None, None) as (pool, jobs):
        assert pool.submit(max, 1, 2).result() == 2
        assert jobs == 3
    assert not made or made == [3]


def test_what_was_computed_stands_though_the_executor_cannot_let_go():
    with (
        pytest.warns(UserWarning, match="shutting it down raised OSError: still busy"),
        executors.opened(f"{__name__}:Stuck", 1, None, None) as (pool, _),
    ):
        assert pool.submit(max, 1, 2).result() == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cloud", "got 'cloud', wanted one of local, dask:ADDRESS, MODULE:FACTORY"),
        ("no_such_module:make", "importing it raised ModuleNotFoundError"),
        (f"{__name__}:missing", "importing it raised AttributeError"),
        (f"{__name__}:made", "is not callable"),
        (f"{__name__}:nothing", "made a NoneType, wanted a concurrent.futures.Executor"),
        (f"{__name__}:raising", "making it raised RuntimeError: no queue"),
        (f"{__name__}:exiting", "making it raised SystemExit: 3"),
    ],
)
def test_what_is_no_executor_is_refused(name, said):
    with pytest.raises(UsageInvalid, match=said), executors.opened(name, 1, None, None):
        pass


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch):
    from harness.runtime import dask_cluster

    monkeypatch.setattr(dask_cluster, "CONNECT", 0.5)
    with (
        pytest.raises(
            ExecutorUnavailable, match=r"dask:tcp://127.0.0.1:9: no scheduler answered within 0.5 s"
        ) as error,
        executors.opened("dask:tcp://127.0.0.1:9", 1, None, None),
    ):
        pass
    assert "\n" not in str(error.value)
