"""What a file is by its name, and by which names a suite may know it."""

from pathlib import Path

import pytest

from harness.runs.since.kinds import is_document, is_environment, names


@pytest.mark.parametrize(
    ("path", "environment", "document"),
    [
        ("pyproject.toml", True, False),
        ("deep/requirements-dev.txt", True, False),
        ("requirements/base.txt", True, False),
        (".github/workflows/a.yml", True, False),
        ("uv.lock", True, False),
        ("locks", False, False),  # a file of that name is no folder
        ("README.md", False, True),
        ("suites/other.codec.toml", False, True),
        ("suites/weights.toml", False, False),
        ("baselines/a.json", False, True),
        ("deep/a.json", False, False),
        ("LICENSE", False, True),
        ("codec.py", False, False),
        ("PYPROJECT.TOML", False, False),
    ],
)
def test_a_name_tells_what_is_installed_and_what_is_for_people(path, environment, document, tmp_path):
    assert is_environment(tmp_path / path, tmp_path) is environment
    assert is_document(tmp_path / path) is document


def test_folders_above_the_root_say_nothing(tmp_path):
    root = tmp_path / "locks" / "checkout"
    assert not is_environment(root / "codec.py", root)
    assert is_environment(root / "locks" / "codec.py", root)


def test_a_file_is_known_by_every_link_on_the_way_to_it_and_by_what_it_is(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "weights.bin").write_text("")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "middle.bin").symlink_to("folder/weights.bin")
    (tmp_path / "first.bin").symlink_to(tmp_path / "middle.bin")
    found = set(names(tmp_path / "first.bin"))
    assert found == {
        tmp_path / "first.bin", tmp_path / "middle.bin", tmp_path / "folder" / "weights.bin",
        tmp_path / "real" / "weights.bin",
    }  # fmt: skip
    assert set(names(tmp_path / "real" / "weights.bin")) == {tmp_path / "real" / "weights.bin"}


def test_a_file_that_is_not_there_is_known_by_its_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(names(Path("deleted.py"))) == {tmp_path / "deleted.py"}
    (tmp_path / "dangling").symlink_to("nowhere")
    assert set(names(tmp_path / "dangling")) == {tmp_path / "dangling", tmp_path / "nowhere"}


def test_links_that_go_round_in_a_circle_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert {tmp_path / "a", tmp_path / "b"} <= set(names(tmp_path / "a"))
    (tmp_path / "self").symlink_to("self")
    assert tmp_path / "self" / "codec.py" in set(names(tmp_path / "self" / "codec.py"))
