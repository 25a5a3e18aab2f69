"""The notes that a worker leaves of the calls it is in, and what their reader makes of them."""

import os
import tempfile
import time

import pytest
from planted.tasks import called, called_within, crash_in_a_call, hang_in_a_call, spin_with_the_lock

from harness.runtime import calls
from harness.runtime.calls import CallPlace, Watch
from harness.runtime.pool import IsolatedPool, TookTooLong, WorkerDied


def test_a_call_that_hangs_is_named_and_the_next_task_runs():
    with IsolatedPool(1, call_limit=0.5) as pool:
        hanging, after = pool.submit(hang_in_a_call, "one", "decode of frame 12"), pool.submit(called, 21)
        with pytest.raises(TookTooLong, match=r"did not return from decode of frame 12 within 0\.5 s") as caught:
            hanging.result(60)
        assert caught.value.place == CallPlace("one", "decode of frame 12")
        assert after.result(60) == 42


def test_so_is_one_that_holds_the_interpreters_lock():
    with IsolatedPool(1, call_limit=0.5) as pool, pytest.raises(TookTooLong, match="did not return from a library"):
        pool.submit(spin_with_the_lock).result(60)


def test_the_call_in_which_a_process_ends_is_named():
    with IsolatedPool(1) as pool:
        with pytest.raises(WorkerDied, match=r"ended its worker process \(EXIT\(9\)\) in reset$") as caught:
            pool.submit(crash_in_a_call, "two", "reset").result(60)
        assert caught.value.place == CallPlace("two", "reset")


def test_many_short_calls_are_no_long_one():
    with IsolatedPool(1, call_limit=1.0) as pool:
        assert pool.submit(called_within, 2.5).result(60) > 10


def test_a_task_limit_names_the_call_too():
    with IsolatedPool(1, limit=1.0) as pool:
        pool.submit(called, 21).result(60)  # what it takes to begin a task is the task's time
        with pytest.raises(TookTooLong, match=r"was stopped after 1 s without an answer in encode$"):
            pool.submit(hang_in_a_call, "", "encode").result(60)


def test_a_worker_hands_its_own_limit_on():
    assert calls.usual_limit() == calls.LIMIT
    with IsolatedPool(1, call_limit=7.0) as pool:
        assert pool.submit(calls.usual_limit).result(60) == 7.0


def test_without_files_in_memory_a_temporary_file_does_the_same_and_goes(monkeypatch, tmp_path):
    monkeypatch.setattr(calls, "_IN_MEMORY", False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with IsolatedPool(1, call_limit=0.5) as pool:
        with pytest.raises(TookTooLong, match=r"did not return from decode of frame 12 within 0\.5 s") as caught:
            pool.submit(hang_in_a_call, "one", "decode of frame 12").result(60)
        assert caught.value.place == CallPlace("one", "decode of frame 12")
    assert not list(tmp_path.glob("codec-harness-calls-*"))


def test_a_reader_that_was_stopped_counts_no_time(monkeypatch):
    watch = Watch(limit=10.0)
    watch.forget_path()
    began = time.monotonic()
    assert watch._page is not None
    watch._page[0] = 1  # a call is on, and stays on
    seen = []
    for passed in (1.0, 1_000.0, *(1_000.0 + 2 * second for second in range(1, 8))):  # the second look comes late
        monkeypatch.setattr(time, "monotonic", lambda passed=passed: began + passed)
        seen.append(watch.overdue())
    assert seen == [False] * 5 + [True] * 4


def test_nothing_is_noted_where_nobody_reads_it():
    assert calls.noted("a call", os.getpid) == os.getpid()
