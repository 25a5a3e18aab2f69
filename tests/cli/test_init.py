"""`codec-harness init` as a user types it: what is there stays as it is, and what cannot be used is said."""

from pathlib import Path

import pytest
from typed import typed


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_written_is_kept_the_next_time_and_can_be_run(here):
    first = typed("init", "pcm")
    assert first.code == 0
    assert [line for line in first.out.splitlines() if line.startswith("wrote ")] == [
        "wrote pcm.codec.toml", "wrote .github/workflows/codec.yml", "wrote .gitignore"
    ]  # fmt: skip
    (here / "pcm.codec.toml").write_text("# mine\n")
    again = typed("init", "pcm")
    assert again.code == 0
    assert again.out.count(", which was there") == 3
    assert (here / "pcm.codec.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("kept", [b"", b"build\n", b"build", b"\xe9t\xe9\r\nx\r\n", b"\xff\xfe\x00"])
def test_what_is_in_gitignore_stays_byte_for_byte(kept, here):
    (here / ".gitignore").write_bytes(kept)
    assert typed("init", "pcm").code == 0
    found = (here / ".gitignore").read_bytes()
    assert found.startswith(kept)
    assert found[len(kept) :].strip() == b"reports/"
    assert typed("init", "pcm").code == 0
    assert (here / ".gitignore").read_bytes() == found


@pytest.mark.parametrize("made", [Path.mkdir, lambda path: path.symlink_to("/nowhere/at/all")])
def test_what_is_there_and_is_no_file_is_not_said_to_be_kept(made, here):
    made(here / "pcm.codec.toml")
    found = typed("init", "pcm")
    assert (found.code, found.out) == (2, "")
    assert "pcm.codec.toml: is there and is no file" in found.err


@pytest.mark.parametrize("name", ["", "-", "...", "日本"])
def test_a_name_of_which_nothing_would_be_left_is_refused(name, here):
    found = typed("init", "nope", "--name", name)  # before the codec is loaded
    assert found.code == 2
    assert "--name: got " in found.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "codec adapter 'nope' is unknown"),
        (["pcm", "--option", "x=1"], "has no option 'x'"),
        (["pcm", "--option", "x"], "--option: got 'x', wanted KEY=VALUE"),
    ],
)
def test_a_codec_that_cannot_be_used_leaves_nothing(arguments, said, here):
    found = typed("init", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert list(here.iterdir()) == []
