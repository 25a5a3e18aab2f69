"""Temporary folders of killed processes are removed by later ones, and no others."""

import os
import subprocess
import sys
from typing import IO

import pytest

from harness.runtime import temporary
from harness.runtime.temporary import sweep, temporary_folder

HOLDING = """
import sys, time
from pathlib import Path
from harness.runtime.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "work").write_text("x")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _anew():
    sweep.cache_clear()
    yield
    sweep.cache_clear()


def test_it_is_there_and_then_gone(tmp_path):
    with temporary_folder(tmp_path) as folder:
        (folder / "a").write_text("a")
        sweep(tmp_path)
        assert (folder / "a").is_file()
    assert list(tmp_path.iterdir()) == []


def out(owner: subprocess.Popen[str]) -> IO[str]:
    assert owner.stdout is not None
    return owner.stdout


def test_what_a_killed_process_left_goes_and_what_one_holds_stays(tmp_path):
    owners = [
        subprocess.Popen([sys.executable, "-c", HOLDING, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    folders = [out(owner).readline().strip() for owner in owners]
    owners[0].kill()
    owners[0].wait()
    sweep(tmp_path)
    assert [str(left) for left in tmp_path.iterdir()] == folders[1:]
    owners[1].kill()
    owners[1].wait()
    for owner in owners:
        out(owner).close()


def test_what_is_not_ours_stays(tmp_path):
    for name in ("codec-harness-mine", "codec-harness-12", "codec-harness-x-abcdefgh", "other-12-abcdefgh"):
        (tmp_path / name).mkdir()
    (tmp_path / "codec-harness-12-abcdefgh").write_text("a file")
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "codec-harness-13-abcdefgh").symlink_to(target)
    before = sorted(tmp_path.iterdir())
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_one_that_was_being_made_or_removed_goes(tmp_path):
    (tmp_path / "codec-harness-14-abcdefgh").mkdir()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_swept_while_it_is_made_is_made_again(tmp_path, monkeypatch):
    usual, swept = os.open, []

    def swept_first(path, *arguments, **named):
        if not swept:
            swept.append(path)
            temporary._remove_if_left(path)
        return usual(path, *arguments, **named)

    monkeypatch.setattr(os, "open", swept_first)
    with temporary_folder(tmp_path) as folder:
        assert folder.is_dir()
        assert folder != swept[0]
    assert list(tmp_path.iterdir()) == []
