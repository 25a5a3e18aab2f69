"""
What was computed before, by content: scores, cells and audio that any later run may read back.

Each entry is one file, named after a hash of its key: the content, which is JSON or FLAC, and a last line with the key
and a seal of both (see `seal`). It is written whole and renamed, so many processes can share a folder. The key is a
hash of everything that decides the value, so nothing here goes stale; the least used goes when the folder grows past
its limit.

Losing the store costs time, never a result: damage is an entry that is not there, and a folder that cannot be written
is done without.
"""

import hashlib
import hmac
import json
import os
import stat
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import NotWritable
from harness.files import write_whole
from harness.runtime.seal import sealed

LIMIT_BYTES = 2 << 30
LARGEST_BYTES = LIMIT_BYTES // 8  # of one entry: an hour of speech as FLAC
KEPT_SHARE = 0.8  # of the limit, after the folder grew past it
LOOKED_AFTER_BYTES = LIMIT_BYTES // 16  # written by one process before it looks at the folder's size again
ABANDONED_SECONDS = 3600.0  # after which an unfinished file is that of a killed process
USED_AGAIN_SECONDS = 3600.0  # what was used since then is not marked as used again

T = TypeVar("T")


def content_key(**parts: Any) -> str:
    """Return the hash of *parts*, which must be plain JSON data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Store:
    """Values by content key, kept in *folder*, at most *limit* bytes; safe to share between processes."""

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES) -> None:
        self._folder, self._limit = folder, limit
        self._written = 0
        self._writable = True
        self._told = False

    def get(self, key: str, kind: type[T]) -> T | None:
        """Return the *kind*, which pydantic knows, kept under *key*; None if there is none, or it is damaged."""
        content = self._content(key, "json")
        if content is None:
            return None
        try:
            found: T = _adapter(kind).validate_json(content)
            return found
        except ValidationError:  # sealed by us, so of another version of the harness
            return None

    def put(self, key: str, value: Any, kind: Any = None) -> None:
        """Keep *value*, which is a *kind* (its own type if None), under *key*."""
        self._write(key, "json", _adapter(kind or type(value)).dump_json(value))

    def get_audio(self, key: str) -> bytes | None:
        """Return the FLAC file kept under *key*; None if there is none, or it is damaged."""
        return self._content(key, "flac")

    def put_audio(self, key: str, content: bytes) -> None:
        """Keep the FLAC file *content* under *key*."""
        self._write(key, "flac", content)

    def close(self) -> None:
        """Bring the folder back under its limit, if anything was written."""
        if self._written:
            self._evict()

    def _place(self, key: str, kind: str) -> str:
        # Sixteen folders: in a single one, and in 256, ext4 takes five times as long to make a file.
        name = hashlib.sha256(key.encode("utf-8", errors="surrogatepass")).hexdigest()
        return f"{self._folder}/{name[0]}/{name[1:]}.{kind}"

    def _content(self, key: str, kind: str) -> bytes | None:
        path = self._place(key, kind)
        try:
            data = _regular_file(path)
        except OSError as error:
            self._damaged(path, error.strerror or str(error))
            return None
        if data is None:
            return None
        content, _, last = data.removesuffix(b"\n").rpartition(b"\n")
        if not hmac.compare_digest(last, _seal(key, content)):
            self._damaged(path, "its seal is not that of this harness over this content")
            return None
        return content

    def _damaged(self, path: str, reason: str) -> None:
        """Say once that something is wrong; the entry is not there, and will be written anew."""
        if not self._told:
            self._told = True
            _tell(f"{path}: an earlier result is not used ({reason}); it is computed again, and so are others like it")

    def _write(self, key: str, kind: str, content: bytes) -> None:
        if not self._writable or len(content) > min(LARGEST_BYTES, self._limit):
            return
        path = self._place(key, kind)
        folder = path[: path.rindex("/")]
        try:
            if os.path.islink(folder):  # noqa: PTH114 (thousands of entries)
                raise NotWritable(f"{folder}: is a symbolic link, and nothing is written through one")
            write_whole(path, b"%b\n%b\n" % (content, _seal(key, content)))
        except NotWritable as error:
            self._writable = False
            _tell(f"the store of earlier results takes no more ({error}); going on without")
            return
        self._written += len(content)
        if self._written > LOOKED_AFTER_BYTES:
            self._evict()

    def _evict(self) -> None:
        """Delete what was used longest ago until the folder is well under its limit, and what killed processes left."""
        self._written = 0
        kept: list[tuple[float, int, str]] = []
        for path, status in _entries(self._folder):
            if path.endswith((".json", ".flac")):
                kept.append((status.st_mtime, status.st_size, path))
            elif path.endswith(".partial") and time.time() - status.st_mtime > ABANDONED_SECONDS:
                _deleted(path)
        total = sum(size for _, size, _ in kept)
        if total <= self._limit:
            return
        for _, size, path in sorted(kept):
            if total <= KEPT_SHARE * self._limit:
                break
            total -= size
            _deleted(path)


class Unread(Store):
    """A *store* that is written and never read: what is asked for is computed again, for later runs too."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _content(self, key: str, kind: str) -> None:
        del key, kind

    def _write(self, key: str, kind: str, content: bytes) -> None:
        self._store._write(key, kind, content)

    def close(self) -> None:
        """Leave the store open to its owner."""


_adapters: dict[Any, TypeAdapter[Any]] = {}  # making one costs more than using it


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _tell(message: str) -> None:
    with suppress(UserWarning):  # raised where warnings are errors; without the store a run takes longer, no more
        warnings.warn(message, stacklevel=5)


def _seal(key: str, content: bytes) -> bytes:
    """Return the last line of an entry, a JSON object."""
    return f'{{"key": {json.encoder.encode_basestring_ascii(key)}, "seal": "{sealed(key, content)}"}}'.encode()


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


def _entries(folder: Path) -> list[tuple[str, os.stat_result]]:
    found = []
    with suppress(OSError):  # deleted meanwhile: whoever deletes it needs no help
        for place in [place for place in os.scandir(folder) if place.is_dir(follow_symlinks=False)]:
            for entry in os.scandir(place):
                if entry.is_file(follow_symlinks=False):
                    found.append((entry.path, entry.stat(follow_symlinks=False)))
    return found


def _deleted(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()
