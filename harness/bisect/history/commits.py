"""Commits of a git repository, each checked out and built in a folder of its own, kept in the folder for builds."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.bisect.history.packages import run_step
from harness.errors import CodecUnavailable, SuiteInvalid
from harness.runtime import git
from harness.runtime.resources import builds_folder


@dataclass(frozen=True)
class Commit:
    """A commit's full hash and the first line of its message."""

    sha: str
    subject: str


def commits(repository: Path, good: str, bad: str) -> list[Commit]:
    """Return the commits from *good* to *bad* along first parents, both included; raise `SuiteInvalid` if none lead."""
    first = git.asked(repository, "rev-parse", "--verify", "--end-of-options", f"{good}^{{commit}}", kind=SuiteInvalid)
    last = git.asked(repository, "rev-parse", "--verify", "--end-of-options", f"{bad}^{{commit}}", kind=SuiteInvalid)
    ancestor = subprocess.run(
        ["git", "-C", str(repository), "merge-base", "--is-ancestor", first, last],
        capture_output=True,
        check=False,
        env=git.environment(),
    )
    if ancestor.returncode:
        raise SuiteInvalid(
            f"{repository}: commit {good} is not an ancestor of {bad}; swap good and bad, or name others"
        )
    (start, _), *rest = _log(repository, "-1", first) + _log(repository, "--first-parent", f"{first}..{last}")
    if rest and first not in rest[0][1][:1]:
        raise SuiteInvalid(
            f"{repository}: commit {good} came into {bad} by a merge, and what came before that merge was made without "
            f"it; wanted one that leads to {bad} by first parents alone"
        )
    return [start, *(commit for commit, _ in rest)]


def _log(repository: Path, *which: str) -> list[tuple[Commit, list[str]]]:
    """Return commits and the hashes of their parents, oldest first."""
    said = git.asked(
        repository, "log", "--no-show-signature", "--reverse", "--format=%H%x00%P%x00%s", *which, kind=SuiteInvalid
    )
    rows = [line.split("\0", 2) for line in said.split("\n") if line]
    return [(Commit(sha, subject), parents.split()) for sha, parents, subject in rows]


def checkout(repository: Path, sha: str, build: Sequence[Sequence[str]], *, limit: float) -> Path:
    """
    Return a folder with commit *sha*, built by the commands *build*, each within *limit* seconds.

    Raises `CodecUnavailable` if a command fails; the folder is then made again next time.
    """
    key = hashlib.sha256(json.dumps([str(repository), sha, [list(step) for step in build]]).encode()).hexdigest()[:12]
    folder = builds_folder() / "commits" / f"{sha[:10]}-{key}"
    finished = folder.with_suffix(".finished")
    if finished.is_file() and folder.is_dir():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A clone that shares objects leaves no trace in the repository, as a worktree would.
    inside = ("rev-parse", "--path-format=absolute", "--git-common-dir")  # *repository* may be a folder in it
    source = git.asked(repository, *inside, kind=CodecUnavailable)
    run_step(["git", "clone", "--quiet", "--shared", "--no-checkout", source, str(folder)], limit=limit)
    run_step(["git", "-C", str(folder), "checkout", "--quiet", "--detach", sha], limit=limit)
    for step in build:
        run_step(step, limit=limit, folder=folder)
    finished.write_text(sha, encoding="utf-8")
    return folder
