"""The store as its files are: which keys it has, and entries that somebody changed and sealed again."""

import json
from pathlib import Path

from harness.runtime.resources import cache_folder
from harness.runtime.store import Store


def results() -> Path:
    """Return the folder of the store that runs use."""
    return cache_folder() / "results"


def keys(prefix="", folder=None):
    """Return the keys that begin with *prefix*; what another process is still writing has none."""
    whole = [path for path in (folder or results()).glob("*/*.*") if path.suffix != ".partial"]
    last = [path.read_bytes().splitlines()[-1] for path in whole]
    return [key for line in last if (key := json.loads(line)["key"]).startswith(prefix)]


def change(prefix, value):
    """Put *value*, or what it makes of the value that is there, under every key that begins with *prefix*."""
    store = Store(results())
    for key in keys(prefix):
        store.put(key, value(store.get(key, dict)) if callable(value) else value)
    store.close()
