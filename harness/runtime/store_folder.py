"""
The folder of a store: one file an entry, written whole and renamed, so many processes can share it.

The least used goes when the folder grows past its limit.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from harness.errors import NotWritable
from harness.files import write_whole
from harness.runtime.resources import CACHE_VARIABLE

LIMIT_BYTES = 2 << 30
LARGEST_BYTES = LIMIT_BYTES // 8  # of one entry: an hour of speech as FLAC
KEPT_SHARE = 0.8  # of the limit, after the folder grew past it
LOOKED_AFTER_BYTES = LIMIT_BYTES // 16  # written by one process before it looks at the folder's size again
ABANDONED_SECONDS = 3600.0  # after which an unfinished file is that of a killed process
USED_AGAIN_SECONDS = 3600.0  # what was used since then is not marked as used again
SUFFIXES = (".json", ".flac")


class StoreEntry(NamedTuple):
    """A kept entry: its name, such as "a/0123.json", its size in bytes, and when it was last used or written (Unix)."""

    name: str
    size: int
    used: float


@dataclass
class Folder:
    """Entries in the folder *place*, at most *limit* bytes of them after `evict`."""

    place: Path
    limit: int = LIMIT_BYTES
    _written: int = field(default=0, repr=False)

    def read(self, name: str) -> bytes | None:
        """Return the entry *name*; None if there is none. Raises OSError if it cannot be read, or is no plain file."""
        return _regular_file(f"{self.place}/{name}")

    def write(self, name: str, data: bytes) -> None:
        """Keep *data* as *name*; raise `NotWritable` if that cannot be. What is too large for an entry is not kept."""
        if len(data) > min(LARGEST_BYTES, self.limit):
            return
        path = f"{self.place}/{name}"
        folder = path[: path.rindex("/")]
        if os.path.islink(folder):  # noqa: PTH114 (thousands of entries)
            raise NotWritable(f"{folder}: is a symbolic link, and nothing is written through one")
        write_whole(path, data, mend=f"choose another folder for the store ({CACHE_VARIABLE})")
        self._written += len(data)
        if self._written > LOOKED_AFTER_BYTES:
            self.evict(self.limit)

    def close(self) -> None:
        """Bring the folder back under its limit, if anything was written."""
        if self._written:
            self.evict(self.limit)

    def entries(self) -> Iterator[StoreEntry]:
        """Yield what is kept, in no order."""
        for name, status in _files(self.place):
            if name.endswith(SUFFIXES):
                yield StoreEntry(name, status.st_size, status.st_mtime)

    def delete(self, name: str) -> None:
        """Delete an entry, if it can be."""
        with suppress(OSError):
            (self.place / name).unlink()

    def evict(self, limit: int) -> None:
        """Delete what was used longest ago until *limit* bytes are well kept to, and what killed processes left."""
        self._written = 0
        for name, status in _files(self.place):
            if name.endswith(".partial") and time.time() - status.st_mtime > ABANDONED_SECONDS:
                self.delete(name)
        kept = list(self.entries())
        total = sum(entry.size for entry in kept)
        if total <= limit:
            return
        for entry in sorted(kept, key=lambda each: each.used):
            if total <= KEPT_SHARE * limit:
                break
            total -= entry.size
            self.delete(entry.name)


def _regular_file(path: str) -> bytes | None:
    """Return what is in *path*; None if there is no such file. Raises OSError if it is a link, a pipe or huge."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is no regular file")
        if status.st_size > LARGEST_BYTES + 4096:
            raise OSError(0, f"it has {status.st_size} bytes, more than an entry may have")
        data = os.read(descriptor, status.st_size)
        if time.time() - status.st_mtime > USED_AGAIN_SECONDS:
            _used(descriptor)
    finally:
        os.close(descriptor)
    return data


def _used(descriptor: int) -> None:
    with suppress(OSError):  # somebody else's, or read-only: it is evicted a little too early
        os.utime(descriptor)


def _files(folder: Path) -> list[tuple[str, os.stat_result]]:
    found = []
    with suppress(OSError):  # deleted meanwhile: whoever deletes it needs no help
        for place in [place for place in os.scandir(folder) if place.is_dir(follow_symlinks=False)]:
            for entry in os.scandir(place):
                if entry.is_file(follow_symlinks=False):
                    found.append((f"{place.name}/{entry.name}", entry.stat(follow_symlinks=False)))
    return found
