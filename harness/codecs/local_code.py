"""
The code that a module needs and that is not installed: its own, and what it imports or names.

It names files with strings (`named_files`). Paths begin beside the module, a little above, or where it is run. A name
that is put together when it runs is not found, nor a file elsewhere: a whole path is as often that of a log. What is
named `.log` is none either.

Modules are found and read, never imported, and nothing here raises: what cannot be found or parsed ends the search.
"""

import ast
import contextlib
import functools
import hashlib
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from harness.codecs import module_files, named_files
from harness.runtime.installed import is_installed

LONGEST_NAME = 200  # characters of a string that may be the name of a file
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
    folders = named_files.Folders()  # many modules lie in one
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
                for text, place in named_files.named(file, texts, folders) if data else ():
                    yield f"{name}/{text}", (place, named_files.data(place))
            open_names += _above(name)


def is_known(name: str) -> bool:
    """Tell whether a module called *name* is found here, wherever it is; it is not imported."""
    top = name.partition(".")[0]
    return (
        top in sys.stdlib_module_names
        or module_files.found(name)[0] is not None
        or module_files.search_path(name) is not None
    )


def _above(name: str) -> list[str]:
    """Return the packages that a module lies in; a namespace among them has no file, those above it may have one."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _local_code(name: str) -> tuple[Path, bytes] | None:
    """Return file and content of a module that is neither of the standard library nor installed; None for others."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return None
    origin, loader = module_files.found(name)
    if origin is None or is_installed(Path(origin)):
        return None
    content = module_files.content(origin, loader)
    return None if content is None else (Path(origin), content)


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


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement in *tree*; expressions hold no import, and are most of it."""
    found: list[ast.AST] = [tree]
    while found:
        node = found.pop()
        yield node
        for part in _PARTS:
            found += getattr(node, part, ())


def _named_modules(name: str, file: Path, texts: Sequence[str]) -> Iterator[str]:
    """Yield the modules that *texts* of a module name. Not to be cached."""
    for text in texts:
        module = text.lstrip(".")
        if all(part.isidentifier() for part in module.split(".")):
            names = f"{_package(name, file)}.{module}".lstrip("."), module
            yield from (within for within in names if _is_local(within))


def _is_local(name: str) -> bool:
    """Tell whether *name* is a module or package where imports look; quick, for any word may be asked for."""
    at = [Path(place, *name.split(".")) for place in sys.path if "site-" not in place]
    return any(
        named_files.is_file(place.with_suffix(".py")) or named_files.is_file(place / "__init__.py") for place in at
    )
