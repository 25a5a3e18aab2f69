"""A shared store: what one machine has kept another has; whatever is wrong with it costs time and no result."""

import warnings
from pathlib import Path

import pytest
from object_server import BUCKET, serving

from harness.errors import UsageInvalid
from harness.runtime import store_care
from harness.runtime.remote import Remote
from harness.runtime.seal import SECRET_VARIABLE
from harness.runtime.store import Store, place
from harness.runtime.store_folder import Folder

FLAC = b"fLaC\x00\xff\nand more\n"


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def url(request, server):
    """A place of its own for each test."""
    del server
    return f"s3://{BUCKET}/{request.node.name.partition('[')[0]}"


def machine(folder: Path, url: str, *, read_only: bool = False) -> Store:
    return Store(folder, remote=Remote(url, read_only=read_only))


def test_what_one_machine_keeps_another_has_and_keeps_beside(url, tmp_path):
    one = machine(tmp_path / "one", url)
    one.put("a", "text")
    one.put_audio("b", FLAC)
    one.close()
    other = machine(tmp_path / "other", url)
    assert other.get("a", str) == "text"
    assert other.get_audio("b") == FLAC
    assert other.get("c", str) is None
    alone = Store(tmp_path / "other")
    assert alone.get("a", str) == "text"
    assert alone.get_audio("b") == FLAC


def put(key: str, store: Store) -> None:
    store.put(key, "text")
    store.close()


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_other_kinds_of_stores(scheme, tmp_path):
    (tmp_path / "shared").mkdir()
    remote = Remote(f"file://{tmp_path}/shared" if scheme == "file" else "memory:///")
    one = Store(tmp_path / "one", remote=remote)
    one.put("a", "text")
    one.close()
    assert Store(tmp_path / "other", remote=remote).get("a", str) == "text"


def test_read_only_takes_and_gives_nothing(server, url, tmp_path):
    one = machine(tmp_path / "one", url)
    one.put("a", "text")
    one.close()
    before = server.names(url.rpartition("/")[2])
    reader = machine(tmp_path / "reader", url, read_only=True)
    assert reader.get("a", str) == "text"
    reader.put("b", "text")
    reader.close()
    assert server.names(url.rpartition("/")[2]) == before


def test_what_is_not_sealed_is_not_there_which_is_said_once_and_it_is_mended(server, url, tmp_path):
    prefix = url.rpartition("/")[2]
    one = machine(tmp_path / "one", url)
    for key in ("a", "b", "c"):
        one.put(key, f"text of {key}")
    one.close()
    name = f"{prefix}/{place('a', 'json')}"
    sound = server.read(name)
    server.write(name, sound.replace(b"text of a", b"text of x"))
    server.write(f"{prefix}/{place('b', 'json')}", sound)  # sealed, and of another key
    other = machine(tmp_path / "other", url)
    with pytest.warns(UserWarning, match="s3://.*its seal is not that of this harness") as told:
        assert [other.get(key, str) for key in ("a", "b", "c")] == [None, None, "text of c"]
    assert len(told) == 1
    other.put("a", "text of a")
    other.close()
    assert server.read(name) == sound


def test_entries_of_somebody_with_another_secret_are_not_believed(url, tmp_path, monkeypatch):
    monkeypatch.setenv(SECRET_VARIABLE, "theirs")
    one = machine(tmp_path / "one", url)
    one.put("a", "text")
    one.close()
    monkeypatch.setenv(SECRET_VARIABLE, "ours")
    with pytest.warns(UserWarning, match="its seal is not"):
        assert machine(tmp_path / "other", url).get("a", str) is None


def test_a_store_that_takes_no_more_is_read_all_the_same(url, tmp_path):
    one = machine(tmp_path / "one", url)
    one.put("a", "text")
    one.close()
    other = machine(tmp_path / "other", url)

    class Full:
        def __init__(self, objects):
            self._objects = objects

        def put(self, name, data):
            raise OSError(f"507 Insufficient Storage: {name}, {len(data)} bytes")

        def get(self, name):
            return self._objects.get(name)

    assert other._remote is not None
    other._remote._objects = Full(other._remote._objects)
    with pytest.warns(UserWarning, match="takes no more .*507 Insufficient Storage.*going on without") as told:
        put("b", other)
    assert len(told) == 1
    other.put("c", "text")
    other.close()
    assert other.get("a", str) == "text"
    assert other.get("b", str) == "text"


@pytest.mark.usefixtures("server")
def test_a_bucket_that_is_not_there_is_done_without(tmp_path):
    lost = machine(tmp_path / "one", "s3://nobody-has-it/x")
    with pytest.warns(UserWarning, match="takes no more"):
        put("a", lost)
    assert lost.get("a", str) == "text"


def test_a_server_that_goes_away_is_done_without(tmp_path):
    with serving() as server:
        one = machine(tmp_path / "one", f"s3://{BUCKET}/gone")
        one.put("a", "text")
        one.close()
        other = machine(tmp_path / "other", f"s3://{BUCKET}/gone")
        server.server.stop()
        with pytest.warns(UserWarning, match="cannot be read .*going on without") as told:
            assert other.get("a", str) is None
        other.put("a", "again")
        with warnings.catch_warnings(action="error"):
            other.close()
        assert len(told) == 1
        assert other.get("a", str) == "again"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("bucket/prefix", "wanted a URL with one of s3://, gs://, az://, file://, memory://"),
        ("ftp://host/x", "wanted a URL with one of"),
        ("s3://", "cannot be used: .*; wanted a URL such as s3://bucket/prefix"),
        (
            "file:///no/such/folder",
            r"'file:///no/such/folder' is no folder; make it first \(mkdir -p /no/such/folder\)",
        ),
        (Path(__file__).as_uri(), "is no folder; give one"),
        ("file://folder", "wanted a whole path behind file://"),
    ],
)
def test_what_is_no_store_is_refused(url, said):
    with pytest.raises(UsageInvalid, match=said):
        Remote(url)


@pytest.mark.parametrize("kind", ["folder", "remote"])
def test_looking_after_a_store(kind, url, tmp_path):
    store = machine(tmp_path / "one", f"{url}/{kind}")
    for number in range(5):
        store.put(f"a{number}", "x" * 100)
    store.put_audio("b", FLAC)
    store.close()
    layer = Folder(tmp_path / "one") if kind == "folder" else Remote(f"{url}/{kind}")
    found = store_care.stats(layer)
    assert found.count == {"json": 5, "flac": 1}
    assert found.size["json"] > 5 * 100
    assert list(store_care.unsound(layer)) == []
    name, other = place("a0", "json"), place("a1", "json")
    data = layer.read(name)
    assert data is not None
    layer.write(name, data.replace(b"xxx", b"xxy"))
    layer.write(other, data)
    if isinstance(layer, Remote):
        layer.close()
    assert sorted(store_care.unsound(layer)) == sorted([name, other])
    assert store_care.prune(layer, days=1.0) == (0, 0)
    count, size = store_care.prune(layer, limit=sum(found.size.values()) // 2)
    assert count in (2, 3, 4)
    assert 0 < size <= sum(found.size.values())
    assert store_care.prune(layer, limit=0)[0] == 6 - count
    assert sum(store_care.stats(layer).count.values()) == 0
