"""What git tells of a checkout: what differs from a commit, and what it can tell of at all."""

from pathlib import Path

import pytest
from repository import begin, commit, git

from harness.errors import RecordInvalid, UsageInvalid
from harness.runtime.git import asked, changes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in ("kept", "edited", "gone", "\u00fc \n odd"):
        (folder / name).write_text("1")
    (folder / ".gitignore").write_text("ignored\n")
    begin(folder)
    return folder


def test_what_differs_is_edited_new_or_gone_and_not_what_is_ignored(checkout: Path) -> None:
    (checkout / "edited").write_text("2")
    (checkout / "gone").unlink()
    (checkout / "\u00fc \n odd").write_text("2")
    (checkout / "sub").mkdir()
    for name in ("sub/new", "ignored"):
        (checkout / name).write_text("1")
    found = changes(checkout / "sub", "HEAD")
    assert found.root == checkout
    assert found.changed == {checkout / name for name in ("edited", "gone", "\u00fc \n odd", "sub/new")}
    assert checkout / "kept" in found.followed
    assert checkout / "sub" / "new" in found.followed
    assert checkout / "ignored" not in found.followed
    assert found.shown(checkout / "sub" / "new") == "sub/new"
    assert found.shown(checkout.parent / "x") == str(checkout.parent / "x")


def test_what_was_committed_since_counts_and_what_was_undone_does_not(checkout: Path) -> None:
    (checkout / "edited").write_text("2")
    commit(checkout, "two")
    assert changes(checkout, "HEAD~1").changed == {checkout / "edited"}
    assert changes(checkout, "HEAD").changed == set()
    (checkout / "edited").write_text("1")
    assert changes(checkout, "HEAD~1").changed == set()


def test_a_file_that_git_was_told_not_to_look_at_is_not_followed(checkout: Path) -> None:
    git(checkout, "update-index", "--assume-unchanged", "edited")
    git(checkout, "update-index", "--skip-worktree", "kept")
    followed = changes(checkout, "HEAD").followed
    assert checkout / "gone" in followed
    assert not followed & {checkout / "edited", checkout / "kept"}


@pytest.mark.parametrize("since", ["nowhere", "-x", "", "HEAD~99"])
def test_a_commit_that_is_not_there_says_what_is_wanted(since: str, checkout: Path) -> None:
    with pytest.raises(UsageInvalid, match="; wanted a commit, a tag or a branch; `git fetch` it"):
        changes(checkout, since)


def test_a_folder_in_no_checkout_and_a_hook_of_another_are_told_apart(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageInvalid, match="; wanted a folder in a git repository"):
        changes(tmp_path, "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "of-a-hook"))
    assert asked(checkout, "rev-parse", "--show-toplevel", kind=RecordInvalid) == str(checkout)
    with pytest.raises(RecordInvalid, match=r"a checkout: git: .*; do this"):
        asked(checkout, "rev-parse", "--verify", "nothing", kind=RecordInvalid, mend="; do this")
