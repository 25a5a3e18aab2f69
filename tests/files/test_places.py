"""What a record says of its machine: no absolute path, no secret, and still which of two files it was."""

from pathlib import Path
from typing import Any

import pytest

from harness.files.places import is_left_out, portable, portable_data


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/me/a.py:12: bad (see '/opt/x/b.bin')", ".../a.py:12: bad (see '.../b.bin')"),
        ("--weights=/home/me/w.bin", "--weights=.../w.bin"),
        ("store file:///home/me/store is full", "store file://.../store is full"),
        ("git+FILE:///home/me/repo", "git+FILE://.../repo"),
        ("in /home/me/", "in .../me/"),
        ("https://host/a/b and s3://bucket/a", "https://host/a/b and s3://bucket/a"),
        ("3/4, and/or, docs/a/b.md, ./a/b, ../a/b, ~/a/b", "3/4, and/or, docs/a/b.md, ./a/b, ../a/b, ~/a/b"),
        ("/data is full", "/data is full"),  # of one part: it tells nothing
        ("none", "none"),
        ("a\udcffb/c and /d/e\udcff", "a\\udcffb/c and .../e\\udcff"),  # bytes that are no UTF-8
    ],
)
def test_an_absolute_path_in_a_text_is_cut_to_its_name_and_nothing_else_is(here: Path, text: str, told: str) -> None:
    assert portable(text) == told
    assert portable(told) == told
    assert str(here) not in told


def test_what_lies_in_the_working_folder_is_told_from_there(here: Path) -> None:
    assert portable(f"{here}/speech/a.flac: silent") == "speech/a.flac: silent"
    assert portable_data(f"{here}/my speech/") == "my speech"
    assert portable_data(str(here)) == "."
    beside = Path(f"{here}-other")  # begins with the same letters, and lies elsewhere
    assert portable(f"{beside}/a.flac") == ".../a.flac"


@pytest.mark.parametrize("path", ["/home/me/mimi.bin", "/home/me/my weights", "/home/me/mimi/"])
def test_an_option_that_is_a_path_keeps_its_name_and_what_tells_it_from_another(here: Path, path: str) -> None:
    del here
    told, other = portable_data(path), portable_data(path.replace("/me/", "/you/"))
    assert told.startswith(f".../{Path(path).name}#")
    assert told != other
    assert portable_data(told) == told
    assert is_left_out(told)


def test_the_values_of_an_environment_are_told_apart_and_never_told() -> None:
    options = {"environment": {"TOKEN": "s3cret", "COUNT": 7}, "nested": [{"environment": {"KEY": "s3cret"}}]}
    told = portable_data(options)
    assert "s3cret" not in repr(told)
    assert told["environment"]["TOKEN"] == told["nested"][0]["environment"]["KEY"]
    assert told["environment"]["TOKEN"] != portable_data({"environment": {"TOKEN": "other"}})["environment"]["TOKEN"]
    assert portable_data(told) == told
    assert is_left_out(told)
    assert portable_data({"environment": "production"}) == {"environment": "production"}  # no table, so no secrets


@pytest.mark.parametrize("data", [True, 3, 2.5, None, "plain", ["a", ("b", 1)], {"a": {"b": "https://host/a/b"}}])
def test_what_says_nothing_of_the_machine_stays_as_it_is(data: Any) -> None:
    assert portable_data(data) == data
    assert type(portable_data(data)) is type(data)
    assert not is_left_out(data)


@pytest.mark.parametrize(
    "option",
    ["/home/me/w.bin", "--weights=/home/me/w.bin", "file:///home/me/w.bin", "read '/home/me/w.bin' twice"],
)
def test_nothing_is_run_from_an_option_of_which_a_part_is_left_out(here: Path, option: str) -> None:
    assert is_left_out(portable_data({"serve": ["program", option]}))
    assert not is_left_out(portable_data({"serve": ["program", option.replace("/home/me", str(here))]}))


@pytest.mark.parametrize("option", ["wait...", "a.../b", "and so on ..."])
def test_dots_alone_leave_nothing_out(option: str) -> None:
    assert not is_left_out(option)
