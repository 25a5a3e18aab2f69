"""No process outlives the one that started it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from planted.marked import MARK, gone, marked

import harness
from harness.runtime import orphans

PATHS = f"{Path(harness.__file__).parents[1]}:{Path(__file__).parents[1]}"


def script(code, mark):
    environment = os.environ | {"PYTHONPATH": PATHS, MARK: mark}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)


@pytest.mark.parametrize("task", ["hang", "hold_the_interpreter", "fork_and_hang"])
def test_workers_end_with_a_killed_owner_whatever_they_do(task):
    mark = uuid.uuid4().hex
    owner = script(
        f"from planted import tasks; from harness.runtime.pool import IsolatedPool; pool = IsolatedPool(2);"
        f"done = [pool.submit(tasks.double, 1).result(), pool.submit(tasks.{task}), pool.submit(tasks.{task})];"
        f"import time; time.sleep(1.5); print('busy', flush=True); time.sleep(600)",
        mark,
    )
    assert owner.stdout.readline() == b"busy\n"
    assert len(marked(mark)) >= 4  # the owner, its reaper, two workers
    owner.kill()
    assert owner.stdout.read() == b""  # nobody holds the pipe any more
    assert gone(mark) == []
    owner.wait()
    owner.stdout.close()


def test_a_worker_that_was_starting_ends_too():
    mark = uuid.uuid4().hex
    owner = script(
        "import os, signal; from planted import tasks; from harness.runtime.pool import IsolatedPool;"
        "pool = IsolatedPool(1); pool.submit(tasks.double, 1); import time; time.sleep(0.15); print(1, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)",
        mark,
    )
    assert owner.wait(60) == -signal.SIGKILL
    assert gone(mark) == []
    owner.stdout.close()


def test_programs_and_what_they_start_end_with_a_killed_owner():
    mark = uuid.uuid4().hex
    owner = script(
        "from harness.runtime import orphans; import time;"
        "orphans.start(['sh', '-c', 'sleep 600 & sleep 601']); print('up', flush=True); time.sleep(600)",
        mark,
    )
    assert owner.stdout.readline() == b"up\n"
    owner.kill()
    assert gone(mark) == []
    owner.wait()
    owner.stdout.close()


def test_what_was_untied_is_left_alone_and_a_killed_reaper_is_replaced():
    mark = uuid.uuid4().hex
    owner = script(
        "from harness.runtime import orphans; import time, subprocess;"
        "free = subprocess.Popen(['sleep', '602'], start_new_session=True, stdout=subprocess.DEVNULL);"
        "orphans.tie(free.pid); orphans._reaper.process.kill(); orphans._reaper.process.wait();"
        "held = orphans.start(['sleep', '603'], stdout=subprocess.DEVNULL);"
        "orphans.untie(free.pid); print(free.pid, flush=True); time.sleep(600)",
        mark,
    )
    free = int(owner.stdout.readline())
    owner.kill()
    assert gone(mark, but={free}) == []
    os.kill(free, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()


def test_ending_a_program_ends_what_it_started_and_forgets_it():
    process = orphans.start(["sh", "-c", "sleep 604 & echo up; sleep 605"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    began = time.monotonic()
    orphans.end(process)
    assert process.stdout.read() == b""
    assert time.monotonic() - began < 60  # and not the 604 s of what it started
    assert b"%d\n" % process.pid not in orphans._tied
    process.stdout.close()
