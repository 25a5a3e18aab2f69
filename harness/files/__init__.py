"""
Files that the harness writes: whole or not at all, inside the folder that they belong to, under names that differ.

`harness.files.given` reads the files of others; `harness.files.places` is what a file of ours says of this machine.

Names of suites, setups and utterances are somebody's words and never paths: `file_name` makes one part of a path of
any of them.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from harness.errors import NotWritable

SUITE_SUFFIX = ".codec.toml"  # of the suites that `pytest -m codec` collects
LONGEST = 80  # letters of a name that are kept; most file systems take 255 bytes
ELSEWHERE = "choose another folder for runs (--out; for pytest --codec-out)"


def write_whole(path: Path | str, content: str | bytes, *, mend: str = ELSEWHERE) -> None:
    """
    Write *content* (text as UTF-8) to *path*: whole, or not at all and leaving nothing else behind.

    It is written beside, measured and renamed, so a full disk, a kill or another writer leaves the old file or the new
    one. A symbolic link at *path* is replaced, not followed. mend : what helps, beside making room.
    Raises `NotWritable`.
    """
    data = content.encode("utf-8", errors="replace") if isinstance(content, str) else content
    write_pieces(path, (data,), mend=mend)


def write_pieces(path: Path | str, pieces: Iterable[bytes], *, mend: str = ELSEWHERE) -> None:
    """Write *pieces* one after another to *path*, as `write_whole` does."""
    try:
        try:
            partial, descriptor = _beside(path)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            partial, descriptor = _beside(path)
        _write(path, partial, descriptor, pieces)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise not_written(path, error, mend) from error


def not_written(path: Path | str, error: Exception, mend: str = ELSEWHERE) -> NotWritable:
    """Return what is to be raised of an *error* in writing *path*."""
    said = getattr(error, "strerror", None) or error
    return NotWritable(f"{path}: cannot be written ({said}); make room or {mend}")


def _beside(path: Path | str) -> tuple[str, int]:
    partial = f"{os.path.dirname(path) or '.'}/.{secrets.token_hex(8)}.partial"  # noqa: PTH120 (a store writes thousands)
    return partial, os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _write(path: Path | str, partial: str, descriptor: int, pieces: Iterable[bytes]) -> None:
    try:
        try:
            wanted = sum(write_all(descriptor, piece) for piece in pieces)
            if (size := os.fstat(descriptor).st_size) != wanted:
                raise OSError(0, f"only {size} of {wanted} bytes were kept")
        finally:
            os.close(descriptor)
        os.replace(partial, path)  # noqa: PTH105
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def write_all(descriptor: int, data: bytes) -> int:
    """Write all of *data*, however many calls that takes; return its length."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
    return len(data)


def file_name(name: str) -> str:
    """
    Return *name* as one part of a path: letters, digits and `._-` as they are, `/` as `+`, else a hash at the end.

    Two names never share a file: only a changed name holds `~`, and its hash is of the whole name.
    """
    readable = re.sub(r"[^A-Za-z0-9._+-]", "_", name.replace("+", "_").replace("/", "+"))
    if readable.replace("+", "/") == name and len(name) <= LONGEST and name[:1] not in ("", "."):
        return readable
    digest = hashlib.sha256(name.encode("utf-8", errors="surrogatepass")).hexdigest()[:12]
    return f"{readable[:LONGEST].lstrip('.')}~{digest}"


def no_links(folder: Path) -> None:
    """
    Raise `NotWritable` if *folder*, which the harness writes into, is or holds a symbolic link: it may lead elsewhere.
    """
    try:
        links = [folder] if folder.is_symlink() else []
    except OSError as error:  # a name that is too long, or a folder on the way that may not be entered
        raise not_written(folder, error) from error
    for place, folders, files in os.walk(folder):
        links += [Path(place, name) for name in (*folders, *files) if Path(place, name).is_symlink()]
    if links:
        raise NotWritable(
            f"{links[0]}: is a symbolic link, and nothing is written through one; remove it, or {ELSEWHERE}"
        )
