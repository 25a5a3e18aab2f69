"""
The README's five commands, from an empty directory to a gated CI, typed as they stand there.

The first of them installs the package, which takes minutes: it is typed only where CODEC_HARNESS_WHEELS names a folder
with the wheel, as `nox -s wheel` does. Otherwise this environment stands for what it installs.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from harness.cli import starter

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WHEELS = os.environ.get("CODEC_HARNESS_WHEELS")


def five_commands() -> list[str]:
    (block,) = re.findall(r"From nothing to a gated CI:\n\n\s*```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line.strip() for line in block.strip().splitlines()]


class Newcomer:
    """Somebody at a shell in an empty git repository."""

    def __init__(self, home: Path, store: Path) -> None:
        self.home = home
        who = {"NAME": "New", "EMAIL": "new@example.org"}
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        self.environment |= {
            f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()
        }
        self.environment |= {"CODEC_HARNESS_CACHE": str(store), "OMP_NUM_THREADS": "1"}
        # A newcomer has no Hypothesis, which takes seconds at the end of every pytest.
        self.environment["PYTEST_ADDOPTS"] = "-p no:hypothesispytest"
        if WHEELS:
            self.environment.pop("PYTHONPATH", None)
            links = f"{WHEELS} {os.environ.get('PIP_FIND_LINKS', '')}"
            environment = home.parent / "environment"
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            self.environment |= {"PIP_FIND_LINKS": links.strip(), "VIRTUAL_ENV": str(environment)}
        else:
            environment = Path(sys.executable).parents[1]
        self.environment["PATH"] = f"{environment / 'bin'}:{os.environ['PATH']}"
        self.types("git init --quiet")

    def types(self, command: str, *, exits: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=1200
        )
        assert done.returncode == exits, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def test_there_are_five_and_the_first_installs_an_extra_that_exists() -> None:
    install, begin, accept, gate, commit = five_commands()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installs = re.fullmatch(r"pip install 'codec-harness\[(\w+)\]'", install)
    assert installs is not None
    assert installs[1] in extras
    assert [line.split("#")[0].split()[0] for line in (begin, accept, gate, commit)] == [
        "codec-harness", "pytest", "pytest", "git",
    ]  # fmt: skip


@pytest.mark.slow
def test_from_nothing_to_a_gated_ci(tmp_path: Path) -> None:
    home = tmp_path / "new"
    home.mkdir()
    newcomer = Newcomer(home, Path(os.environ["CODEC_HARNESS_CACHE"]))
    install, begin, accept, gate, commit = five_commands()
    if WHEELS:
        newcomer.types(install)
        where = newcomer.types("python -c 'import harness; print(harness.__file__)'")
        assert str(tmp_path) in where, f"not what was just installed: {where}"
    said = newcomer.types(begin)
    assert "wrote opus.codec.toml" in said
    assert "wrote .github/workflows/codec.yml" in said
    assert "the first baseline of opus: 75 cells" in newcomer.types(accept)
    assert "91 passed" in newcomer.types(gate)
    newcomer.types(commit)
    assert newcomer.types("git status --porcelain") == ""
    kept = set(newcomer.types("git ls-files").split())
    assert kept == {".gitignore", ".github/workflows/codec.yml", "opus.codec.toml", "baselines/opus.json"}

    suite = home / "opus.codec.toml"
    suite.write_text(suite.read_text().replace("bitrate = 9000", "bitrate = 8400"))  # one byte, or codebook, less
    said = newcomer.types("pytest -m codec -k 'opus/shared'", exits=1)
    assert "codebooks is 21, accepted 22" in said
    assert "decoded audio differs from frame" in said
    workflow = yaml.safe_load((home / ".github/workflows/codec.yml").read_text())
    install, check, run = [step["run"] for step in workflow["jobs"]["codec"]["steps"] if "run" in step]
    newcomer.types("git checkout -- opus.codec.toml")
    if WHEELS:  # as somebody who built the wheel himself and keeps it beside the suite
        shutil.copytree(WHEELS, home / "wheels")
        newcomer.environment["PIP_FIND_LINKS"] = os.environ.get("PIP_FIND_LINKS", "")
        newcomer.types("pip uninstall --yes --quiet codec-harness")
        newcomer.types(install)
    assert "42 held" in newcomer.types(check)
    assert "91 passed" in newcomer.types(run)  # as CI types it
    assert (home / "junit.xml").is_file()


def test_what_init_wrote_is_what_the_documentation_shows() -> None:
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    assert starter.workflow_text("opus", {"bitrate": 9000}) in page


@pytest.mark.parametrize("hooks", ["the page", ".pre-commit-hooks.yaml"])
def test_the_hook_names_a_command_that_exists(hooks: str) -> None:
    if hooks == "the page":
        page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
        (block,) = re.findall(r"## pre-commit\n.*?```yaml\n(.*?)```", page, flags=re.DOTALL)
        (repository,) = yaml.safe_load(block)["repos"]
        assert repository["repo"] == "local"
        (hook,) = repository["hooks"]
    else:
        (hook,) = yaml.safe_load((ROOT / hooks).read_text())
    assert hook["language"] == "system"
    assert hook["stages"] == ["pre-push"]
    program, *options = hook["entry"].split()
    assert program == "python"
    shown = subprocess.run([sys.executable, *options, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("pytest")
