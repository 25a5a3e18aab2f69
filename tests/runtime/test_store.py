"""The store keeps what it was given and believes nothing else."""

import json
import os
import pickle
import random
import subprocess
import sys
import time
import warnings

import pytest
import stored

from harness.record import Heard, Measurement
from harness.runtime.store import Store, Unread, content_key

HEARD = Heard(transcript=None, log_probability=Measurement.of(-3.25, "nat"), undefined="a reason")
FLAC = b"fLaC\x00\xff\nand more\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def entry(folder, suffix="json"):
    (found,) = folder.glob(f"results/*/*.{suffix}")
    return found


def test_what_is_put_comes_back_in_another_process_or_run(store, tmp_path):
    store.put("a", HEARD)
    store.put("b", "text")
    store.put("c", [HEARD], list[Heard])
    store.put_audio("d", FLAC)
    store.close()
    again = Store(tmp_path / "results")
    assert again.get("a", Heard) == HEARD
    assert again.get("b", str) == "text"
    assert again.get("c", list[Heard]) == [HEARD]
    assert again.get_audio("d") == FLAC
    assert (again.get("e", str), again.get_audio("e")) == (None, None)


def test_keys_depend_on_content_and_not_on_order():
    assert content_key(a=1, b=[2, "x"]) == content_key(b=[2, "x"], a=1)
    assert content_key(a=1) != content_key(a=2)


def test_what_is_not_to_be_read_is_written_all_the_same(store):
    Unread(store).put("a", "text")
    assert Unread(store).get("a", str) is None
    assert store.get("a", str) == "text"


def test_text_that_utf8_lacks_and_keys_of_any_kind(store):
    for key in ("", "../../a", "a" * 10_000, "\ud800", "a\0\n"):
        store.put(key, "text")
        assert store.get(key, str) == "text"


def damaged(rng, data):
    """Return *data* with one thing wrong."""
    place = rng.randrange(len(data))
    return rng.choice(
        [
            lambda: data[:place],
            lambda: data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :],
            lambda: data[:place] + rng.randbytes(1 + rng.randrange(40)) + data[place:],
            lambda: data[place:] + data[:place],
            lambda: data + data,
            lambda: rng.randbytes(place),
            lambda: b"\0" * len(data),
            lambda: pickle.dumps({"key": data}),
            lambda: b'{"a":' * 100_000,
        ]
    )()


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_is_an_entry_that_is_not_there(store, tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311 (of mutations)
    store.put("a", HEARD)
    path = entry(tmp_path)
    whole = path.read_bytes()
    for _ in range(20):
        data = damaged(rng, whole)
        path.write_bytes(data)
        with warnings.catch_warnings(action="ignore"):
            found = Store(tmp_path / "results").get("a", Heard)
        assert found is None or (found == HEARD and data.rstrip(b"\n") == whole.rstrip(b"\n"))
    store.put("a", HEARD)
    assert store.get("a", Heard) == HEARD


def test_damage_is_said_once_with_the_path(store, tmp_path):
    store.put("a", HEARD)
    store.put_audio("b", FLAC)
    paths = [entry(tmp_path), entry(tmp_path, "flac")]
    for path in paths:
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.warns(UserWarning, match=r"is not used \(its seal is not that of this harness") as told:
        assert (store.get("a", Heard), store.get_audio("b")) == (None, None)
    assert len(told) == 1
    assert str(paths[0]) in str(told[0].message)


def test_an_entry_of_another_key_or_sealed_by_another_is_not_believed(store, tmp_path, monkeypatch):
    store.put("a", "text")
    path = entry(tmp_path)
    store.put("b", "another")
    (other,) = set(path.parent.parent.glob("*/*.json")) - {path}
    other.write_bytes(path.read_bytes())
    with pytest.warns(UserWarning, match="its seal is not that of this harness"):
        assert store.get("b", str) is None
    content, last = path.read_bytes().splitlines()
    path.write_bytes(b'"forged"\n' + last + b"\n")
    assert store.get("a", str) is None
    monkeypatch.setenv("CODEC_HARNESS_STORE_KEY", "of another machine")
    store.put("a", "text")
    monkeypatch.delenv("CODEC_HARNESS_STORE_KEY")
    assert store.get("a", str) is None
    assert content == b'"text"'


def test_a_value_of_another_form_is_not_there(store):
    store.put("a", "text")
    assert store.get("a", Heard) is None


@pytest.mark.parametrize("planted", ["link", "pipe", "folder", "huge"])
def test_what_is_no_file_is_an_entry_that_is_not_there(store, tmp_path, planted):
    store.put("a", "text")
    path = entry(tmp_path)
    path.unlink()
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    if planted == "link":
        path.symlink_to(outside)
    elif planted == "pipe":
        os.mkfifo(path)
    elif planted == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    with pytest.warns(UserWarning, match="is not used"):
        assert store.get("a", str) is None
    with warnings.catch_warnings(action="ignore"):
        store.put("a", "text")
    assert outside.read_text() == "not ours"
    assert planted == "folder" or store.get("a", str) == "text"


def test_a_linked_folder_is_not_written_through(store, tmp_path):
    store.put("a", "text")
    folder = entry(tmp_path).parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "elsewhere").iterdir())
    with pytest.warns(UserWarning, match="takes no more"):
        store.put("a", "new")
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "elsewhere").iterdir()) == before


