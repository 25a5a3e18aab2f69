import gc
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from planted.tasks import double, fail, grow, hang, leave, leave_politely, segfault, variable

import harness
from harness.codecs.identity import describe
from harness.codecs.spec import CodecSpec
from harness.errors import HarnessError
from harness.runtime.pool import IsolatedPool, WorkerDied


def test_only_the_guilty_task_fails() -> None:
    with IsolatedPool(2) as pool:
        tasks = [pool.submit(double, i) for i in range(4)]
        bad = [pool.submit(segfault), pool.submit(leave)]
        tasks += [pool.submit(double, i) for i in range(4, 8)]
        assert [task.result(60) for task in tasks] == [2 * i for i in range(8)]
        with pytest.raises(WorkerDied, match=r"segfault ended its worker process \(SIGSEGV"):
            bad[0].result(60)
        with pytest.raises(WorkerDied, match=r"leave ended its worker process \(EXIT\(3\)"):
            bad[1].result(60)


def test_a_hanging_task_is_killed_and_the_next_one_runs() -> None:
    with IsolatedPool(1, limit=2.0) as pool:
        hanging, after = pool.submit(hang), pool.submit(double, 21)
        with pytest.raises(WorkerDied, match="stopped after 2 s"):
            hanging.result(60)
        assert after.result(60) == 42


def test_a_tasks_own_exception_reaches_the_caller_and_costs_no_process() -> None:
    with IsolatedPool(1) as pool:
        first = pool.submit(os.getpid).result(60)
        with pytest.raises(KeyError, match="mine"):
            pool.submit(fail).result(60)
        assert pool.submit(os.getpid).result(60) == first != os.getpid()


def test_what_is_wrong_with_what_was_given_comes_without_the_workers_traceback() -> None:
    with IsolatedPool(1) as pool, pytest.raises(HarnessError) as caught:
        pool.submit(describe, CodecSpec(name="mine", adapter="nothing", options={})).result(60)
    assert caught.value.__cause__ is None  # as concurrent.futures keeps it


def test_fresh_tasks_take_turns_with_the_others_in_processes_of_their_own() -> None:
    with IsolatedPool(1) as pool:
        own = pool.submit(os.getpid).result(60)
        fresh = pool.fresh()
        first, second, other = fresh.submit(os.getpid), fresh.submit(os.getpid), pool.submit(os.getpid)
        pids = {first.result(60), second.result(60)}
        assert len(pids | {own, os.getpid()}) == 4
        assert other.result(60) == own  # which kept what it has loaded
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_a_fresh_task_that_ends_its_process_costs_the_others_nothing() -> None:
    with IsolatedPool(1) as pool:
        own = pool.submit(os.getpid).result(60)
        with pytest.raises(WorkerDied, match=r"segfault ended its worker process \(SIGSEGV"):
            pool.fresh().submit(segfault).result(60)
        assert pool.submit(os.getpid).result(60) == own


def test_a_call_in_a_fresh_process_has_a_limit_of_its_own() -> None:
    with IsolatedPool(1, call_limit=30.0) as pool:
        assert pool.fresh(7.0).submit(variable, "CODEC_HARNESS_CALL_LIMIT").result(60) == "7.0"
        assert pool.fresh().submit(variable, "CODEC_HARNESS_CALL_LIMIT").result(60) == "30.0"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted there")
def test_a_pool_that_is_stopped_before_a_task_starts_leaves_no_file_open() -> None:
    def stopped() -> int:
        pool = IsolatedPool(1)
        pool._stopped = True
        with pytest.raises(WorkerDied, match="was stopped before this task could start"):
            pool.submit(double, 1).result(60)
        pool.shutdown()
        gc.collect()  # the error holds what it was raised in
        return len(list(Path("/proc/self/fd").iterdir()))

    stopped()
    assert len({stopped() for _ in range(4)}) == 1


def test_a_process_that_grows_is_kept() -> None:
    pytest.importorskip("psutil", reason="without it loky looks at no memory")
    with IsolatedPool(1) as pool:
        first = pool.submit(os.getpid).result(60)
        for _ in range(2):
            pool.submit(grow, 400).result(60)
            time.sleep(1.1)  # loky looks once a second
        assert [pool.submit(os.getpid).result(60) for _ in range(3)] == [first] * 3


def test_a_task_that_calls_exit_ends_nobody() -> None:
    with IsolatedPool(1) as pool:
        with pytest.raises(WorkerDied, match=r"leave_politely called exit\(3\)"):
            pool.submit(leave_politely).result(60)
        assert pool.submit(double, 21).result(60) == 42


def test_workers_use_one_thread_each_and_more_do_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    with IsolatedPool(1) as pool:
        assert pool.submit(variable, "OMP_NUM_THREADS").result(60) == "1"
        assert pool.submit(variable, "OMP_WAIT_POLICY").result(60) == "PASSIVE"


def interrupted(futures: list) -> None:
    with IsolatedPool(1) as pool:
        assert pool.submit(double, 1).result(60) == 2
        futures += [pool.submit(hang), pool.submit(hang)]
        time.sleep(0.2)
        raise KeyboardInterrupt


def test_leaving_by_an_exception_kills_what_runs() -> None:
    start = time.monotonic()
    futures: list = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(futures)
    running, queued = futures
    with pytest.raises(WorkerDied, match="together with its pool"):
        running.result(60)
    assert queued.cancelled()
    assert time.monotonic() - start < 60


def test_a_script_without_a_main_guard_can_use_it_and_ends(tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import ctypes
            import math
            from harness.runtime.pool import IsolatedPool

            pool = IsolatedPool(1)
            print(pool.submit(math.sqrt, 9).result())
            print(type(pool.submit(ctypes.string_at, 0).exception()).__name__)
            """
        )
    )
    here = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parents[1])}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False, env=here)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\nWorkerDied\n", "")


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_is_refused(workers: int) -> None:
    with pytest.raises(ValueError, match="at least 1 worker"):
        IsolatedPool(workers)
