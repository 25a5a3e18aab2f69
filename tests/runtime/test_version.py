"""The version is the one that is installed and printed, and asking for it imports nothing of the package."""

import subprocess
import sys
import tomllib
from pathlib import Path

from typed import typed

import harness
from harness.runtime.version import __version__


def test_it_is_that_of_the_package_and_what_the_command_says():
    project = tomllib.loads((Path(harness.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert __version__ == project["project"]["version"]
    assert typed("--version").out == f"codec-harness, version {__version__}\n"


def test_asking_for_it_imports_nothing_heavy():
    code = "import sys; import harness.runtime.version; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "torch", "click", "pydantic"} & set(loaded)
