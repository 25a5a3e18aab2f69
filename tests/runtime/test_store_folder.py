"""The folder of a store: entries by name, a limit that is kept to, and nothing read that is no entry."""

import os
import time
from pathlib import Path

import pytest

from harness.errors import NotWritable
from harness.runtime import store_folder
from harness.runtime.store_folder import Folder


def aged(folder: Path, name: str, hours: float) -> None:
    then = time.time() - 3600 * hours
    os.utime(folder / name, (then, then))


def filled(folder: Path, limit: int, *sizes: int) -> Folder:
    """Return a folder with an entry of each size, the first of which was used last."""
    found = Folder(folder, limit)
    for number, size in enumerate(sizes):
        found.write(f"a/{number}.json", bytes(size))
        aged(folder, f"a/{number}.json", 2 + number)
    return found


def names(folder: Folder) -> set[str]:
    return {entry.name for entry in folder.entries()}


@pytest.mark.parametrize(
    ("limit", "kept"),
    [(300, "012"), (299, "01"), (200, "0"), (125, "0"), (124, "")],
    ids=["all fits", "one too many", "to four fifths", "as much as that", "none fits"],
)
def test_beyond_its_limit_the_longest_unused_go_until_four_fifths_are_left(
    limit: int, kept: str, tmp_path: Path
) -> None:
    folder = filled(tmp_path, 1_000, 100, 100, 100)
    folder.evict(limit)
    assert names(folder) == {f"a/{number}.json" for number in kept}


def test_an_entry_that_is_as_large_as_the_limit_is_kept_and_a_larger_one_is_not(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 100)
    folder.write("a/0.json", bytes(100))
    folder.write("a/1.json", bytes(101))
    assert names(folder) == {"a/0.json"}
    assert folder.read("a/0.json") == bytes(100)
    assert folder.read("a/1.json") is None
    assert folder.read("b/0.json") is None
    assert folder.read("a/0.json/x") is None


def test_what_was_read_is_used_again_and_one_just_used_is_left_alone(tmp_path: Path) -> None:
    folder = filled(tmp_path, 1_000, 10, 10)
    aged(tmp_path, "a/0.json", 0.9)
    before = (tmp_path / "a" / "0.json").stat().st_mtime
    for name in ("a/0.json", "a/1.json"):
        folder.read(name)
    assert (tmp_path / "a" / "0.json").stat().st_mtime == before
    assert time.time() - (tmp_path / "a" / "1.json").stat().st_mtime < 60


def test_a_folder_that_was_written_much_is_looked_after_before_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_folder, "LOOKED_AFTER_BYTES", 300)
    folder = Folder(tmp_path, 250)
    for number in range(3):
        folder.write(f"a/{number}.json", bytes(100))
    assert len(names(folder)) == 3
    folder.write("a/3.json", bytes(100))
    assert len(names(folder)) == 2
    folder.close()
    assert len(names(folder)) == 2


def test_only_entries_count_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = filled(tmp_path / "store", 1_000, 10)
    (tmp_path / "store" / "a" / "readme.txt").write_bytes(bytes(5_000))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "0.json").write_bytes(b"{}")
    (tmp_path / "store" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "store" / "a" / "9.json").symlink_to(tmp_path / "elsewhere" / "0.json")
    assert names(folder) == {"a/0.json"}
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        folder.read("a/9.json")
    with pytest.raises(NotWritable, match="b: is a symbolic link, and nothing is written through one"):
        folder.write("b/1.json", b"{}")
    folder.evict(0)
    assert (tmp_path / "elsewhere" / "0.json").exists()
    assert (tmp_path / "store" / "a" / "readme.txt").exists()
    assert names(Folder(tmp_path / "nowhere")) == set()
