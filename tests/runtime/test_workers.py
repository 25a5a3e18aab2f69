"""Where work is done and kept: the store of this user, one behind it if it is named, and both let go at the end."""

import pytest

from harness.errors import HarnessError, UsageInvalid
from harness.runtime import executors, workers
from harness.runtime.store import Store
from harness.runtime.workers import READ_ONLY_VARIABLE, STORE_VARIABLE, Workplace, opened, results_store

URL = "http://127.0.0.1:1/store"


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    for name in (STORE_VARIABLE, READ_ONLY_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path))


@pytest.mark.parametrize("named", [None, ""])
def test_no_store_is_shared_that_nobody_names(named, monkeypatch):
    assert Workplace(store=named).remote() is None
    monkeypatch.setenv(STORE_VARIABLE, "")
    assert Workplace(store=named).remote() is None


def test_what_cannot_be_a_store_is_refused_before_any_process_starts(monkeypatch):
    monkeypatch.setattr(executors, "opened", lambda *_: pytest.fail("started"))
    with pytest.raises(HarnessError), opened(1, place=Workplace(store="no such thing")):
        pass


def test_results_are_kept_for_the_next_time(tmp_path):
    with opened(1) as found:
        assert found.jobs == 1
        found.store.put("name", "kept")
    assert any((tmp_path / "results").rglob("*"))
    assert results_store().get("name", str) == "kept"


@pytest.fixture
def closed(monkeypatch):
    """Return the stores that are closed."""
    found = []

    class Noting(Store):
        def close(self):
            found.append(self)
            super().close()

    monkeypatch.setattr(workers, "Store", Noting)
    return found


def test_an_error_within_ends_the_workers_and_the_store(closed):
    with pytest.raises(ZeroDivisionError), opened(1) as found:
        raise ZeroDivisionError
    assert closed == [found.store]
    with pytest.raises(Exception, match=r"stopped|shut"):
        found.pool.submit(int).result(30)


def test_an_executor_that_is_none_leaves_no_store_open(closed):
    with pytest.raises(HarnessError), opened(1, place=Workplace(executor="no-such-executor")):
        pass
    assert len(closed) == 1


@pytest.mark.parametrize("jobs", [0, -1, 1.5, "2", True])
def test_jobs_that_are_no_count_are_refused(jobs):
    with pytest.raises(UsageInvalid, match=r"jobs: got .*, wanted a whole number of worker processes"), opened(jobs):
        pytest.fail("opened")
