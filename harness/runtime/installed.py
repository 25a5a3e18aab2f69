"""
Which files are installed: they belong to a distribution, whose version answers for them.

A distribution lists its files (`RECORD`, or `installed-files.txt`), wherever it lies: in the site's folders, in one
that a `.pth` file or PYTHONPATH adds, or in a wheel. What is installed to be edited lists none of its modules, and a
source tree with an `egg-info` in it is no installation: these are local, like everything that no distribution lists.
"""

import csv
import functools
import json
import site
import sys
import sysconfig
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath


def is_installed(file: Path) -> bool:
    """Tell whether *file* is of the standard library or of a distribution."""
    resolved, written = file.resolve(), file.absolute()
    if any(resolved.is_relative_to(folder) for folder in _site_folders()):
        return True
    for place in _places():
        for path, root in zip((written, resolved), _roots(place.absolute()), strict=True):
            if path.is_relative_to(root) and _belongs(path.relative_to(root), _listed(place)):
                return True
    return False


def versions() -> set[str]:
    """Return name and version of what is installed, as the metadata folders are called."""
    found = set()
    for place in _places():
        if place.is_dir():
            found |= {folder.name for kind in ("dist-info", "egg-info") for folder in place.glob(f"*.{kind}")}
        else:
            found |= {_named(one) for one in _distributions(place)}
    return found


def _places() -> list[Path]:
    return [Path(place or ".") for place in dict.fromkeys(sys.path) if isinstance(place, str)]


@functools.cache
def _roots(place: Path) -> tuple[Path, Path]:
    """Return *place*, which is absolute, as it is written and resolved; it is asked for with every file."""
    return place, place.resolve()


@functools.cache
def _site_folders() -> tuple[Path, ...]:
    folders = (*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_path("stdlib"))
    return tuple(Path(folder).resolve() for folder in folders)


def _belongs(file: Path, listed: frozenset[str]) -> bool:
    """Tell whether *file* is listed, or lies in a package that is: what a package builds for itself is its own."""
    if file.as_posix() in listed:
        return True
    return any(f"{above.as_posix()}/__init__.py" in listed or above.as_posix() in listed for above in file.parents)


@functools.cache
def _listed(place: Path) -> frozenset[str]:
    """Return the files, relative to *place*, that the distributions in it list, and the names of those that do not."""
    found: set[str] = set()
    for one in _distributions(place):
        try:
            found |= _files(one, place)
        except Exception:  # noqa: BLE001, S112 - metadata may be damaged in any way: then it lists nothing
            continue
    return frozenset(found - {".", ""})


def _files(one: Distribution, place: Path) -> set[str]:
    record = one.read_text("RECORD")
    if record is not None:
        return {PurePosixPath(row[0]).as_posix() for row in csv.reader(record.splitlines()) if row}
    if (written := one.read_text("installed-files.txt")) is not None:
        return {PurePosixPath(line).as_posix().removeprefix("../") for line in written.splitlines() if line}
    source_tree = one.read_text("SOURCES.txt") is not None and place.suffix != ".egg"
    if source_tree or json.loads(one.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable"):
        return set()
    names = (one.read_text("top_level.txt") or one.metadata["Name"].replace("-", "_")).split()
    return set(names) | {f"{name}.py" for name in names}


def _distributions(place: Path) -> list[Distribution]:
    try:
        return list(distributions(path=[str(place)]))
    except Exception:  # noqa: BLE001 - finders of distributions are foreign code, and their files may be damaged
        return []


def _named(one: Distribution) -> str:
    try:
        return f"{one.metadata['Name']}-{one.version}"
    except Exception:  # noqa: BLE001 - as above
        return ""
