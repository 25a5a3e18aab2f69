"""
A run that gives no output: what it says, and what does not vary in that from one such failure to the next.

A codec fails where it raises, breaks its word (shape, range, NaN), or hangs or ends its process in one of its calls.
It does not where it lacks what a wiring needs, or where the process was lost outside of its calls.
"""

import re
from concurrent.futures import Future

from harness.errors import CodecFailed, NotOffered
from harness.runtime.pool import WorkerDied
from harness.topology.running import TraceResult

FOLDERS = re.compile(r"[^\s'\"(]*[\\/]")
VARYING = re.compile(r"\b0x[0-9a-fA-F]+\b|\d+(?:\.\d+)?")


class ProcessEnded(CodecFailed):
    """The codec ended its process, or did not return."""


def result_of(asked: Future[TraceResult]) -> TraceResult:
    """Wait for a trace; a call that ended its process, or hung, is a failure. Raises `WorkerDied` where it was none."""
    try:
        return asked.result()
    except WorkerDied as death:
        return ended(death)


def ended(death: WorkerDied) -> ProcessEnded:
    """Return the failure of the call that a process died in, or hung; raise *death* if it was in none."""
    if not death.place.what:
        raise death
    return ProcessEnded(f"it {death.reason}")


def failure_of(result: TraceResult) -> str:
    """Return how a codec failed, without numbers and folders, which vary; "" if it did not."""
    if not isinstance(result, CodecFailed) or isinstance(result, NotOffered):
        return ""
    return VARYING.sub("N", FOLDERS.sub("", str(result)))
