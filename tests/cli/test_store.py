"""`codec-harness store` as a user types it: what is kept is counted, held against its seal, and deleted as asked."""

import os

import pytest
from typed import typed

from harness.runtime.resources import cache_folder
from harness.runtime.store import Store


@pytest.fixture
def folder():
    store = Store(cache_folder() / "results")
    for number in range(4):
        store.put(f"number:{number}", number)
    return cache_folder() / "results"


def entries(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_is_kept_is_counted(folder):
    found = typed("store", "stats")
    assert found.code == 0
    assert f"{folder}: {len(entries(folder))} entries, 0.0 MB" in found.out
    assert "last used 0.0 to 0.0 days ago" in found.out


@pytest.mark.parametrize("spoil", [b"", b"junk", None])
def test_what_would_not_be_believed_is_named_and_deleted_only_if_asked(spoil, folder):
    first, second, *_ = entries(folder)
    first.write_bytes(second.read_bytes() if spoil is None else spoil)
    for delete, left in ((False, 4), (True, 3)):
        found = typed("store", "verify", *(["--delete"] if delete else []))
        assert found.code == 1
        (named, last) = found.out.splitlines()
        assert str(first) in named
        assert named.endswith("; deleted") is delete
        assert last == f"{folder}: 1 entries would not be believed"
        assert len(entries(folder)) == left
    sound = typed("store", "verify")
    assert (sound.code, sound.out) == (0, f"{folder}: all entries are sound\n")


def test_what_was_not_used_for_long_is_deleted_and_no_more(folder):
    old = entries(folder)[0]
    os.utime(old, (1e9, 1e9))
    found = typed("store", "prune", "--days", "30")
    assert (found.code, found.out) == (0, f"{folder}: deleted 1 entries, 0.0 MB\n")
    assert not old.exists()
    assert len(entries(folder)) == 3
    assert "deleted 3 entries" in typed("store", "prune", "--to", "0").out
    assert entries(folder) == []


def test_an_empty_store_is_no_error():
    assert ": 0 entries, 0.0 MB" in typed("store", "stats").out
    assert typed("store", "verify").code == typed("store", "prune", "--days", "0").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prune"], "store prune: got neither --days nor --to"),
        (["prune", "--days", "-1"], "-1.0 is not in the range"),
        (["prune", "--to", "nan"], "not a finite number"),
        (["stats", "--store", "nope"], "store: got 'nope', wanted a URL"),
        (["stats", "--store", "file:///nowhere/x"], "is no folder; make it first"),
    ],
)
def test_bad_input_ends_with_2_and_deletes_nothing(arguments, said, folder):
    found = typed("store", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert len(entries(folder)) == 4
