"""
What was computed before, by content: scores and cells that any later run may read back.

The key is a hash of everything that decides the value, so nothing here ever goes stale; it is only evicted when the
store grows past its limit. Losing the store costs time, never a result: a store that cannot be written is done without.
"""

import hashlib
import json
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import diskcache

LIMIT_BYTES = 2 << 30


def content_key(**parts: Any) -> str:
    """Return the hash of *parts*, which must be plain JSON data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Store:
    """Text and bytes by content key, kept in *folder*; safe to share between processes."""

    def __init__(self, folder: Path) -> None:
        self._cache: diskcache.Cache | None = None
        try:
            self._cache = diskcache.Cache(str(folder), size_limit=LIMIT_BYTES)
        except (OSError, sqlite3.Error) as error:
            self._without(error)

    def get(self, key: str) -> Any:
        """Return the text or bytes kept under *key*, or None."""
        if self._cache is None:
            return None
        try:
            return self._cache.get(key)
        except (OSError, sqlite3.Error) as error:
            self._without(error)
            return None

    def put(self, key: str, value: str | bytes) -> None:
        """Keep *value* under *key*."""
        if self._cache is not None:
            try:
                self._cache.set(key, value)
            except (OSError, sqlite3.Error) as error:
                self._without(error)

    def close(self) -> None:
        """Close the store's files."""
        if self._cache is not None:
            self._cache.close()

    def _without(self, error: Exception) -> None:
        self._cache = None
        warnings.warn(f"the store of earlier results cannot be used ({error}); going on without it", stacklevel=3)


class Unread(Store):
    """A *store* that is written and never read: what is asked for is computed again, for later runs too."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> Any:
        """Return None, whatever is kept."""
        del key

    def put(self, key: str, value: str | bytes) -> None:
        """Keep *value* under *key*."""
        self._store.put(key, value)

    def close(self) -> None:
        """Leave the store open to its owner."""
