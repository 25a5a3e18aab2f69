"""Where things lie in the folder of a run."""

import hashlib
import re
from pathlib import Path


def cell_file(folder: Path, setup: str, utterance: str) -> Path:
    """Return the file of a cell in the run's *folder*."""
    return folder / "cells" / slug(setup) / f"{slug(utterance)}.json"


def slug(name: str) -> str:
    """Return *name* as a path that any file system takes; names that differ stay different."""
    plain = re.sub(r"[^A-Za-z0-9._/-]|(?<![^/])\.+", "_", name)
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
