"""A worker process from its start to its end, with all that it started."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from planted import tasks

from harness.runtime.owned_process import ENVIRONMENT, OwnedProcess


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid, seconds=30.0):
    """Wait until *pid* runs no more; return whether it does not."""
    until = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not runs(pid)


@pytest.fixture
def deaf():
    """A thread to start processes in: who does hears no Ctrl-C any more."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda call, *arguments: thread.submit(call, *arguments).result(60)


@pytest.mark.parametrize("kill", [True, False])
def test_it_ends_with_what_it_left_running(deaf, kill):
    process = deaf(OwnedProcess.made, 30.0)
    assert process.pid == 0
    deaf(process.start)
    assert process.pid not in (0, os.getpid())
    left = process.executor.submit(os.spawnlp, os.P_NOWAIT, "sleep", "sleep", "600").result(30)
    assert runs(left)
    process.end(kill=kill)
    assert ends(process.pid)
    assert ends(left)


def test_one_that_never_started_ends_too_and_leaves_no_page(deaf):
    process = deaf(OwnedProcess.made, 30.0)
    path = process.watch.path
    process.end(kill=True)
    assert process.pid == 0
    process.watch.forget_path()
    assert not Path(path).exists()


def test_what_a_worker_finds_is_one_thread_and_the_limit_of_a_call(deaf):
    process = deaf(OwnedProcess.made, 7.5)
    deaf(process.start)
    try:
        assert {name: process.executor.submit(tasks.variable, name).result(30) for name in ENVIRONMENT} == ENVIRONMENT
        assert process.executor.submit(tasks.variable, "CODEC_HARNESS_CALL_LIMIT").result(30) == "7.5"
    finally:
        process.end(kill=True)
    assert not Path(process.watch.path).exists()  # forgotten once it has started
