"""The locks name all that the project needs, and what they leave out is listed with a reason."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OVERRIDES = (ROOT / "locks" / "overrides.txt").read_text(encoding="utf-8")


def listed(name: str) -> dict[str, Requirement]:
    lines = (ROOT / "locks" / name).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins if pin.marker is None or pin.marker.evaluate()}


def needed(*extras: str) -> list[Requirement]:
    optional = PROJECT["project"]["optional-dependencies"]
    found = [*PROJECT["project"]["dependencies"], *(item for extra in extras for item in optional[extra])]
    return [Requirement(item) for item in found if not item.startswith("codec-harness")]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("demo.txt", ["mimi", "opus", "pesq", "stoi", "asr", "resample", "report"]),
        ("tests.txt", list(PROJECT["project"]["optional-dependencies"])),
        ("lint.txt", list(PROJECT["project"]["optional-dependencies"])),
    ],
)
def test_a_lock_pins_all_that_is_asked_for(lock: str, extras: list[str]) -> None:
    pins = listed(lock)
    for wanted in needed(*extras):
        (pin,) = pins[canonicalize_name(wanted.name)].specifier
        assert pin.operator == "=="
        assert wanted.specifier.contains(pin.version), f"{lock}: {wanted} and {pin}; run nox -s lock"


def test_the_locks_agree() -> None:
    tests = listed("tests.txt")
    for name in ("demo.txt", "lint.txt", "measure.txt"):  # docs.txt shares no environment with them
        other = listed(name)
        assert {key for key in other.keys() & tests.keys() if str(other[key]) != str(tests[key])} == set()


def asked_for(line: str) -> str:
    """Return the package that a line of `pip check` names as not there, or not as wanted."""
    found = re.search(r"(?:requires|has requirement) ([\w.-]+)", line)
    assert found is not None, line
    return found[1]


def test_what_does_not_fit_together_is_in_the_overrides_with_a_reason() -> None:
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True).stdout
    lines = [line for line in said.splitlines() if "requires" in line or "has requirement" in line]
    found = {asked_for(line) for line in lines}
    excused = {Requirement(line).name for line in OVERRIDES.splitlines() if line and not line.startswith("#")}
    assert found <= excused, said