def test_a_store_that_cannot_be_had_is_done_without(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file")
    with pytest.warns(UserWarning, match=r"takes no more .*for the store \(CODEC_HARNESS_CACHE\)\); going on"):
        store.put("a", "text")
    store.put("b", "text")
    assert store.get("a", str) is None
    store.close()


def test_a_folder_that_is_deleted_meanwhile_is_made_again(store, tmp_path):
    store.put("a", "text")
    (tmp_path / "results").rename(tmp_path / "gone")
    assert store.get("a", str) is None
    store.put("a", "text")
    assert store.get("a", str) == "text"


def test_the_least_used_goes_and_the_limit_holds(tmp_path):
    small = Store(tmp_path / "results", limit=20_000)
    for number in range(40):
        small.put(f"a{number}", "x" * 1000)
        for path in (tmp_path / "results").glob("*/*"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**12))  # as if hours had passed
        assert small.get("a0", str) is not None  # is used again and again
    small.close()
    sizes = [path.stat().st_size for path in (tmp_path / "results").glob("*/*.json")]
    assert 8_000 < sum(sizes) <= 20_000
    assert small.get("a0", str) is not None
    assert small.get("a1", str) is None
    assert small.get("a39", str) is not None


def test_what_is_larger_than_the_store_is_not_kept(tmp_path):
    small = Store(tmp_path / "results", limit=1000)
    small.put("a", "x" * 2000)
    assert small.get("a", str) is None


def test_what_a_killed_process_left_is_deleted_later(store, tmp_path):
    store.put("a", "text")
    folder = entry(tmp_path).parent
    old, new = folder / ".0123.partial", folder / ".4567.partial"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    store.close()
    assert not old.exists()
    assert new.exists()


def test_many_processes_write_and_read_at_once(tmp_path):
    code = (
        "import sys, warnings; from pathlib import Path; from harness.runtime.store import Store\n"
        "warnings.simplefilter('error')\n"
        "store = Store(Path(sys.argv[1]), limit=200_000)\n"
        "for number in range(300):\n"
        "    key = f'k{number % 30}'\n"
        "    store.put(key, key * 100)\n"
        "    assert store.get(key, str) in (None, key * 100)\n"
        "    if number % 50 == 0: store.close()\n"
        "store.close()\n"
    )
    folder = tmp_path / "results"
    run = [sys.executable, "-c", code, str(folder)]
    processes = [subprocess.Popen(run, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    assert set(stored.keys("k", folder)) == {f"k{number}" for number in range(30)}
    assert all(json.loads(path.read_bytes().splitlines()[-1])["seal"] for path in folder.glob("*/*.json"))


@pytest.mark.filterwarnings("error")
def test_where_warnings_are_errors_the_store_costs_no_more_than_time(store, tmp_path):
    store.put("a", "text")
    path = entry(tmp_path)
    path.write_bytes(b"broken")
    assert store.get("a", str) is None
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(b"in the way")
    store.put("a", "text")
    assert store.get("a", str) is None
