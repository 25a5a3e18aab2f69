"""Which files a codec was made of: told where it is made, and checked where somebody knows their hash."""

import hashlib
import os

import pytest

from harness.codecs.loaded import check_fetched, check_sha256, hashes
from harness.errors import WeightsInvalid


def test_a_file_that_changed_is_hashed_again(tmp_path):
    path = tmp_path / "w.bin"
    path.write_bytes(b"one")
    assert hashes(path) == {"w.bin": hashlib.sha256(b"one").hexdigest()}
    path.write_bytes(b"three")
    assert hashes(path) == {"w.bin": hashlib.sha256(b"three").hexdigest()}
    with pytest.raises(WeightsInvalid, match=r"w\.bin: corrupt or replaced: .* but the manifest says 000000000000"):
        check_sha256(path, "0" * 64, "the manifest")


def test_a_file_that_changed_within_one_tick_of_its_clock_is_hashed_again(tmp_path):
    path = tmp_path / "w.bin"
    path.write_bytes(b"one")
    assert hashes(path) == {"w.bin": hashlib.sha256(b"one").hexdigest()}
    written = path.stat().st_mtime_ns
    path.write_bytes(b"two")  # as long
    os.utime(path, ns=(written, written))
    assert hashes(path) == {"w.bin": hashlib.sha256(b"two").hexdigest()}


def fetched(folder, content, name):
    """Make what the client of the model hub leaves: a link in a snapshot to a file that is called after its hash."""
    (folder / "blobs").mkdir(exist_ok=True)
    (folder / "snapshots" / "abc").mkdir(parents=True, exist_ok=True)
    (folder / "blobs" / name).write_bytes(content)
    link = folder / "snapshots" / "abc" / "w.bin"
    link.unlink(missing_ok=True)
    link.symlink_to(f"../../blobs/{name}")
    return link


def test_what_was_fetched_is_what_the_revision_holds(tmp_path):
    small = hashlib.sha1(b"blob 3\0one", usedforsecurity=False).hexdigest()
    for name in (hashlib.sha256(b"one").hexdigest(), small):
        check_fetched(fetched(tmp_path, b"one", name))
        with pytest.raises(WeightsInvalid, match=r"but the revision says .* delete the file and fetch it again"):
            check_fetched(fetched(tmp_path, b"two", name))
    check_fetched(fetched(tmp_path, b"two", "of-another-client"))
    (tmp_path / "own.bin").write_bytes(b"two")
    check_fetched(tmp_path / "own.bin")
