"""
The kinds of versions that a history may consist of: configurations, checkpoints, releases of a package, and commits.

Each kind has its table in the file and a function that turns the table into versions, oldest first.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.bisect.history.commits import checkout, commits
from harness.bisect.history.packages import environment, in_environment
from harness.bisect.probe.differences import WHOLE_CODEC, point_of
from harness.errors import SuiteInvalid, meant
from harness.files import given
from harness.record import Frozen, Scalar
from harness.topology.setup import Configuration

APP = "app."
CHECKOUT = "{checkout}"  # in an option of the codec: the folder of a commit
LONGEST_NAME = 255  # of a file; longer text is no path


class VersionTable(Frozen):
    """One `[[versions]]`: what it sets anew."""

    name: str
    about: str = ""
    set: dict[str, Scalar] = Field(default_factory=dict)


class CheckpointsTable(Frozen):
    """`[checkpoints]`: files, each as an option of the codec."""

    files: str
    option: str = "weights"


class PackageTable(Frozen):
    """`[package]`: releases, each in an environment of its own."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    versions: tuple[str, ...]
    adapters: str | None = None


class CommitsTable(Frozen):
    """`[commits]`: of a git repository, each checked out and built."""

    repository: str = "."
    good: str
    bad: str
    build: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = ()


@dataclass(frozen=True)
class Version:
    """
    One version of a history.

    make : returns how it is run with a configuration; may install or build, and raises a `HarnessError` if that fails
    identity : what it is without making it; None if making it costs nothing
    changes : what it sets anew, for a person
    """

    name: str
    about: str
    make: Callable[[Configuration], Configuration]
    identity: str | None
    changes: dict[str, Scalar]


def configurations(path: Path, tables: Sequence[VersionTable], start: Configuration) -> list[Version]:
    """Return one version for each table; each keeps what the one before it set."""
    versions = []
    settings: dict[str, Scalar] = {}
    for table in tables:
        settings = settings | {name: beside(path, value) for name, value in table.set.items()}
        settled(path, f"version {table.name!r}", start, settings)
        versions.append(Version(table.name, table.about, partial(changed, settings=settings), None, table.set))
    return versions


def settled(path: Path, where: str, point: Configuration, settings: dict[str, Scalar]) -> Configuration:
    """Return *point* with *settings*, which stand in the file at *path*; its errors say where."""
    try:
        return changed(point, {name: beside(path, value) for name, value in settings.items()})
    except SuiteInvalid as error:
        raise SuiteInvalid(f"{path}: {where}: {error}") from error


def beside(path: Path, value: Any) -> Any:
    """Return an option's *value*, with paths relative to the file at *path* made absolute."""
    if isinstance(value, list):
        return [beside(path, part) for part in value]
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return value
    place = path.parent.resolve() / value
    return str(place) if value.startswith(("./", "../")) or (value and given.is_file(place)) else value


def changed(point: Configuration, settings: dict[str, Scalar]) -> Configuration:
    """Return *point* with dotted *settings* applied; raise `SuiteInvalid` for one that means nothing."""
    flat, options = point.factors(), dict(point.codec.options)
    for name, value in settings.items():
        if name in flat:
            flat[name] = value
        elif name.startswith(f"{WHOLE_CODEC}."):
            options[name.removeprefix(f"{WHOLE_CODEC}.")] = value
        elif not name.startswith(APP):
            raise SuiteInvalid(
                f"factor {name!r} is unknown; {meant(name, flat)}wanted {', '.join(flat)}, codec.OPTION, or "
                "app.ANYTHING for what is outside the codec path"
            )
    return point_of(point.codec.model_copy(update={"options": options}), flat)


def checkpoints(path: Path, table: CheckpointsTable) -> list[Version]:
    """Return one version for each file, in natural order."""
    try:
        files = sorted(path.parent.glob(table.files), key=lambda found: natural(found.name))
    except (ValueError, NotImplementedError, IndexError, OSError) as error:  # what pathlib says of "", "/x" and "."
        raise SuiteInvalid(f"{path}: checkpoints.files: got {table.files!r}: {error}; wanted such as a/*.bin") from None
    if not files:
        raise SuiteInvalid(f"{path}: checkpoints.files: nothing matches {table.files!r} beside {path}")
    option = f"{WHOLE_CODEC}.{table.option}"
    return [
        Version(found.name, "", partial(changed, settings={option: str(found.resolve())}), None, {option: found.name})
        for found in files
    ]


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts `step-9` before `step-10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def releases(path: Path, table: PackageTable, limit: float) -> list[Version]:
    """Return one version for each release; installing one may take *limit* seconds."""
    adapters = None if table.adapters is None else (path.parent / table.adapters).resolve()
    versions = []
    for number in table.versions:

        def make(configured: Configuration, requirement: str = f"{table.name}=={number}") -> Configuration:
            python = environment([requirement], limit=limit)
            return configured.model_copy(update={"codec": in_environment(configured.codec, python, adapters)})

        identity = f"{table.name}=={number} {_code(adapters)}"
        versions.append(Version(number, "", make, identity, {f"{WHOLE_CODEC}.package.{table.name}": number}))
    return versions


def _code(folder: Path | None) -> str:
    """Return the hash of the modules in a folder of adapters."""
    files = [] if folder is None else sorted(folder.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def commit_versions(path: Path, table: CommitsTable, limit: float) -> list[Version]:
    """Return one version for each commit; each step of building one may take *limit* seconds."""
    repository = (path.parent / table.repository).resolve()
    versions = []
    for commit in commits(repository, table.good, table.bad):

        def make(configured: Configuration, sha: str = commit.sha) -> Configuration:
            folder = checkout(repository, sha, table.build, limit=limit)
            options = {name: _placed(value, folder) for name, value in configured.codec.options.items()}
            return configured.model_copy(update={"codec": configured.codec.model_copy(update={"options": options})})

        identity = f"{commit.sha} {table.build}"
        short = commit.sha[:10]
        versions.append(Version(short, commit.subject, make, identity, {f"{WHOLE_CODEC}.commit": short}))
    return versions


def _placed(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return value.replace(CHECKOUT, str(folder))
    if isinstance(value, dict):
        return {key: _placed(part, folder) for key, part in value.items()}
    return [_placed(part, folder) for part in value] if isinstance(value, list) else value
