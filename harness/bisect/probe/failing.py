"""
A run that gives no output: what it says, and what does not vary in that from one such failure to the next.

A codec fails where it raises, breaks its word (shape, range, NaN), or hangs or ends its process, in one of its calls or
while it is loaded. It does not where it is not there, takes no such options or lacks what a wiring needs, or where the
process was lost outside of its calls.
"""

import re
from concurrent.futures import Future

from harness.errors import CodecBroken, CodecFailed, HarnessError, NotOffered, WeightsInvalid
from harness.runtime.pool import WorkerDied
from harness.topology.running import TraceResult

FOLDERS = re.compile(r"[^\s'\"(]*[\\/]")
VARYING = re.compile(r"\b0x[0-9a-fA-F]+\b|(?:(?<!\w)-)?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class ProcessEnded(CodecFailed):
    """The codec ended its process, or did not return."""


class NotLoaded(CodecFailed):
    """The codec is there, and cannot be loaded."""


def result_of(asked: Future[TraceResult]) -> TraceResult:
    """
    Wait for a trace; a call that ended its process, or hung, is a failure, and so is a codec that cannot be loaded.

    Raises the `HarnessError` of what is no failure of the codec.
    """
    try:
        return asked.result()
    except WorkerDied as death:
        return ended(death)
    except HarnessError as error:
        return not_loaded(error)


def not_loaded(error: HarnessError) -> CodecFailed:
    """Return the failure of a codec whose loading ended with *error*; raise *error* if that is none."""
    if isinstance(error, WorkerDied):
        return ended(error)
    if not isinstance(error, CodecBroken | CodecFailed | WeightsInvalid):
        raise error
    return NotLoaded(str(error))


def ended(death: WorkerDied) -> ProcessEnded:
    """Return the failure of the call that a process died in, or hung; raise *death* if it was in none."""
    if not death.place.what:
        raise death
    return ProcessEnded(f"it {death.reason}")


def how_loading_fails(error: HarnessError) -> str:
    """Return how a codec fails whose loading ended with *error*, as `failure_of`; "" if that is no failure of it."""
    try:
        return failure_of(not_loaded(error))
    except HarnessError:
        return ""


def failure_of(result: TraceResult) -> str:
    """Return how a codec failed, without numbers and folders, which vary; "" if it did not."""
    if not isinstance(result, CodecFailed) or isinstance(result, NotOffered):
        return ""
    return VARYING.sub("N", FOLDERS.sub("", str(result)))
