"""
Which files the code of a codec consists of, and what cannot be told of that without running it.

The modules are those whose code is the codec's identity (`harness.codecs.identity`). Code that runs other code by a
name that is made at run time, and a module that is not found here, may be of any file that is called so.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from harness.codecs.local_code import is_known, modules

# What runs code that no import names, or has it found where nobody looks before it runs.
MODULES = frozenset({
    "importlib", "runpy", "pkgutil", "pkg_resources", "zipimport", "imp", "subprocess", "pty", "pydoc", "site", "hydra",
    "pickle", "dill", "cloudpickle", "joblib", "shelve",
})  # fmt: skip
HARMLESS = frozenset({"importlib.metadata", "importlib.resources"})
CALLS = frozenset({"exec", "eval", "compile", "__import__", "entry_points"})
METHODS = frozenset({
    "system", "popen", "startfile", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe",
    "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe", "posix_spawn",
    "posix_spawnp", "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell",
    "read_pickle",
})  # fmt: skip
PLACES = frozenset({"path", "meta_path", "path_hooks"})  # of the module sys: where imports look
UNPICKLING = {"allow_pickle": False, "weights_only": True}  # arguments; with other values, classes are imported by name
SAFE_SINCE = 2, 6  # of torch, whose load imports classes by name in older versions unless it is told not to
SAFE_LOADS = frozenset({"json", "np", "numpy", "tomllib", "safetensors"})
# What lists folders, and which of their arguments may say what is looked for there.
LISTING = {"iterdir": None, "listdir": None, "scandir": None, "walk": None, "glob": 0, "rglob": 0, "iglob": 0}


@dataclass(frozen=True)
class Sources:
    """
    Where the code of a codec, or of a metric, comes from.

    files : of the local modules
    runs_others : those of them that may run code which no import names, or change where imports look
    reads : patterns of the names of files that they may read, whatever these are called by: of what they list, and of
        the ends of names that they may put together
    lacking : names that are imported and not found here; those of functions and classes are among them
    names : all names that are imported
    """

    files: frozenset[Path]
    runs_others: frozenset[Path]
    reads: frozenset[str]
    lacking: frozenset[str]
    names: frozenset[str]

    @property
    def lost(self) -> set[str]:
        """The packages, and modules of none, that are imported and not found here, whatever they import themselves."""
        return {name.partition(".")[0] for name in self.lacking} - (self.names - self.lacking)


def sources(target: str, package: Path) -> Sources:
    """
    Return where the code behind *target* (`package.module:name`) comes from; nothing is imported.

    package : a folder whose code is known to run no other, that of the harness
    """
    files, runs_others, reads, lacking, names = set(), set(), set(), set(), set()
    for name, local in modules(target.partition(":")[0]):
        names.add(name)
        if local is None:
            lacking |= set() if is_known(name) else {name}
            continue
        file, code = local
        files.add(file.absolute())
        if file.suffix == ".py" and not file.is_relative_to(package):
            nodes = _nodes(code)
            runs_others |= {file.absolute()} if any(map(_runs, nodes)) else set()
            reads |= {pattern for node in nodes for pattern in _reads(node)}
    return Sources(frozenset(files), frozenset(runs_others), frozenset(reads), frozenset(lacking), frozenset(names))


def module_names(file: Path, root: Path) -> set[str]:
    """Return what a Python *file* below *root* may be called in an import."""
    parts = file.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return {".".join(parts[start:]) for start in range(len(parts))}


def above(names: Iterable[str]) -> set[str]:
    """Return *names*, and the packages that they lie in."""
    parts = [name.split(".") for name in names]
    return {".".join(each[:length]) for each in parts for length in range(1, len(each) + 1)}


def _nodes(code: bytes) -> list[ast.AST]:
    try:
        with warnings.catch_warnings(action="ignore"):
            return list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # it cannot run at all


def _reads(node: ast.AST) -> Iterator[str]:
    """Yield the patterns of the names that *node* may read files by."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        end = node.value.rpartition("/")[2]
        if "." in end:  # another part may be put before it
            yield f"*{end.replace('[', '[[]')}"
    elif isinstance(node, ast.Call):
        called = _called(node)
        if called in LISTING:
            place = LISTING[called]
            given = node.args[place] if place is not None and len(node.args) > place else None
            said = given.value if isinstance(given, ast.Constant) else None
            yield said.rpartition("/")[2] if isinstance(said, str) else "*"


def _runs(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(_is_runner(alias.name) or (alias.name == "sys" and alias.asname) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        named = {alias.name for alias in node.names}
        known = METHODS | CALLS | (PLACES if node.module == "sys" else set())
        return bool(named & known) or any(_is_runner(f"{node.module}.{name}") for name in named)
    if isinstance(node, ast.Name):
        return node.id in CALLS
    if isinstance(node, ast.Call):
        return _called(node) == "load" and _unpickles(node)
    if isinstance(node, ast.keyword):
        harmless = UNPICKLING.get(node.arg or "")
        return harmless is not None and not (isinstance(node.value, ast.Constant) and node.value.value is harmless)
    return isinstance(node, ast.Attribute) and _is_of_running(node)


def _called(call: ast.Call) -> str:
    """Return the last name of what is called; "" if it has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _unpickles(call: ast.Call) -> bool:
    """Tell whether a call of something called `load` may be torch's, and import classes by name as it is installed."""
    told = any(keyword.arg == "weights_only" for keyword in call.keywords)  # what it says is looked at by itself
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    return not told and getattr(of, "id", "") not in SAFE_LOADS and _torch_version() < SAFE_SINCE


def _torch_version() -> tuple[int, ...]:
    try:
        return tuple(map(int, metadata.version("torch").split(".")[:2]))
    except metadata.PackageNotFoundError:
        return SAFE_SINCE  # there is none that could
    except ValueError:
        return ()


def _is_of_running(node: ast.Attribute) -> bool:
    of = node.value.id if isinstance(node.value, ast.Name) else ""
    of_place = (of == "sys" and node.attr in PLACES) or (of in ("builtins", "__builtins__") and node.attr in CALLS)
    return of_place or node.attr in METHODS or node.attr == "entry_points" or (of == "torch" and node.attr == "hub")


def _is_runner(name: str) -> bool:
    if f"{name}.".startswith("torch.hub."):
        return True
    return name.partition(".")[0] in MODULES and not any(f"{name}.".startswith(f"{one}.") for one in HARMLESS)
