"""
Ordered histories to search: a TOML file of versions, of which the first is said to be good and the last to be bad.

    name = "voice app"
    bad_if = "corrupt"                 # or degraded, altered, not-identical, "stoi < good - 0.1"

    [speech]                           # as in a suite; so are [scores], [tolerances] and [codecs.NAME]
    utterances = ["heart-01", "rms-01"]

    [codecs.mini]
    adapter = "mini"

    [start]                            # the first version: a codec and a standard topology
    codec = "mini"
    topology = "shared"

And one of these four:

    [[versions]]                       # configurations; each keeps what the one before it set
    name = "v7.6"
    about = "nested loop for encoding"
    set = { "topology.decoder.reset" = "every-call", "codec.codebooks" = 8, "app.seed" = 42 }

    [checkpoints]                      # every file that matches, in natural order, as an option of the codec
    files = "checkpoints/*.safetensors"
    option = "weights"

    [package]                          # released versions, each in its own environment
    name = "moshi"
    versions = ["0.2.1", "0.2.2"]
    adapters = "."                     # a folder with an adapter of yours, if the codec's is one

    [commits]                          # of a git repository, each checked out and built in its own folder
    repository = "."
    good = "v1.0"
    bad = "main"
    build = [["cargo", "build", "--release"]]

Factors that begin with `app.` are written down but touch nothing that is measured: versions that differ in them alone
are known to be alike. Options of the codec may name `{checkout}`, the folder of a commit.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from harness import catalogue
from harness.errors import SuiteInvalid
from harness.record import Frozen, Scalar
from harness.search.commits import checkout, commits
from harness.search.differences import WHOLE_CODEC, point_of
from harness.search.environments import environment, in_environment
from harness.search.probing import Bench, Point
from harness.suite import EMBEDDED, CodecSpec, ScoresTable, SpeechTable
from harness.topology import Topology
from harness.verdict import Tolerances

APP = "app."


class _Start(Frozen):
    codec: str
    topology: str = "shared"


class _Version(Frozen):
    name: str
    about: str = ""
    set: dict[str, Scalar] = Field(default_factory=dict)


class _Checkpoints(Frozen):
    files: str
    option: str = "weights"


class _Package(Frozen):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    versions: tuple[str, ...]
    adapters: str | None = None


class _Commits(Frozen):
    repository: str = "."
    good: str
    bad: str
    build: tuple[tuple[str, ...], ...] = ()


class _File(Frozen):
    name: str | None = None
    bad_if: str = "corrupt"
    speech: SpeechTable = SpeechTable()
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()
    codecs: dict[str, dict[str, Any]] = Field(min_length=1)
    topologies: dict[str, Topology] = Field(default_factory=dict)
    start: _Start
    versions: tuple[_Version, ...] = ()
    checkpoints: _Checkpoints | None = None
    package: _Package | None = None
    commits: _Commits | None = None


@dataclass(frozen=True)
class Version:
    """
    One version of a history.

    make : returns how it is run; may install or build, and raises a `HarnessError` if that fails
    identity : what it is without making it; None if making it costs nothing
    changes : what it sets anew, for a person
    """

    name: str
    about: str
    make: Callable[[], Point]
    identity: str | None
    changes: dict[str, Scalar]


@dataclass(frozen=True)
class History:
    """Versions in order, and what all probes of them share."""

    name: str
    bad_if: str
    bench: Bench
    versions: tuple[Version, ...]


def load(path: Path, *, limit: float) -> History:
    """
    Read a history; *limit* is how many seconds one version may take to install or build.

    Raises `SuiteInvalid` naming the key, what was got and what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        file = _File.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteInvalid(f"{path}: the versions cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise SuiteInvalid(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SuiteInvalid(f"{path}: {where}: {first['msg']}, got {first['input']!r:.80}") from error
    kinds = [key for key in ("versions", "checkpoints", "package", "commits") if getattr(file, key)]
    if len(kinds) != 1:
        raise SuiteInvalid(
            f"{path}: got {' and '.join(kinds) or 'no versions'}; wanted exactly one of [[versions]], [checkpoints], "
            "[package] and [commits]"
        )
    start = _start(path, file)
    makers = {"versions": _configurations, "checkpoints": _checkpoints, "package": _packages, "commits": _commits}
    versions = makers[kinds[0]](path, file, start, limit)
    _check_names(path, versions)
    speech = file.speech
    if speech.source != EMBEDDED:
        speech = speech.model_copy(update={"source": str((path.parent / speech.source).resolve())})
    bench = Bench(speech=speech, scores=file.scores, tolerances=file.tolerances)
    return History(file.name or path.stem, file.bad_if, bench, tuple(versions))


def _start(path: Path, file: _File) -> Point:
    table = file.codecs.get(file.start.codec)
    if table is None:
        raise SuiteInvalid(f"{path}: start.codec: got {file.start.codec!r}, wanted one of {', '.join(file.codecs)}")
    adapter = table.get("adapter")
    if not isinstance(adapter, str):
        raise SuiteInvalid(f"{path}: codecs.{file.start.codec}.adapter: got {adapter!r}, wanted the name of an adapter")
    options = {key: value for key, value in table.items() if key != "adapter"}
    own = file.topologies.get(file.start.topology)
    topology = own or catalogue.find(file.start.topology).topology
    return Point(codec=CodecSpec(name=file.start.codec, adapter=adapter, options=options), topology=topology)


def _configurations(path: Path, file: _File, start: Point, limit: float) -> list[Version]:
    del limit
    versions = []
    point = start
    for version in file.versions:
        try:
            point = changed(point, version.set)
        except SuiteInvalid as error:
            raise SuiteInvalid(f"{path}: version {version.name!r}: {error}") from error
        versions.append(Version(version.name, version.about, _given(point), None, version.set))
    return versions


def changed(point: Point, settings: dict[str, Scalar]) -> Point:
    """Return *point* with dotted *settings* applied; raise `SuiteInvalid` for one that means nothing."""
    flat, options = point.factors(), dict(point.codec.options)
    for name, value in settings.items():
        if name in flat:
            flat[name] = value
        elif name.startswith(f"{WHOLE_CODEC}."):
            options[name.removeprefix(f"{WHOLE_CODEC}.")] = value
        elif not name.startswith(APP):
            raise SuiteInvalid(
                f"factor {name!r} is unknown; wanted {', '.join(flat)}, codec.OPTION, or app.ANYTHING for what is "
                "outside the codec path"
            )
    return point_of(point.codec.model_copy(update={"options": options}), flat)


def _checkpoints(path: Path, file: _File, start: Point, limit: float) -> list[Version]:
    del limit
    table = file.checkpoints
    if table is None:
        return []
    files = sorted(path.parent.glob(table.files), key=lambda found: natural(found.name))
    if not files:
        raise SuiteInvalid(f"{path}: checkpoints.files: nothing matches {table.files!r} beside {path}")
    option = f"{WHOLE_CODEC}.{table.option}"
    return [
        Version(found.name, "", _given(changed(start, {option: str(found.resolve())})), None, {option: found.name})
        for found in files
    ]


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts `step-9` before `step-10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _packages(path: Path, file: _File, start: Point, limit: float) -> list[Version]:
    table = file.package
    if table is None:
        return []
    versions = []
    adapters = None if table.adapters is None else (path.parent / table.adapters).resolve()
    for number in table.versions:
        requirement = f"{table.name}=={number}"

        def make(requirement: str = requirement) -> Point:
            python = environment([requirement], limit=limit)
            return start.model_copy(update={"codec": in_environment(start.codec, python, adapters)})

        identity = f"{requirement} {start.model_dump_json()}"
        versions.append(Version(number, "", make, identity, {f"codec.package.{table.name}": number}))
    return versions


def _commits(path: Path, file: _File, start: Point, limit: float) -> list[Version]:
    table = file.commits
    if table is None:
        return []
    repository = (path.parent / table.repository).resolve()
    versions = []
    for commit in commits(repository, table.good, table.bad):

        def make(sha: str = commit.sha) -> Point:
            folder = checkout(repository, sha, table.build, limit=limit)
            options = {name: _placed(value, folder) for name, value in start.codec.options.items()}
            return start.model_copy(update={"codec": start.codec.model_copy(update={"options": options})})

        identity = f"{commit.sha} {table.build} {start.model_dump_json()}"
        versions.append(Version(commit.sha[:10], commit.subject, make, identity, {"codec.commit": commit.sha[:10]}))
    return versions


def _placed(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return value.replace("{checkout}", str(folder))
    return [_placed(part, folder) for part in value] if isinstance(value, list) else value


def _given(point: Point) -> Callable[[], Point]:
    return lambda: point


def _check_names(path: Path, versions: list[Version]) -> None:
    names = [version.name for version in versions]
    if len(names) < 2:
        raise SuiteInvalid(f"{path}: a version search needs at least a good and a bad version, got {len(names)}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SuiteInvalid(f"{path}: the version {twice!r} occurs twice; give each its own name")
