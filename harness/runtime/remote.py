"""
A shared store in the network: what one machine has computed, for all others. Through obstore (`remote` extra).

The objects are the entries of `harness.runtime.store`, with the same names and seals. Where the service is slow, full,
read-only or gone, the run goes on without it, which is said once.
"""

import os
import shlex
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.errors import MissingExtra, UsageInvalid
from harness.files import given
from harness.runtime.store_folder import LARGEST_BYTES, StoreEntry
from harness.runtime.text import one_line

SCHEMES = ("s3", "gs", "az", "file", "memory")
TIMEOUT = "20s"  # of one request
CONNECT = "3s"
RETRIES = 2
TOGETHER = 4  # requests that write at the same time
WAITING = 64  # entries to be written, that wait in memory


class RemoteFailed(Exception):
    """A request was not answered as it should be; the message is the service's."""


class Remote:
    """
    Entries under *url*, such as `s3://bucket/prefix`; credentials, region and endpoint are taken from the environment.

    read_only : nothing is written
    Raises `MissingExtra` without obstore, and `UsageInvalid` for a URL that it does not know.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url, self.read_only = url, read_only
        self._objects = _opened(url)
        self._threads: ThreadPoolExecutor | None = None
        self._writing: deque[Future[None]] = deque()

    def read(self, name: str) -> bytes | None:
        """Return the entry *name*; None if there is none, or it is larger than an entry may be. Raises RemoteFailed."""
        try:
            found = self._objects.get(name)
            if found.meta["size"] > LARGEST_BYTES + 4096:
                return None
            return bytes(found.bytes())
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - each service has its own
            raise RemoteFailed(_said(error)) from None

    def write(self, name: str, data: bytes) -> None:
        """Begin to keep *data* as *name*. Raises `RemoteFailed` if an earlier one could not be kept."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(TOGETHER, thread_name_prefix="store")
        while self._writing and (self._writing[0].done() or len(self._writing) >= WAITING):
            self._writing.popleft().result()
        self._writing.append(self._threads.submit(self._put, name, data))

    def close(self) -> None:
        """Wait for what is being written; raise `RemoteFailed` if some could not be."""
        if self._threads is None:
            return
        waiting, self._writing = self._writing, deque()
        self._threads.shutdown()
        self._threads = None
        for future in waiting:
            future.result()

    def drop(self) -> None:
        """Write no more, and forget what waits."""
        self._writing.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def entries(self) -> Iterator[StoreEntry]:
        """Yield what is kept, in no order. Raises `RemoteFailed`."""
        try:
            for page in self._objects.list():
                for one in page:
                    yield StoreEntry(one["path"], one["size"], one["last_modified"].timestamp())
        except Exception as error:  # noqa: BLE001
            raise RemoteFailed(_said(error)) from None

    def delete(self, name: str) -> None:
        """Delete an entry. Raises `RemoteFailed`."""
        try:
            self._objects.delete(name)
        except FileNotFoundError:
            return
        except Exception as error:  # noqa: BLE001
            raise RemoteFailed(_said(error)) from None

    def _put(self, name: str, data: bytes) -> None:
        try:
            self._objects.put(name, data)
        except Exception as error:  # noqa: BLE001
            raise RemoteFailed(_said(error)) from None


def _opened(url: str) -> Any:
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES or scheme == url:
        wanted = ", ".join(f"{one}://" for one in SCHEMES)
        raise UsageInvalid(f"store: got {url!r}, wanted a URL with one of {wanted}, such as s3://bucket/prefix")
    try:
        from obstore.store import from_url
    except ImportError:
        raise MissingExtra(f"the store {url} needs obstore; pip install 'codec-harness[remote]'") from None
    network: dict[str, Any] = {}
    if scheme not in ("file", "memory"):
        plain = any(os.environ.get(name, "").startswith("http://") for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT"))
        network = {
            "client_options": {"timeout": TIMEOUT, "connect_timeout": CONNECT, "allow_http": plain},
            "retry_config": {"max_retries": RETRIES},
        }
    if scheme == "file":
        _check_folder(url)
    try:
        return from_url(url, **network)
    except Exception as error:  # noqa: BLE001 - obstore has a class for each
        raise UsageInvalid(
            f"store: {url!r} cannot be used: {_said(error)}; wanted a URL such as s3://bucket/prefix "
            "or file:///folder, with its credentials in the environment"
        ) from None


def _check_folder(url: str) -> None:
    """Raise `UsageInvalid` unless *url*, a file's, is of a folder: obstore takes a plain file for an empty store."""
    parts = urlsplit(url)
    folder = Path(unquote(parts.path) or "/")
    if parts.netloc not in ("", "localhost"):
        raise UsageInvalid(f"store: got {url!r}, wanted a whole path behind file://, such as file:///mnt/store")
    if not given.is_folder(folder):
        mend = "give one" if os.path.lexists(folder) else f"make it first (mkdir -p {shlex.quote(str(folder))})"
        raise UsageInvalid(f"store: {url!r} is no folder; {mend}")


def _said(error: BaseException) -> str:
    """Return what a service said, without the source that obstore adds for its own authors."""
    return one_line(str(error).partition("\n")[0])[:300] or type(error).__name__
