"""Where modules of others may be imported from: adapters and metrics that lie beside the suite that names them."""

import functools
import os
import sys
from pathlib import Path

STANDARD = frozenset(sys.stdlib_module_names)


def find_beside(folder: Path) -> None:
    """Let modules in *folder* be imported, here and in processes started later; they hide nothing installed."""
    place = _resolved(folder, os.getcwd())  # noqa: PTH109 (asked for of every cell)
    if place not in sys.path:
        sys.path.append(place)


@functools.lru_cache(maxsize=16)
def _resolved(folder: Path, _cwd: str) -> str:
    return str(folder.resolve())
