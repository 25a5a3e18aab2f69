"""What the names on the command line mean: setups of a suite, wirings of a codec, versions of a history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.bisect.history import file as histories
from harness.errors import UsageInvalid
from harness.files import given
from harness.record import Scalar
from harness.runs import suite as suites
from harness.runs.conditions import Conditions
from harness.runs.suite import Suite
from harness.topology import catalogue, path_catalogue, wire_catalogue
from harness.topology.setup import Configuration


@dataclass(frozen=True)
class Named:
    """
    What a name means.

    configured : how it is wired; make : returns it so that it runs, which may install or build a version
    version : for a version that has to be made, its factor and its name
    conditions : speech, scores and tolerances of the file that it is named in
    """

    configured: Configuration
    conditions: Conditions
    make: Callable[[], Configuration]
    version: dict[str, Scalar] = field(default_factory=dict)


def find(name: str, suite: Suite, *, limit: float = 300.0) -> Named:
    """
    Return what *name* means.

    It is a setup of *suite*, CODEC/TOPOLOGY (and /WIRE, /PATH) with a codec of the suite and any standard topology,
    FILE.toml or FILE.toml::SETUP for another suite, or FILE.toml::VERSION for a version of a history, of which a step
    of building takes at most *limit* seconds. Raises `UsageInvalid` if it means nothing.
    """
    file, _, part = name.partition("::")
    if not file.endswith(".toml"):
        return _setup(suite, name)
    if is_history(Path(file)):
        return _version(histories.load(Path(file), limit=limit), file, part)
    suite = suites.load(Path(file))
    return _setup(suite, part or _only_setup(suite))


def is_history(path: Path) -> bool:
    """Return whether the file at *path* is a history; what is wrong with it, its own reader says better."""
    try:
        return "start" in given.toml(path, UsageInvalid)
    except UsageInvalid:
        return False


def _version(history: histories.History, file: str, name: str) -> Named:
    names = [version.name for version in history.versions]
    if name not in names:
        said = f"no version {name!r}" if name else "a version has to be named"
        raise UsageInvalid(f"{file}: {said}: {file}::VERSION, one of {', '.join(names)}")
    version = history.versions[names.index(name)]
    if version.identity is None:
        point = version.make(history.start)
        return Named(point, history.conditions, lambda: point)
    return Named(history.start, history.conditions, partial(version.make, history.start), version.changes)


def _setup(suite: Suite, name: str) -> Named:
    point = _point(suite, name)
    return Named(point, suite, lambda: point)


def _point(suite: Suite, name: str) -> Configuration:
    for setup in suite.setups:
        if setup.name == name:
            return setup.configuration
    codec, *rest = name.split("/")
    if not rest or codec not in suite.codecs:
        raise UsageInvalid(
            f"no setup {name!r}; there are: {', '.join(setup.name for setup in suite.setups)}; or CODEC/TOPOLOGY, "
            f"with /WIRE and /PATH where wanted and one of the codecs {', '.join(suite.codecs)}, or FILE.toml::SETUP"
        )
    point = Configuration(codec=suite.codecs[codec], topology=catalogue.find(rest[0]).topology)
    for part in rest[1:]:
        known = {"wire": wire_catalogue.WIRES.get(part), "path": path_catalogue.PATHS.get(part)}
        if not any(known.values()):
            wire_catalogue.find(part)  # raises, with the list of what there is
        point = point.model_copy(update={key: value for key, value in known.items() if value is not None})
    return point


def _only_setup(suite: Suite) -> str:
    names = [setup.name for setup in suite.setups if setup.name != setup.reference]
    if len(names) != 1:
        raise UsageInvalid(
            f"suite {suite.name!r} has {len(names)} setups beside its references; say which one: FILE.toml::SETUP"
        )
    return names[0]
