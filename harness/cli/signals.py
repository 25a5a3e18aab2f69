"""
How a command answers Ctrl-C, `kill` and a terminal that closes: all alike, and at once when asked again.

The first of them is raised in the main thread as KeyboardInterrupt, so that what is finished is kept and workers are
ended. One more ends the process where it is; its reaper (`harness.runtime.orphans`) ends the workers then.
"""

import os
import signal
from types import FrameType

ANSWERED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 15  # s for what is to be ended in order

_asked: int | None = None  # the signal by which this process was asked to stop


def answer() -> None:
    """Interrupt at the first signal, leave at the next; one that is ignored, as under `nohup`, stays so."""
    for number in ANSWERED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def over() -> None:
    """Answer no more: the command has its result, and a signal that comes while the process ends just ends it."""
    for number in ANSWERED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if asked():
        # A KeyboardInterrupt that leaves code given as a string (dataclasses are made so) is noted by Python as one
        # that nobody caught, and `python -m` then ends by SIGINT instead of our code. The next such code clears it.
        exec("")  # noqa: S102


def asked() -> bool:
    """
    Tell whether this process was asked to stop.

    What is raised then need not be KeyboardInterrupt: where that comes while a class is made, Python makes a
    RuntimeError of it.
    """
    return _asked is not None


def exit_code() -> int:
    """Return what a shell says of a program that a signal ended: 143 for `kill`, 130 for Ctrl-C and what is unknown."""
    return 128 + (_asked or signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> None:
    global _asked
    del frame
    _asked = number
    for other in ANSWERED:
        if signal.getsignal(other) is not signal.SIG_IGN:
            signal.signal(other, _leave)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)  # the kernel's own: it ends the process also where Python does not get to run
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    os._exit(128 + number)
