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
from pathlib import Path

from harness.errors import NotWritable

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
    try:
        try:
            _write(path, data)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        said = getattr(error, "strerror", None) or error
        raise NotWritable(f"{path}: cannot be written ({said}); make room or {mend}") from error


def _write(path: Path | str, data: bytes) -> None:
    partial = f"{os.path.dirname(path) or '.'}/.{secrets.token_hex(8)}.partial"  # noqa: PTH120 (a store writes thousands)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            if (size := os.fstat(descriptor).st_size) != len(data):
                raise OSError(0, f"only {size} of {len(data)} bytes were kept")
        finally:
            os.close(descriptor)
        os.replace(partial, path)  # noqa: PTH105
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


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
    links = [folder] if folder.is_symlink() else []
    for place, folders, files in os.walk(folder):
        links += [Path(place, name) for name in (*folders, *files) if Path(place, name).is_symlink()]
    if links:
        raise NotWritable(
            f"{links[0]}: is a symbolic link, and nothing is written through one; remove it, or {ELSEWHERE}"
        )
