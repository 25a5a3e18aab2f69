"""Commits from a good one to a bad one, whatever they are called and wherever git is asked, in folders of their own."""

import subprocess
import sys
from pathlib import Path

import pytest
from repository import begin, commit, git

from harness.bisect.history.commits import checkout, commits
from harness.errors import CodecUnavailable, SuiteInvalid

COPY = [sys.executable, "-c", "import shutil; shutil.copy('version', 'built')"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(tmp_path / "builds"))
    folder = tmp_path / "repository"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / "version").write_text(str(number), encoding="utf-8")
        if number == 1:
            begin(folder)
        else:
            commit(folder, f"change {number}")
        git(folder, "tag", f"v{number}")
    return folder


def built(folder: Path) -> str:
    return (folder / "built").read_text()


def test_commits_are_listed_oldest_first_and_built_in_folders_of_their_own(repository):
    found = commits(repository, "v1", "v3")
    assert [one.subject for one in found] == ["a commit", "change 2", "change 3"]
    assert [one.sha for one in found] == [git(repository, "rev-parse", name) for name in ("v1", "v2", "v3")]
    folders = [checkout(repository, one.sha, [COPY], limit=60) for one in found]
    assert [built(folder) for folder in folders] == ["1", "2", "3"]
    (folders[0] / "built").write_text("kept", encoding="utf-8")
    assert checkout(repository, found[0].sha, [COPY], limit=60) == folders[0]
    assert built(folders[0]) == "kept"
    assert checkout(repository, found[0].sha, [], limit=60) != folders[0]  # built otherwise


def test_one_commit_is_both_ends(repository):
    assert [one.subject for one in commits(repository, "v2", "v2")] == ["change 2"]


@pytest.mark.parametrize("subject", ["one\N{LINE SEPARATOR}two", "a\x0cb", "c\x85d", "tab\there", ""])
def test_a_subject_of_any_text_is_one_commit(repository, subject):
    git(repository, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", subject)
    git(repository, "commit", "-q", "--allow-empty", "-m", "last")
    assert [one.subject for one in commits(repository, "v3", "HEAD")] == ["change 3", subject, "last"]
    assert [one.subject for one in commits(repository, "HEAD~1", "HEAD")] == [subject, "last"]


def test_only_first_parents_are_versions(repository):
    git(repository, "checkout", "-q", "-b", "side", "v2")
    (repository / "other").write_text("other", encoding="utf-8")
    commit(repository, "on the side")
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "merge", "side")
    assert [one.subject for one in commits(repository, "v1", "main")] == ["a commit", "change 2", "change 3", "merge"]
    with pytest.raises(SuiteInvalid, match=r"commit side came into main by a merge.*wanted one that leads to main by"):
        commits(repository, "side", "main")  # change 3 is no later version of it


def test_a_user_who_has_signatures_shown_gets_the_same_commits(repository, tmp_path):
    key = tmp_path / "key"
    git(repository, "config", "gpg.format", "ssh")
    git(repository, "config", "user.signingkey", str(key))
    git(repository, "config", "log.showSignature", "true")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    git(repository, "commit", "-q", "-S", "--allow-empty", "-m", "signed")
    assert [one.subject for one in commits(repository, "v3", "HEAD")] == ["change 3", "signed"]


def test_within_a_hook_of_another_repository_nothing_there_is_asked_or_touched(repository, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine", encoding="utf-8")
    begin(other)
    head = (other / ".git" / "HEAD").read_text()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    found = commits(repository, "v1", "v3")
    describe = ["sh", "-c", "git describe --tags > built"]
    assert built(checkout(repository, found[1].sha, [describe], limit=60)) == "v2\n"
    assert (other / ".git" / "HEAD").read_text() == head


def test_a_folder_within_the_repository_stands_for_it(repository):
    inside = repository / "suites"
    inside.mkdir()
    found = commits(inside, "v1", "v3")
    assert built(checkout(inside, found[1].sha, [COPY], limit=60)) == "2"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("import sys; print('some error'); sys.exit(3)", "exit code 3: some error"),
        ("import sys; sys.exit(4)", "exit code 4: it said nothing"),
        ("import time; time.sleep(60)", "was stopped after 1 s"),
    ],
)
def test_what_does_not_build_says_so_and_is_made_again_next_time(repository, step, said):
    sha = commits(repository, "v1", "v2")[0].sha
    flag = repository / "may-build"
    steps = [COPY, [sys.executable, "-c", f"import pathlib\nif not pathlib.Path({str(flag)!r}).exists(): {step}"]]
    with pytest.raises(CodecUnavailable, match=said):
        checkout(repository, sha, steps, limit=1 if "sleep" in step else 60)
    flag.touch()
    assert built(checkout(repository, sha, steps, limit=60)) == "1"


@pytest.mark.parametrize(("good", "bad"), [("v3", "v1"), ("--upload-pack=x", "v1"), ("v1", "none"), ("", "v1")])
def test_commits_that_are_not_there_or_do_not_lead_to_each_other_are_refused(repository, good, bad):
    with pytest.raises(SuiteInvalid, match=r"not an ancestor|git: "):
        commits(repository, good, bad)
    with pytest.raises(SuiteInvalid, match="git: "):
        commits(repository.parent, "v1", "v3")
