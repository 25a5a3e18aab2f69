"""
The files that the strings in a module name: by their path, by folders and file one by one, or by the file alone.

What is named so is not cached: files come and go while a process lasts.
"""

import contextlib
import fnmatch
import functools
import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

DEEPEST, MOST_FILES = 3, 5000  # folders and files below an adapter in which the names that it holds are looked for
ABOVE, MOST_FOLDERS = 3, 200  # folders above it, and in all, in which paths are looked for that it holds
LOG = ".log"  # what a file is called that decides nothing
READ_WHOLE = 1 << 26  # bytes of a data file beside an adapter


class Folders:
    """What lies in folders, each looked into once in a search."""

    def __init__(self) -> None:
        self._names = functools.cache(lambda folder: frozenset(map(_folded, _names(folder))))
        self.below = functools.cache(_below)

    def holds(self, folder: Path, text: str) -> Path | None:
        """Return where *text*, a path or the end of one, is in *folder*; None if nothing there begins so."""
        parts = [part for part in text.split("/") if part not in ("", ".")]
        if set(parts) <= {".."} or (parts[0] != ".." and _folded(parts[0]) not in self._names(folder)):
            return None  # of a thousand strings few are asked for
        return folder.joinpath(*parts)

    def named(self, file: Path, texts: Sequence[str]) -> list[Path]:
        """Return the folders that *texts* of *file* may be in: around it, where it is run, and those that they name."""
        around = [file.parent, *list(file.parent.parents)[:ABOVE]]
        with contextlib.suppress(OSError):  # it may be gone
            around.append(Path.cwd())
        found = {place.resolve(): place for place in around if place != place.parent}
        last = list(found.values())
        while last and len(found) < MOST_FOLDERS:
            places = (self.holds(folder, text) for folder in last for text in texts)
            new = {place.resolve(): place for place in places if place is not None and _is_folder(place)}
            last = [place for real, place in new.items() if real not in found]
            found = new | found
        return list(found.values())


def named(file: Path, texts: Sequence[str], folders: Folders) -> Iterator[tuple[str, Path]]:
    """Yield the other files that *texts* of a module name, as seen from it and with their place."""
    around = folders.named(file, texts)
    for text in texts:
        held = (folders.holds(folder, text) for folder in around)
        places = [place for place in held if place is not None and is_file(place) and place.suffix != LOG]
        if not places and "." in text:  # its folder may be put before the name, or found when it runs
            places = _by_name(Path(text).name, file.parent, folders)
        yield from ((os.path.relpath(place, file.parent), place) for place in dict.fromkeys(places))


def _by_name(name: str, folder: Path, folders: Folders) -> list[Path]:
    """Return the files below *folder* that are called *name*, in which an asterisk stands for anything."""
    below = folders.below(folder)
    if "*" not in name:
        return below.get(name, [])
    if not name.rpartition(".")[2].isalnum():  # all files, or no pattern of names at all
        return []
    return [place for each in fnmatch.filter(sorted(below), name) for place in below[each]]


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208 - names are all that is asked for
    except OSError:
        return frozenset()


def _folded(name: str) -> str:
    """Return *name* as file systems compare it that know neither small letters nor ways to write an accent."""
    return unicodedata.normalize("NFC", name).casefold()


def _below(folder: Path) -> dict[str, list[Path]]:
    """Return the files in *folder* and those below, by their own names: the nearest first, as many as quickly found."""
    found: dict[str, list[Path]] = {}
    seen, count, level = {folder.resolve()}, 0, [folder]
    for _ in range(DEEPEST + 1):
        deeper: list[Path] = []
        for place in level:
            names = sorted(_names(place))
            if "run.json" in names and place != folder:  # the folder of a run, of which each has another
                continue
            count += len(names)
            if count > MOST_FILES:
                return found
            for name in names:
                inner = place / name
                if not _is_folder(inner):
                    found.setdefault(name, []).append(inner)
                elif name[0] != "." and name != "__pycache__" and (real := inner.resolve()) not in seen:
                    seen.add(real)
                    deeper.append(inner)
        level = deeper
    return found


def is_file(place: Path) -> bool:
    """Tell whether *place* is a file; what cannot be looked at is none."""
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False


def data(place: Path) -> bytes:
    """Return what stands for the content of a data file: of a large one its size and when it was written."""
    try:
        known = place.stat()
        return place.read_bytes() if known.st_size <= READ_WHOLE else f"{known.st_size} {known.st_mtime_ns}".encode()
    except OSError:
        return b""
