"""
The code that a module needs and that is not installed: its own, and what it imports or names.

It names a file with strings: of its path, of the folders and the file one by one, or of the file alone, which is looked
for below. Paths begin beside the module, a little above, or where it is run. A name that is put together when it runs
is not found, nor a file elsewhere: a whole path is as often that of a log. What is named `.log` is none either.

Modules are found and read, never imported, and nothing here raises: what cannot be found or parsed ends the search.
"""

import ast
import contextlib
import fnmatch
import functools
import hashlib
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from harness.runtime.installed import is_installed

LONGEST_NAME = 200  # characters of a string that may be the name of a file
DEEPEST, MOST_FILES = 3, 5000  # folders and files below an adapter in which the names that it holds are looked for
ABOVE, MOST_FOLDERS = 3, 200  # folders above it, and in all, in which paths are looked for that it holds
READ_WHOLE = 1 << 26  # bytes of a data file beside an adapter
_PARTS = ("body", "orelse", "handlers", "finalbody", "cases")  # of a statement: where statements may stand


def own_code(adapter: str) -> dict[str, str]:
    """
    Return the hash of each module that *adapter* (`package.module:Class`) needs, by file, the harness's own left out.

    Data beside it is left out too: the codec may write that itself. It is empty for an adapter with a short name.
    """
    module, _, made = adapter.partition(":")
    found = modules(module, without="harness", data=False) if made else ()
    return {str(local[0]): hashlib.sha256(local[1]).hexdigest() for _, local in found if local is not None}


def module_file(adapter: str) -> str | None:
    """Return the file of the module of *adapter*; None if that is installed, or there is none, or a short name."""
    module, _, made = adapter.partition(":")
    found = _local_code(module) if made and all(module.split(".")) else None
    return None if found is None else str(found[0])


def code_of(files: Iterable[str]) -> dict[str, str]:
    """Return the hash of each of *files* as it is now, as `own_code` does; those that cannot be read are left out."""
    found = {}
    for file in files:
        with contextlib.suppress(OSError):
            found[file] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return found


def closure(start: str) -> dict[str, tuple[Path, str]]:
    """Return file and hash of the local modules that *start* needs, itself included, by name; of data "module/path"."""
    found = ((name, local) for name, local in modules(start) if local is not None)
    return {name: (file, hashlib.sha256(code).hexdigest()) for name, (file, code) in found}


def modules(start: str, without: str = "", *, data: bool = True) -> Iterator[tuple[str, tuple[Path, bytes] | None]]:
    """
    Yield each name that *start* may import, its own included, directly or not, with the file and the code behind it.

    There is neither (None) of what is installed or of the standard library, and of what is no module.
    without : a package that is not looked into; data : files that are no modules are among them
    """
    seen: set[str] = set()
    folders = _Folders()  # many modules lie in one
    open_names = [start]
    while open_names:
        name = open_names.pop()
        if name in seen or not all(name.split(".")):
            continue
        seen.add(name)
        if name.partition(".")[0] == without:
            continue
        local = _local_code(name)
        yield name, local
        if local is not None:
            file, code = local
            if file.suffix == ".py":
                imported, texts = _mentioned(name, file, code)
                open_names += [*imported, *_named_modules(name, file, texts)]
                for text, place in _named_files(file, texts, folders) if data else ():
                    yield f"{name}/{text}", (place, _data(place))
            open_names += _above(name)


def is_known(name: str) -> bool:
    """Tell whether a module called *name* is found here, wherever it is; it is not imported."""
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or _found(name)[0] is not None or _search_path(name) is not None


def _above(name: str) -> list[str]:
    """Return the packages that a module lies in; a namespace among them has no file, those above it may have one."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _local_code(name: str) -> tuple[Path, bytes] | None:
    """Return file and content of a module that is neither of the standard library nor installed; None for others."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return None
    origin, loader = _found(name)
    if origin is None or is_installed(Path(origin)):
        return None
    content = _content(origin, loader)
    return None if content is None else (Path(origin), content)


def _found(name: str) -> tuple[str | None, Any]:
    """Return a module's file and its loader; (None, None) if it has no file: built in, frozen, a namespace, none."""
    if name in sys.modules:
        loaded = _namespace(sys.modules[name])
        spec, file = loaded.get("__spec__"), loaded.get("__file__")
        if not isinstance(spec, ModuleSpec):  # the script that was started, or made by hand
            return (file, loaded.get("__loader__")) if isinstance(file, str) else (None, None)
    else:
        spec = _spec(name)
    if not isinstance(spec, ModuleSpec) or not spec.has_location or not isinstance(spec.origin, str):
        return None, None
    return spec.origin, spec.loader


