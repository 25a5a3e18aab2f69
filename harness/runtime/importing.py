"""How modules are imported: those of others that lie beside the suite that names them, and what is large."""

import atexit
import contextlib
import functools
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

STANDARD = frozenset(sys.stdlib_module_names)


def find_beside(folder: Path) -> None:
    """Let modules in *folder* be imported, here and in processes started later; they hide nothing installed."""
    place = _resolved(folder, os.getcwd())  # noqa: PTH109 (asked for of every cell)
    if place not in sys.path:
        sys.path.append(place)


@contextlib.contextmanager
def looking_beside(folder: Path) -> Iterator[None]:
    """Within the context, modules in *folder* are found, as after `find_beside`."""
    known = set(sys.path)
    find_beside(folder)
    added = set(sys.path) - known
    try:
        yield
    finally:
        for place in added:
            sys.path.remove(place)


@functools.lru_cache(maxsize=16)
def _resolved(folder: Path, _cwd: str) -> str:
    return str(folder.resolve())


@contextlib.contextmanager
def for_good() -> Iterator[None]:
    """
    Load in this block what stays until the process ends: nothing is collected meanwhile, or looked through afterwards.

    PyTorch brings 200,000 objects. Python looks through them again and again while it imports them, whenever it
    collects garbage, and once more when it ends: 0.4 s of the 1.4 that a process takes to begin and end with it. What
    is garbage already is collected before, for it would stay too.
    """
    gc.collect()
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def end_quickly() -> None:
    """Have this process look for no garbage when it ends; what asked to be called then is called."""
    atexit.register(gc.freeze)
