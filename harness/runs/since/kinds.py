"""What a file is by its name, and how its name can be told from what a suite names."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from harness.files import SUITE_SUFFIX

# What may say which packages are installed, or how everything is run.
ENVIRONMENT = (
    "pyproject.toml", "setup.py", "setup.cfg", "*requirements*", "*constraints*", "*.lock", "Pipfile*", "environment*",
    "*.pth", "tox.ini", "noxfile.py", "conftest.py", "pytest.ini", "sitecustomize.py", "usercustomize.py",
    "Dockerfile*", "Makefile", ".python-version", ".tool-versions", ".gitattributes", ".gitmodules", ".gitlab-ci.yml",
)  # fmt: skip
ENVIRONMENT_FOLDERS = (".github", "locks", "requirements")
# What people read, or another suite.
DOCUMENTS = (
    "*.md", "*.rst", "*.adoc", "*.html", "*.css", "*.svg", "*.png", "*.jpg", "*.jpeg", "*.gif", "*.pdf", "*.pyi",
    "LICENSE*", "LICENCE*", "NOTICE*", "AUTHORS*", "CODEOWNERS", ".gitignore", f"*{SUITE_SUFFIX}",
)  # fmt: skip


def is_environment(path: Path, root: Path) -> bool:
    """Tell whether *path*, below *root*, may say what is installed or how everything is run."""
    within = path.relative_to(root).parts[:-1]
    return _is_any(path.name, ENVIRONMENT) or any(folder in within for folder in ENVIRONMENT_FOLDERS)


def is_document(path: Path) -> bool:
    """Tell whether *path* is for people, or is another suite's, so that no codec reads it unless it is named."""
    return _is_any(path.name, DOCUMENTS) or (path.suffix == ".json" and path.parent.name == "baselines")


def names(path: Path) -> Iterator[Path]:
    """Yield what *path* is called: as it is written, each link on the way to what it is, and that; some twice."""
    for _ in range(40):  # links may go round in a circle
        yield path.absolute()
        yield _real(path.parent) / path.name
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    yield _real(path)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # pathlib raises RuntimeError of links that go round in a circle


def _is_any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
