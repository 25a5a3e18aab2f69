"""
Temporary folders, and those that killed processes have left.

The owner of a folder holds a lock on a file in it, which the kernel lets go of when the owner ends, however it ends. So
a folder whose lock can be had is nobody's any more, also where other containers put theirs into the same place.
"""

import contextlib
import fcntl
import functools
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "codec-harness-"
LOCK = ".owner"
_OURS = re.compile(re.escape(PREFIX) + r"\d+-\w{8}")
_NEW = 60.0  # s; a younger folder without a lock may be one that is being made


@contextmanager
def temporary_folder(inside: Path | None = None) -> Iterator[Path]:
    """Yield a new folder, in *inside* or where the system wants such; it is removed afterwards, or by a later run."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=inside))
    try:
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def sweep(place: Path | None = None) -> None:
    """Remove what killed processes of this user have left in *place* (where the system wants such if None), once."""
    root = place or Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for folder in root.iterdir():
            if _OURS.fullmatch(folder.name) and _left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path) -> bool:
    """Tell whether *folder* is a folder of this user that nobody holds."""
    try:
        found = folder.lstat()
        if folder.is_symlink() or not folder.is_dir() or found.st_uid != os.geteuid():
            return False
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return time.time() - found.st_mtime > _NEW
    except OSError:
        return False
