"""In which factors any two things differ that can be named: setups, versions, or whole suites."""

from dataclasses import dataclass
from pathlib import Path

from harness.bisect import naming
from harness.bisect.probe.differences import Difference, differences, scalar
from harness.record import Scalar
from harness.runs import suite as suites
from harness.runs.suite import Suite
from harness.topology.setup import Setup


@dataclass(frozen=True)
class Contrast:
    """Differences of the setups called *name*; empty for what a whole suite shares."""

    name: str
    found: tuple[Difference, ...]


def contrasts(good: str, bad: str, suite: Suite) -> list[Contrast]:
    """
    Return what differs between *good* and *bad*, which are two suite files or two names that `naming.find` knows.

    Setups of suites are compared by name. Raises `SuiteInvalid` if a name means nothing.
    """
    if _is_suite(good) and _is_suite(bad):
        return _of_suites(suites.load(Path(good)), suites.load(Path(bad)))
    one, other = naming.find(good, suite), naming.find(bad, suite)
    found = list(differences(one.configured, other.configured))
    found += _of_values(one.version, other.version)
    return [Contrast("", tuple(found))] if found else []


def _is_suite(name: str) -> bool:
    return name.endswith(".toml") and not naming.is_history(Path(name))


def _of_suites(good: Suite, bad: Suite) -> list[Contrast]:
    shared = _of_values(_shared(good), _shared(bad))
    found = [Contrast("", tuple(shared))]
    names = dict.fromkeys([setup.name for setup in (*good.setups, *bad.setups)])
    for name in names:
        sides = [_named(suite, name) for suite in (good, bad)]
        points = [
            None if setup is None else setup.configuration for setup, suite in zip(sides, (good, bad), strict=True)
        ]
        if points[0] is None or points[1] is None:
            there = ["there" if point is not None else "not there" for point in points]
            found.append(Contrast(name, (Difference("setup", *there),)))
        else:
            expected = [_expectation(setup) for setup in sides if setup is not None]
            found.append(Contrast(name, (*differences(points[0], points[1]), *_of_values(*expected))))
    return [contrast for contrast in found if contrast.found]


def _named(suite: Suite, name: str) -> Setup | None:
    return next((setup for setup in suite.setups if setup.name == name), None)


def _expectation(setup: Setup) -> dict[str, Scalar]:
    expected = setup.expectation
    return {"at_least": expected.at_least, "at_most": expected.at_most, "reference": setup.reference}


def _shared(suite: Suite) -> dict[str, Scalar]:
    tables = {"speech": suite.speech, "scores": suite.scores, "tolerances": suite.tolerances}
    return {
        f"{name}.{key}": scalar(value) for name, table in tables.items() for key, value in table.model_dump().items()
    }


def _of_values(good: dict[str, Scalar], bad: dict[str, Scalar]) -> list[Difference]:
    names = dict.fromkeys([*good, *bad])
    return [Difference(name, good.get(name), bad.get(name)) for name in names if good.get(name) != bad.get(name)]