def _spec(name: str) -> ModuleSpec | None:
    """Ask for a module as an import does, but import nothing: not even the package that it lies in."""
    parent = name.rpartition(".")[0]
    path = _search_path(parent) if parent else None
    if parent and path is None:
        return None
    for finder in sys.meta_path:
        try:
            found = finder.find_spec(name, path)
        except Exception:  # noqa: BLE001, S112 - a finder is foreign code; what it cannot find is not found
            continue
        if isinstance(found, ModuleSpec):
            return found
    return None


def _search_path(package: str) -> list[str] | None:
    """Return where the modules of *package* are looked for; None if it is no package."""
    if package in sys.modules:
        places = _namespace(sys.modules[package]).get("__path__")
    else:
        spec = _spec(package)
        if spec is None or not spec.has_location:  # a namespace computes its list from packages that are not imported
            return _namespace_folders(package) or None
        places = spec.submodule_search_locations
    try:
        return None if places is None else list(places)
    except Exception:  # noqa: BLE001 - computed, from what may have changed since
        return None


def _namespace_folders(package: str) -> list[str]:
    parent, _, own = package.rpartition(".")
    above = _search_path(parent) or [] if parent else sys.path
    return [str(Path(place, own)) for place in above if Path(place, own).is_dir()]


def _namespace(module: object) -> dict[str, Any]:
    """Return what a module holds, past any `__getattr__` that would import more; empty for what is no module."""
    try:
        return dict(object.__getattribute__(module, "__dict__"))
    except (AttributeError, TypeError):
        return {}


def _content(origin: str, loader: Any) -> bytes | None:
    try:
        return Path(origin).read_bytes()
    except (OSError, ValueError):
        pass
    try:
        return bytes(loader.get_data(origin))  # from an archive
    except Exception:  # noqa: BLE001 - a loader is foreign code
        return None


@functools.lru_cache(maxsize=4096)
def _mentioned(name: str, file: Path, code: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Return what a module imports, and the strings in it that may name what lies beside it; none if it is no Python.

    Parsing takes longest, and all codecs of a suite import much the same. The harness loads by import alone.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # what Python thinks of the style of this code
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return (), ()  # then it cannot have been imported either
    return tuple(_imports(_package(name, file), tree)), () if name.partition(".")[0] == "harness" else _texts(tree)


def _package(name: str, file: Path) -> str:
    return name if file.name == "__init__.py" else name.rpartition(".")[0]


def _imports(package: str, tree: ast.Module) -> Iterator[str]:
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - max(0, node.level - 1)] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _texts(tree: ast.Module) -> tuple[str, ...]:
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return tuple(sorted({text for text in strings if 0 < len(text) <= LONGEST_NAME and text.isprintable()}))


class _Folders:
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


def _named_modules(name: str, file: Path, texts: Sequence[str]) -> Iterator[str]:
    """Yield the modules that *texts* of a module name. Not to be cached."""
    for text in texts:
        module = text.lstrip(".")
        if all(part.isidentifier() for part in module.split(".")):
            names = f"{_package(name, file)}.{module}".lstrip("."), module
            yield from (within for within in names if _is_local(within))


def _named_files(file: Path, texts: Sequence[str], folders: _Folders) -> Iterator[tuple[str, Path]]:
    """Yield the other files that *texts* of a module name, as seen from it and with their place. Not to be cached."""
    named = folders.named(file, texts)
    for text in texts:
        held = (folders.holds(folder, text) for folder in named)
        places = [place for place in held if place is not None and _is_file(place) and place.suffix != ".log"]
        if not places and "." in text:  # its folder may be put before the name, or found when it runs
            places = _by_name(Path(text).name, file.parent, folders)
        yield from ((os.path.relpath(place, file.parent), place) for place in dict.fromkeys(places))


def _by_name(name: str, folder: Path, folders: _Folders) -> list[Path]:
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


def _is_local(name: str) -> bool:
    """Tell whether *name* is a module or package where imports look; quick, for any word may be asked for."""
    at = [Path(place, *name.split(".")) for place in sys.path if "site-" not in place]
    return any(_is_file(place.with_suffix(".py")) or _is_file(place / "__init__.py") for place in at)


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False


def _data(place: Path) -> bytes:
    """Return what stands for the content of a data file: of a large one its size and when it was written."""
    try:
        known = place.stat()
        return place.read_bytes() if known.st_size <= READ_WHOLE else f"{known.st_size} {known.st_mtime_ns}".encode()
    except OSError:
        return b""


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement in *tree*; expressions hold no import, and are most of it."""
    found: list[ast.AST] = [tree]
    while found:
        node = found.pop()
        yield node
        for part in _PARTS:
            found += getattr(node, part, ())
