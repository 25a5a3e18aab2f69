"""
Which code a codec consists of, so that a cell is read back only if the code that would make it again is the same.

A codec's fingerprint answers for its weights and options; nobody can be asked to answer for an edited line. So the
adapter's file is hashed, and every file outside the installed packages that it imports, directly or not, native
modules included; installed packages count by version. An installed package that was edited by hand is not noticed, nor
is a module that is named only at run time: run with `fresh`.
"""

import ast
import hashlib
import importlib.util
import json
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from harness.codec import CodecInfo, adapters
from harness.suite import CodecSpec
from harness.tracing import open_codec


def describe(spec: CodecSpec) -> tuple[CodecInfo, str]:
    """
    Load a codec; return what it declares and the hash of its code. Raises the `HarnessError` that says why not.

    The class and its options are part of the hash: a subclass that inherits its fingerprint is another codec.
    """
    info = open_codec(spec).info
    target = adapters().get(spec.adapter, spec.adapter)
    made = json.dumps([target, spec.options, code_sha256(target)], sort_keys=True, default=str)
    return info, hashlib.sha256(made.encode()).hexdigest()


def code_sha256(target: str) -> str:
    """Return the hash of the code behind *target* (`package.module:Class`), which can be imported here."""
    digest = hashlib.sha256()
    for name, file in sorted(_closure(target.partition(":")[0]).items()):
        digest.update(f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    for name in sorted(_distributions()):
        digest.update(name.encode())
    return digest.hexdigest()


def _closure(start: str) -> dict[str, Path]:
    """Return the local modules that *start* needs, itself included, by name."""
    found: dict[str, Path] = {}
    open_names = [start]
    while open_names:
        name = open_names.pop()
        file = None if name in found else _local_file(name)
        if file is not None:
            found[name] = file
            open_names += _imported(name, file) if file.suffix == ".py" else ()
            open_names += [name.rpartition(".")[0]] if "." in name else []
    return found


def _local_file(name: str) -> Path | None:
    """Return the file of a module that is neither of the standard library nor installed; None for all others."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return None
    try:
        spec = sys.modules[name].__spec__ if name in sys.modules else importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None  # not a module: `from package import function` asks for both
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    file = Path(spec.origin).resolve()
    return None if any(file.is_relative_to(folder) for folder in _installed()) or not file.is_file() else file


def _installed() -> tuple[Path, ...]:
    folders = (*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_path("stdlib"))
    return tuple(Path(folder).resolve() for folder in folders)


def _imported(name: str, file: Path) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        return  # then it cannot have been imported either
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - max(0, node.level - 1)] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _distributions() -> set[str]:
    """Return name and version of what is installed, as their metadata folders are called."""
    return {found.name for place in sys.path for found in Path(place or ".").glob("*.dist-info")}
