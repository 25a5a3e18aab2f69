"""
Which files a codec was made of, by the hash of each: told in its record, and checked where the hash is known.

It is known of what comes with the harness, of weights whose config.json states it, and of what was fetched from the
model hub, whose client names each file after a hash of its content (`blobs/`): SHA-256 of large files, git's of others.
"""

import functools
import hashlib
import time
from pathlib import Path

from harness.errors import WeightsInvalid

HUB_FOLDER = "blobs"
SETTLED = 2_000_000_000  # ns; the coarsest clock of a file system is that of FAT


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file *path*; a file that did not change is not read again. Raises OSError."""
    stat = path.stat()
    if abs(time.time_ns() - stat.st_mtime_ns) < SETTLED:  # written again, it could have the same time
        return _digest(path)
    return _sha256(path, stat.st_mtime_ns, stat.st_size)


def hashes(*paths: Path) -> dict[str, str]:
    """Return name to SHA-256 of files that a codec is made of."""
    return {path.name: sha256_of(path) for path in paths}


def check_sha256(path: Path, wanted: str, says: str) -> None:
    """Raise `WeightsInvalid` unless the file *path* has the SHA-256 *wanted*; *says* is who knows it."""
    found = sha256_of(path)
    if found != wanted:
        raise WeightsInvalid(
            f"{path}: corrupt or replaced: sha256 is {found[:12]}... but {says} says {wanted[:12]}...; "
            "restore the file or reinstall"
        )


def check_fetched(path: Path) -> None:
    """Raise `WeightsInvalid` if *path*, a link into the hub's cache, is not what the revision holds."""
    content = path.resolve()
    if content.parent.name != HUB_FOLDER:
        return  # nobody has said what it must be
    wanted = content.name
    if len(wanted) == 64:
        found = sha256_of(content)
    elif len(wanted) == 40:
        data = content.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    else:
        return
    if found != wanted:
        raise WeightsInvalid(
            f"{path}: corrupt or replaced: its hash is {found[:12]}... but the revision says {wanted[:12]}...; "
            "delete the file and fetch it again"
        )


@functools.cache
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    # Time and size are only keys: a file that changed is read again.
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
