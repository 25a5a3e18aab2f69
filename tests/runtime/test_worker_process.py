"""A worker process leads a session of its own, leaves Ctrl-C to its owner, and ends with it."""

import signal
import subprocess
import sys
import threading

import pytest

from harness.runtime import worker_process

BEGIN = "import os, signal, sys, time; from harness.runtime import worker_process; worker_process.begin({owner});"


def worker(then, owner="os.getppid()"):
    code = BEGIN.format(owner=owner) + then
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_leads_a_session_ignores_ctrl_c_and_keeps_off_standard_output():
    then = (
        "os.kill(os.getpid(), signal.SIGINT); print('said on standard output');"
        "print(os.getpid() == os.getsid(0), file=sys.stderr)"
    )
    said, complained = worker(then).communicate(timeout=60)
    assert said == ""
    assert "True" in complained


@pytest.mark.parametrize("owner", [1, 999_999_999])
def test_it_ends_where_its_owner_is_another_process_by_now(owner):
    process = worker("time.sleep(600)", owner=owner)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


def test_signals_of_a_terminal_are_kept_from_this_thread_and_from_no_other():
    masks, before = {}, signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def deafened():
        worker_process.deafen()
        masks["here"] = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    thread = threading.Thread(target=deafened)
    thread.start()
    thread.join()
    assert masks["here"] >= worker_process.OF_TERMINAL
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
