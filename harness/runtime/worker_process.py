"""What a worker process does first: it leaves signals to its owner, ends with it, and keeps off standard output."""

import os
import signal
import threading
import time
from multiprocessing import resource_tracker

from loky.backend import resource_tracker as loky_tracker

from harness.runtime import importing, output
from harness.runtime.orphans import end_group

OF_TERMINAL = {signal.SIGINT, signal.SIGHUP}
LOOK = 0.5  # s between two looks whether the owner is there


def begin(owner: int) -> None:
    """
    Make this process a worker of the process *owner*.

    Ctrl-C reaches every process of a terminal, and only the owner answers it. The worker leads a session of its own, so
    that all it starts can be ended with it. A reaper ends it when the owner is killed (`harness.runtime.orphans`); a
    thread here does, if that happens before the reaper has heard of it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, OF_TERMINAL)
    if os.getpgid(0) != os.getpid():
        os.setsid()
    threading.Thread(target=_follow, args=(owner,), name="follow owner", daemon=True).start()
    output.divert()
    importing.end_quickly()


def deafen() -> None:
    """Keep the signals of a terminal from what this thread starts until `begin` has run there; no other is affected."""
    signal.pthread_sigmask(signal.SIG_BLOCK, OF_TERMINAL)
    for tracker in (loky_tracker, resource_tracker):  # each, when it is started, lets this thread hear Ctrl-C again
        tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, OF_TERMINAL)


def _follow(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(LOOK)
    end_group(os.getpid())
