"""
Files that come with the harness: reference speech, the embedded codec's weights.

An installed wheel carries them inside the package; a checkout keeps them in `fixtures/` beside it.
"""

import os
from pathlib import Path

import platformdirs

from harness.errors import HarnessError

CACHE_VARIABLE = "CODEC_HARNESS_CACHE"

_PACKAGE = Path(__file__).resolve().parents[1]


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
    places = (_PACKAGE / path, _PACKAGE.parent / path)
    for place in places:
        if place.exists():
            return place
    raise HarnessError(
        f"{path.name!r} is not part of this installation; looked in {places[0]} and {places[1]}; "
        "reinstall codec-harness"
    )


def cache_folder() -> Path:
    """Return the folder for what can be computed again; the environment variable CODEC_HARNESS_CACHE moves it."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("codec-harness"))
