"""Looking after a store: what it holds, whether that is sound, and making room; its folder and a remote one alike."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from harness.runtime.store import key_of, place
from harness.runtime.store_folder import StoreEntry

DAY = 86_400.0  # s


class StoreLayer(Protocol):
    """Where entries lie: `store_folder.Folder`, or `remote.Remote`."""

    def entries(self) -> Iterator[StoreEntry]:
        """Yield what is kept."""

    def read(self, name: str) -> bytes | None:
        """Return an entry."""

    def delete(self, name: str) -> None:
        """Delete an entry."""


@dataclass
class Stats:
    """How many entries there are of each suffix, how many bytes, and the ages of the oldest and newest in days."""

    count: Counter[str] = field(default_factory=Counter)
    size: Counter[str] = field(default_factory=Counter)
    oldest: float = 0.0
    newest: float = 0.0


def stats(layer: StoreLayer) -> Stats:
    """Count what is in *layer*, without reading it."""
    found, now = Stats(), time.time()
    ages = []
    for entry in layer.entries():
        suffix = entry.name.rpartition(".")[2]
        found.count[suffix] += 1
        found.size[suffix] += entry.size
        ages.append((now - entry.used) / DAY)
    if ages:
        found.oldest, found.newest = max(ages), min(ages)
    return found


def unsound(layer: StoreLayer) -> Iterator[str]:
    """Yield the names of entries that would not be believed: damaged, in another's place, or of another key."""
    for entry in layer.entries():
        try:
            data = layer.read(entry.name)
        except OSError:
            data = b""
        if data is None:
            continue  # deleted meanwhile
        key = key_of(data)
        if key is None or place(key, entry.name.rpartition(".")[2]) != entry.name:
            yield entry.name


def prune(layer: StoreLayer, *, days: float | None = None, limit: int | None = None) -> tuple[int, int]:
    """
    Delete what was not used for *days*, then the least used until *limit* bytes are left; return how many, of how many
    bytes.

    Of a remote store, when an entry was written counts as when it was used.
    """
    kept = sorted(layer.entries(), key=lambda entry: entry.used)
    total, now = sum(entry.size for entry in kept), time.time()
    count = size = 0
    for entry in kept:
        old = days is not None and now - entry.used > days * DAY
        if not old and (limit is None or total <= limit):
            continue
        layer.delete(entry.name)
        total -= entry.size
        count, size = count + 1, size + entry.size
    return count, size
