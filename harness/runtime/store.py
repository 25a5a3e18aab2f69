"""
What was computed before, by content: scores, cells and audio that any later run may read back.

Each entry is one file, named after a hash of its key: the content, which is JSON or FLAC, and a last line with the key
and a seal of both (see `seal`). The key is a hash of everything that decides the value, so nothing here goes stale.
Entries lie in a folder, and in a remote store too where one is named: what the folder lacks is taken from there.

Losing the store costs time, never a result: damage is an entry that is not there, and a folder or a service that cannot
be written or read is done without.
"""

import hashlib
import hmac
import json
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import NotWritable
from harness.runtime.remote import Remote, RemoteFailed
from harness.runtime.seal import holds, sealed
from harness.runtime.store_folder import LIMIT_BYTES, Folder

T = TypeVar("T")


def content_key(**parts: Any) -> str:
    """Return the hash of *parts*, which must be plain JSON data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Store:
    """
    Values by content key, kept in *folder*, at most *limit* bytes; safe to share between processes.

    remote : what is kept by others too; read where the folder lacks an entry, and written unless it is read-only
    """

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES, remote: Remote | None = None) -> None:
        self._folder = Folder(folder, limit)
        self._writable = True
        self._remote = remote
        self._remote_writable = remote is not None and not remote.read_only
        self._told: set[str] = set()

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
        """Bring the folder back under its limit, and wait for what the remote store is being sent."""
        self._folder.close()
        if self._remote is not None and self._remote_writable:
            try:
                self._remote.close()
            except RemoteFailed as error:
                self._not_taken(self._remote, error)

    def _content(self, key: str, kind: str) -> bytes | None:
        name = place(key, kind)
        data = self._from_folder(name, key)
        if data is None and self._remote is not None:
            data = self._from_remote(self._remote, name, key)
            if data is not None:
                self._to_folder(name, data)
        return None if data is None else content_of(data)

    def _write(self, key: str, kind: str, content: bytes) -> None:
        name, data = place(key, kind), b"%b\n%b\n" % (content, _seal(key, content))
        self._to_folder(name, data)
        if self._remote is not None and self._remote_writable:
            try:
                self._remote.write(name, data)
            except RemoteFailed as error:
                self._not_taken(self._remote, error)

    def _from_folder(self, name: str, key: str) -> bytes | None:
        try:
            data = self._folder.read(name)
        except OSError as error:
            self._damaged(str(self._folder.place), name, error.strerror or str(error))
            return None
        return self._believed(data, key, str(self._folder.place), name)

    def _from_remote(self, remote: Remote, name: str, key: str) -> bytes | None:
        try:
            data = remote.read(name)
        except RemoteFailed as error:
            self._remote = None
            remote.drop()
            _tell(f"the store {remote.url} cannot be read ({error}); going on without")
            return None
        return self._believed(data, key, remote.url.rstrip("/"), name)

    def _believed(self, data: bytes | None, key: str, layer: str, name: str) -> bytes | None:
        if data is None or is_sound(data, key):
            return data
        self._damaged(layer, name, "its seal is not that of this harness over this content")
        return None

    def _damaged(self, layer: str, name: str, reason: str) -> None:
        """Say once, of each layer, that something is wrong; the entry is not there, and will be written anew."""
        if layer not in self._told:
            self._told.add(layer)
            _tell(
                f"{layer}/{name}: an earlier result is not used ({reason}); it is computed again, and so are others "
                "like it"
            )

    def _to_folder(self, name: str, data: bytes) -> None:
        if not self._writable:
            return
        try:
            self._folder.write(name, data)
        except NotWritable as error:
            self._writable = False
            _tell(f"the store of earlier results takes no more ({error}); going on without")

    def _not_taken(self, remote: Remote, error: RemoteFailed) -> None:
        self._remote_writable = False
        remote.drop()
        _tell(f"the store {remote.url} takes no more ({error}); going on without writing to it")


def place(key: str, kind: str) -> str:
    """Return the name of the entry of *key* among those of its *kind*: "json" or "flac"."""
    # Sixteen folders: in a single one, and in 256, ext4 takes five times as long to make a file.
    name = hashlib.sha256(key.encode("utf-8", errors="surrogatepass")).hexdigest()
    return f"{name[0]}/{name[1:]}.{kind}"


def content_of(data: bytes) -> bytes:
    """Return what an entry's *data* holds, without its last line."""
    return data.removesuffix(b"\n").rpartition(b"\n")[0]


def is_sound(data: bytes, key: str) -> bool:
    """Tell whether an entry's *data* was sealed by this harness as that of *key*."""
    content, _, last = data.removesuffix(b"\n").rpartition(b"\n")
    return hmac.compare_digest(last, _seal(key, content))


def key_of(data: bytes) -> str | None:
    """Return the key that an entry's *data* says it is of, if the seal on both is right; else None."""
    content, _, last = data.removesuffix(b"\n").rpartition(b"\n")
    try:
        told = json.loads(last)
    except ValueError:
        return None
    key = told.get("key") if isinstance(told, dict) else None
    return key if isinstance(key, str) and holds(told.get("seal"), key, content) else None


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
