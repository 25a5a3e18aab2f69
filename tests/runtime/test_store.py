import pytest

from harness.runtime.store import Store, content_key


def test_what_is_put_comes_back_in_another_process_or_run(tmp_path):
    first = Store(tmp_path)
    first.put("a", "text")
    first.put("b", b"\x00\xff")
    first.close()
    again = Store(tmp_path)
    assert (again.get("a"), again.get("b"), again.get("c")) == ("text", b"\x00\xff", None)


def test_keys_depend_on_content_and_not_on_order():
    assert content_key(a=1, b=[2, "x"]) == content_key(b=[2, "x"], a=1)
    assert content_key(a=1) != content_key(a=2)


def test_a_store_that_cannot_be_had_is_done_without(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="going on without it"):
        store = Store(tmp_path / "file")
    store.put("a", "text")
    assert store.get("a") is None
