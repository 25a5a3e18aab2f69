"""Find the processes that a test has started, and what these started in turn, by a mark in their environment."""

import os
import time
from collections.abc import Collection
from pathlib import Path

MARK = "CODEC_HARNESS_TEST_MARK"


def marked(mark: str) -> list[int]:
    """Return the numbers of running processes whose environment has *mark*; dead ones that nobody reaped are none."""
    found = []
    wanted = f"{MARK}={mark}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def gone(mark: str, *, within: float = 30.0, but: Collection[int] = ()) -> list[int]:
    """Wait until no marked process is left but those in *but*; return what is left after *within* seconds."""
    deadline = time.monotonic() + within
    while left := sorted(set(marked(mark)) - set(but)):
        if time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    return []
