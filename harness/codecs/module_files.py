"""Where modules are, found as an import finds them; nothing is imported, and nothing here raises."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from harness.files import given


def found(name: str) -> tuple[str | None, Any]:
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
    path = search_path(parent) if parent else None
    if parent and path is None:
        return None
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, path)
        except Exception:  # noqa: BLE001, S112 - a finder is foreign code; what it cannot find is not found
            continue
        if isinstance(spec, ModuleSpec):
            return spec
    return None


def search_path(package: str) -> list[str] | None:
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
    above = search_path(parent) or [] if parent else sys.path
    places = [Path(place, own) for place in above if isinstance(place, str)]  # as an import does
    return [str(place) for place in places if given.is_folder(place)]


def _namespace(module: object) -> dict[str, Any]:
    """Return what a module holds, past any `__getattr__` that would import more; empty for what is no module."""
    try:
        return dict(object.__getattribute__(module, "__dict__"))
    except (AttributeError, TypeError):
        return {}


def content(origin: str, loader: Any) -> bytes | None:
    """Return what a module's file holds, also of one in an archive; None if it cannot be read."""
    try:
        return Path(origin).read_bytes()
    except (OSError, ValueError):
        pass
    try:
        return bytes(loader.get_data(origin))  # from an archive
    except Exception:  # noqa: BLE001 - a loader is foreign code
        return None
