import os
import stat
import subprocess
import sys

import pytest

from harness.runtime import seal


@pytest.fixture(autouse=True)
def own_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv(seal.SECRET_VARIABLE, raising=False)
    seal._secret.cache_clear()
    yield tmp_path / "state" / "codec-harness" / "store-key"
    seal._secret.cache_clear()


def test_a_seal_is_of_name_and_content():
    made = seal.sealed("name", b"content")
    assert seal.holds(made, "name", b"content")
    for name, content in (("name", b"contents"), ("nam", b"econtent"), ("other", b"content")):
        assert not seal.holds(made, name, content)
    for wrong in (None, 3, "", "é", made[:-1], made.upper()):
        assert not seal.holds(wrong, "name", b"content")


def test_the_secret_is_made_once_and_is_for_its_owner_alone(own_secret):
    made = seal.sealed("name", b"content")
    assert stat.S_IMODE(own_secret.stat().st_mode) == 0o600
    seal._secret.cache_clear()
    assert seal.sealed("name", b"content") == made


def test_another_users_seal_is_not_believed(tmp_path, monkeypatch):
    made = seal.sealed("name", b"content")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    seal._secret.cache_clear()
    assert not seal.holds(made, "name", b"content")


def test_the_environment_can_give_machines_one_secret(monkeypatch, own_secret):
    monkeypatch.setenv(seal.SECRET_VARIABLE, "told to both")
    made = seal.sealed("name", b"content")
    assert not own_secret.exists()
    monkeypatch.setenv(seal.SECRET_VARIABLE, "told to another")
    assert not seal.holds(made, "name", b"content")


def test_a_damaged_secret_is_made_anew(own_secret):
    made = seal.sealed("name", b"content")
    own_secret.write_bytes(b"short")
    seal._secret.cache_clear()
    assert not seal.holds(made, "name", b"content")
    again = seal.sealed("name", b"content")
    seal._secret.cache_clear()
    assert seal.holds(again, "name", b"content")


def test_many_processes_at_once_agree(own_secret):
    code = "from harness.runtime import seal; print(seal.sealed('name', b''))"
    command = [sys.executable, "-c", code]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(4)]
    assert len({process.communicate()[0] for process in processes}) == 1
    assert [path.name for path in own_secret.parent.iterdir()] == [own_secret.name]


def test_without_a_place_for_it_what_is_kept_is_not_believed_later(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="will not be believed later; set CODEC_HARNESS_STORE_KEY"):
        made = seal.sealed("name", b"content")
    assert seal.holds(made, "name", b"content")  # by this process
