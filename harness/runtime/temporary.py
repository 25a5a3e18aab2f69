"""
Temporary folders, and those that killed processes have left.

The owner of a folder holds a lock on it, which the kernel lets go of when the owner ends, however it ends. So a folder
whose lock can be had is nobody's any more, also where other containers put theirs into the same place, and also if its
owner was killed while it made the folder or removed it.
"""

import contextlib
import fcntl
import functools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "codec-harness-"
_OURS = re.compile(re.escape(PREFIX) + r"\d+-\w{8}")


@contextmanager
def temporary_folder(inside: Path | None = None) -> Iterator[Path]:
    """Yield a new folder, in *inside* or where the system wants such; it is removed afterwards, or by a later run."""
    folder, held = _made(inside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _made(inside: Path | None) -> tuple[Path, int]:
    """Return a new folder and what holds it: made again if a sweep came between."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=inside))
        with contextlib.suppress(FileNotFoundError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with contextlib.suppress(OSError):  # a file system without locks on folders; then no sweep can have one
                fcntl.flock(held, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, held
            os.close(held)


@functools.cache
def sweep(place: Path | None = None) -> None:
    """Remove what killed processes of this user have left in *place* (where the system wants such if None), once."""
    root = place or Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for folder in root.iterdir():
            if _OURS.fullmatch(folder.name):
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    """Remove *folder* if it is one of this user that nobody holds."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if os.fstat(held).st_uid == os.geteuid():
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        pass  # somebody holds it
    finally:
        os.close(held)
