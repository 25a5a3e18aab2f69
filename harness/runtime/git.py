"""What git is asked about a checkout."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, UsageInvalid

LIMIT = 120.0  # s
OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")  # would name another folder


@dataclass(frozen=True)
class Changes:
    """
    What differs between a commit and the files of a checkout as they are now.

    root : the folder of the checkout
    since : the commit, as it was called
    changed : files that differ, are new or are gone; the folder of a repository within, if anything in that does
    followed : files, those of repositories within too, of which git can tell whether they changed; the new ones too
    """

    root: Path
    since: str
    changed: frozenset[Path]
    followed: frozenset[Path]

    def shown(self, path: Path) -> str:
        """Return *path* as people know it: from the root of the checkout on, if it is in there."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def environment() -> dict[str, str]:
    """Return the environment of a program that is to find the repository around its folder, also within a hook."""
    return {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}


def asked(folder: Path, *arguments: str, kind: type[HarnessError], mend: str = "") -> str:
    """
    Return what git says in *folder*, without space around it.

    Raises *kind* if it cannot be asked, or refuses; *mend* says what to do then, behind the reason.
    """
    return _answer(folder, arguments, kind, mend).decode(errors="replace").strip()


def names(folder: Path, *arguments: str, mend: str = "") -> list[str]:
    """Return what git says in *folder*, asked with `-z`: the parts, of which none is empty; raise `UsageInvalid`."""
    return [os.fsdecode(name) for name in _answer(folder, arguments, UsageInvalid, mend).split(b"\0") if name]


def changes(folder: Path, since: str) -> Changes:
    """
    Return what has changed *since* a commit in the checkout around *folder*, what is not committed included.

    Raises `UsageInvalid` if *folder* is in no checkout, or the commit is not there.
    """
    top = _answer(folder, ("rev-parse", "--show-toplevel"), UsageInvalid, "; wanted a folder in a git repository")
    root = Path(os.fsdecode(top.removesuffix(b"\n")))
    mend = "; wanted a commit, a tag or a branch; `git fetch` it if the checkout is shallow"
    if since.startswith("-"):
        raise UsageInvalid(f"got {since!r}{mend}")
    named = ("rev-parse", "--verify", "--end-of-options", f"{since}^{{commit}}")
    commit = os.fsdecode(_answer(root, named, UsageInvalid, f"; got {since!r}{mend}")).strip()
    differ = names(
        root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative",
        "--ignore-submodules=none", commit, "--",
    )  # fmt: skip
    return Changes(root, since, frozenset([*(root / name for name in differ), *_new(root)]), frozenset(_followed(root)))


def _new(root: Path) -> list[Path]:
    return [root / name for name in names(root, "ls-files", "-z", "--others", "--exclude-standard")]


def _followed(root: Path) -> Iterator[Path]:
    """Yield the files of the checkout *root*, and of those in it, of which git can tell whether they changed."""
    # H : in the index, and compared; others are conflicts, or files that git was told not to look at
    tagged = [name.partition(" ") for name in names(root, "ls-files", "-z", "-v", "--cached")]
    for path in (*(root / name for tag, _, name in tagged if tag in ("H", "M", "C", "R")), *_new(root)):
        if not path.is_symlink() and (path / ".git").exists():
            yield from _followed(path)  # of what that ignores, git tells nothing here either
        else:
            yield path


def _answer(folder: Path, arguments: tuple[str, ...], kind: type[HarnessError], mend: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False, env=environment())
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:  # ValueError: a NUL in a name
        raise kind(f"{folder}: git cannot be asked ({error}){mend}") from error
    if done.returncode:
        raise kind(f"{folder}: git: {done.stderr.decode(errors='replace').strip()[:300]}{mend}")
    return done.stdout
