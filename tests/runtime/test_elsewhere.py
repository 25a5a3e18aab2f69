"""Tasks on the workers of any executor: isolated there, and their deaths and errors travel back."""

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from planted import tasks

from harness.errors import ExecutorUnavailable
from harness.runtime import elsewhere
from harness.runtime.elsewhere import Elsewhere, JobAnswer, Needing, WorkerVersions, perform
from harness.runtime.pool import TookTooLong, WorkerDied
from harness.runtime.provenance import package_versions


@pytest.fixture(scope="module")
def threads():
    """A worker with one thread."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture(scope="module")
def executor(threads):
    return Elsewhere(lambda job: threads.submit(perform, job), call_limit=60.0)


def test_a_task_runs_in_a_process_of_its_own_which_stays_for_the_next(executor):
    first = executor.submit(os.getpid).result()
    assert first != os.getpid()
    assert executor.submit(os.getpid).result() == first


def test_what_needs_resources_is_called_as_it_is(executor):
    assert executor.submit(Needing(max, {}), 2, 3).result() == 3


def test_a_task_that_ends_its_process_fails_alone_and_its_worker_goes_on(executor):
    died = executor.submit(Needing(tasks.segfault, {}))
    with pytest.raises(WorkerDied, match=r"segfault ended its worker process \(SIGSEGV") as error:
        died.result()
    assert error.value.reason.startswith("ended its worker process")
    assert executor.submit(max, 1, 2).result() == 2


def test_what_a_task_raises_comes_back(executor):
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result()


def test_another_run_has_another_process(executor):
    before = executor.submit(os.getpid).result()
    assert executor.fresh().submit(os.getpid).result() != before


def test_a_task_that_takes_too_long_is_stopped_there(threads):
    slow = Elsewhere(lambda job: threads.submit(perform, job), limit=0.3)
    with pytest.raises(TookTooLong, match=r"stopped after 0\.3 s"):
        slow.submit(tasks.hang).result()


def test_other_versions_on_a_worker_are_refused_naming_both(monkeypatch):
    monkeypatch.setattr(elsewhere, "versions", lambda: WorkerVersions("9.9", "3.99"))
    job_of = Elsewhere(_performed_with_our_versions)
    with pytest.raises(
        ExecutorUnavailable, match=r"has codec-harness 0.* on Python 3.*, and this is codec-harness 9.9 on"
    ):
        job_of.submit(max, 1, 2).result()


def _performed_with_our_versions(job):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elsewhere, "versions", lambda: WorkerVersions("0.1.0", "3.11"))
        future = Future()
        future.set_result(perform(job))
        return future


@pytest.mark.parametrize(
    ("theirs", "ours"), [((("numpy", "1"),), (("numpy", "2"),)), ((), (("numpy", "2"),)), ((("numpy", "1"),), ())]
)
def test_other_packages_on_a_worker_are_refused_naming_both(theirs, ours):
    here, there = (WorkerVersions("0.1", "3.12", packages) for packages in (ours, theirs))
    said = [
        f"codec-harness 0.1 on Python 3.12 with numpy {dict(one).get('numpy', 'missing')}" for one in (theirs, ours)
    ]
    assert here.beside(there) == tuple(said)
    assert elsewhere.versions().packages == tuple(package_versions().items())
    assert dict(elsewhere.versions().packages)["numpy"] == np.__version__


ENDING = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from harness.runtime.elsewhere import Elsewhere, perform

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(sys.argv[1])) as pool:
        print(Elsewhere(lambda job: pool.submit(perform, job)).submit(max, 1, 2).result())
"""


@pytest.mark.parametrize("how", ["spawn", "fork"])
def test_a_worker_that_multiprocessing_has_started_ends(tmp_path, how):
    (tmp_path / "ending.py").write_text(ENDING)
    command = [sys.executable, "ending.py", how]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def given(value):
    future = Future()
    future.set_result(value)
    return future


def exiting(_job):
    raise SystemExit(3)


def broken(_job):
    raise OSError("no such host")


def failed(_job):
    future = Future()
    future.set_exception(OSError("connection lost"))
    return future


def cancelled(_job):
    future = Future()
    future.cancel()
    future.set_running_or_notify_cancel()
    return future


@pytest.mark.parametrize(
    ("hand_over", "said"),
    [
        (broken, "no such host"),
        (failed, "connection lost"),
        (cancelled, "it was cancelled"),
        (exiting, "SystemExit: 3"),
        (lambda _: 5, "it gave a int for a task, wanted a Future"),
        (lambda _: given(None), "what came back is not what this task has given"),
        (lambda job: given(JobAnswer(job.number + 1, 2)), "what came back is not what this task has given"),
    ],
)
def test_an_executor_that_is_gone_is_one_line(hand_over, said):
    with pytest.raises(ExecutorUnavailable, match=f"{said}.*; what is finished is kept, and the same command goes on"):
        Elsewhere(hand_over).submit(max, 1, 2).result()


def test_what_is_cancelled_here_is_cancelled_there():
    inner = Future()
    outer = Elsewhere(lambda _: inner).submit(max, 1, 2)
    assert outer.cancel()
    assert inner.cancelled()
