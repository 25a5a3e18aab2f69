"""
Files that come with the harness: reference speech, the embedded codec's weights.

An installed wheel carries them inside the package; a checkout keeps them in `fixtures/` beside it.
"""

import os
from pathlib import Path

import platformdirs

from harness.errors import HarnessError, UsageInvalid

CACHE_VARIABLE = "CODEC_HARNESS_CACHE"
BUILDS_VARIABLE = "CODEC_HARNESS_BUILDS"

PACKAGE = Path(__file__).resolve().parents[1]


def fixture(name: str) -> Path:
    """Return the folder *name* (such as `speech` or `mini-mimi`); raise `HarnessError` if the installation lacks it."""
    return _shipped(Path("fixtures") / name)


def tested_versions() -> dict[str, str]:
    """Return the versions of packages that the tests run with here; raise `HarnessError` if the list is not there."""
    from packaging.requirements import Requirement  # only `doctor` asks, and everything imports this module

    lines = _shipped(Path("locks") / "tests.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {
        pin.name: str(pin.specifier).removeprefix("==") for pin in pins if pin.marker is None or pin.marker.evaluate()
    }


def _shipped(path: Path) -> Path:
    places = (PACKAGE / path, PACKAGE.parent / path)
    for place in places:
        if place.exists():
            return place
    raise HarnessError(
        f"{path.name!r} is not part of this installation; looked in {places[0]} and {places[1]}; "
        "reinstall codec-harness"
    )


def cache_folder() -> Path:
    """
    Return the folder for what can be computed again; the environment variable CODEC_HARNESS_CACHE moves it.

    Nothing in it is run, and nothing is believed that this user's harness did not seal: it may come from elsewhere.
    """
    return _chosen(CACHE_VARIABLE) or platformdirs.user_cache_path("codec-harness")


def builds_folder() -> Path:
    """
    Return the folder for versions that were installed or built; the environment variable CODEC_HARNESS_BUILDS moves it.

    What is in it is code and is run, so it is a folder of this user alone and never part of a cache that is shared.
    """
    return _chosen(BUILDS_VARIABLE) or platformdirs.user_data_path("codec-harness") / "builds"


def _chosen(variable: str) -> Path | None:
    """Return the folder that an environment *variable* names; raise `UsageInvalid` if it is of nobody here."""
    if not (chosen := os.environ.get(variable)):
        return None
    try:
        return Path(chosen).expanduser()
    except RuntimeError:
        raise UsageInvalid(f"{variable} is {chosen!r}, and there is no such user; wanted a folder") from None
