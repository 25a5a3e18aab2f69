"""
Ordered histories to search: a TOML file of versions, of which the first is said to be good and the last to be bad.

    name = "voice app"
    bad_if = "corrupt"                 # or degraded, altered, not-identical, fails, "stoi < good - 0.1"

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

Where the bad end is configured otherwise than the good one, version and configuration are searched together:

    [end]                              # the last version: the first one's configuration, and this
    set = { "topology.decoder.reset" = "every-call" }

Factors that begin with `app.` are written down but touch nothing that is measured: versions that differ in them alone
are known to be alike. Options of the codec may name `{checkout}`, the folder of a commit. An option that begins with
`./` or `../`, or that is the name of a file beside this one, is relative to this file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from harness.bisect.history.kinds import (
    CHECKOUT,
    CheckpointsTable,
    CommitsTable,
    PackageTable,
    Version,
    VersionTable,
    beside,
    checkpoints,
    commit_versions,
    configurations,
    releases,
    settled,
)
from harness.bisect.probe.criterion import usual
from harness.bisect.probe.differences import differences
from harness.errors import SuiteInvalid
from harness.files import given
from harness.record import Frozen, Scalar
from harness.runs.conditions import EMBEDDED, Conditions
from harness.runs.suite_file import codec_of
from harness.topology import catalogue
from harness.topology.setup import Configuration
from harness.topology.unused_keys import GivenTopology


class _Start(Frozen):
    codec: str
    topology: str = "shared"


class _End(Frozen):
    set: dict[str, Scalar] = Field(min_length=1)


class _File(Conditions):
    name: str | None = None
    bad_if: str | None = None
    codecs: dict[str, dict[str, Any]] = Field(min_length=1)
    topologies: dict[str, GivenTopology] = Field(default_factory=dict)
    start: _Start
    end: _End | None = None
    versions: tuple[VersionTable, ...] = ()
    checkpoints: CheckpointsTable | None = None
    package: PackageTable | None = None
    commits: CommitsTable | None = None


@dataclass(frozen=True)
class History:
    """
    Versions in order, and what all probes of them share.

    start, end : how the first and the last version are configured
    axis : what the version is called as a factor
    """

    name: str
    bad_if: str
    conditions: Conditions
    versions: tuple[Version, ...]
    start: Configuration
    end: Configuration
    axis: str = "version"

    def point(self, index: int) -> Configuration:
        """Return a version as the good end is configured; raise the `HarnessError` that says why it cannot be made."""
        return self.versions[index].make(self.start)


def load(path: Path, *, limit: float) -> History:
    """
    Read a history; *limit* is how many seconds one version may take to install or build.

    Raises `SuiteInvalid` naming the key, what was got and what is allowed.
    """
    try:
        file = given.as_typed(_File, given.toml(path, SuiteInvalid, wanted="a history in TOML"))
    except ValidationError as error:
        raise SuiteInvalid(f"{path}: {given.explained(error.errors()[0], of=_File)}") from None
    kinds = [key for key in ("versions", "checkpoints", "package", "commits") if getattr(file, key)]
    if len(kinds) != 1:
        raise SuiteInvalid(
            f"{path}: got {' and '.join(kinds) or 'no versions'}; wanted exactly one of [[versions]], [checkpoints], "
            "[package] and [commits]"
        )
    start = _start(path, file)
    versions = _versions(path, file, start, limit)
    _check_names(path, versions)
    speech = file.speech
    if speech.source != EMBEDDED:
        speech = speech.model_copy(update={"source": str((path.parent / speech.source).resolve())})
    conditions = Conditions(speech=speech, scores=file.scores, tolerances=file.tolerances)
    axis = "version" if kinds[0] == "versions" else next(iter(versions[0].changes))
    end = _end(path, file, start, versions)
    bad_if = usual(words=bool(file.scores.asr)) if file.bad_if is None else file.bad_if
    return History(file.name or path.stem, bad_if, conditions, tuple(versions), start, end, axis)


def _start(path: Path, file: _File) -> Configuration:
    table = file.codecs.get(file.start.codec)
    if table is None:
        raise SuiteInvalid(f"{path}: start.codec: got {file.start.codec!r}, wanted one of {', '.join(file.codecs)}")
    codec = codec_of(str(path), file.start.codec, table)
    options = {key: beside(path, value) for key, value in codec.options.items()}
    own = file.topologies.get(file.start.topology)
    topology = own or catalogue.find(file.start.topology).topology
    return Configuration(codec=codec.model_copy(update={"options": options}).beside(path.parent), topology=topology)


def _versions(path: Path, file: _File, start: Configuration, limit: float) -> list[Version]:
    if file.checkpoints is not None:
        return checkpoints(path, file.checkpoints)
    if file.package is not None:
        return releases(path, file.package, limit)
    if file.commits is not None:
        _check_checkout(path, file.start.codec, start.codec.options)
        return commit_versions(path, file.commits, limit)
    return configurations(path, file.versions, start)


def _check_checkout(path: Path, name: str, options: Mapping[str, Any]) -> None:
    """Raise `SuiteInvalid` unless an option leads to the checkout: else all commits would run the same code."""
    if CHECKOUT not in json.dumps(options):
        raise SuiteInvalid(
            f"{path}: codecs.{name}: no option of it has {CHECKOUT}, the folder of a commit, so all commits would run "
            f'the same code; write it into a path, or run a Python adapter as a program, with adapter = "command", '
            f'serve = ["python3", "-m", "harness.codecs.command.serve", "MODULE:CLASS", "{{}}"], folder = "{CHECKOUT}"'
        )


def _end(path: Path, file: _File, start: Configuration, versions: list[Version]) -> Configuration:
    """Return how the last version is configured; raise `SuiteInvalid` if that says nothing, or says it twice."""
    if file.end is None:
        return start
    twice = [name for name in file.end.set if any(name in version.changes for version in versions)]
    if twice:
        raise SuiteInvalid(f"{path}: end.set: {twice[0]} is what the versions change; set it in one of the two")
    end = settled(path, "end", start, file.end.set)
    if not differences(start, end):
        raise SuiteInvalid(f"{path}: end.set: it changes nothing that [start] does not have already; remove [end]")
    return end


def _check_names(path: Path, versions: list[Version]) -> None:
    names = [version.name for version in versions]
    if len(names) < 2:
        raise SuiteInvalid(f"{path}: a version search needs at least a good and a bad version, got {len(names)}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SuiteInvalid(f"{path}: the version {twice!r} occurs twice; give each its own name")
