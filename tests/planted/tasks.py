"""Tasks for worker processes, the good and the bad; here, since workers must be able to import them."""

import ctypes
import os
import sys
import time


def double(number: int) -> int:
    return 2 * number


def segfault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def leave_politely() -> None:
    sys.exit(3)


def hang() -> None:
    time.sleep(600)


def fail() -> None:
    raise KeyError("mine")


def threads_of_blas() -> str | None:
    return os.environ.get("OMP_NUM_THREADS")
