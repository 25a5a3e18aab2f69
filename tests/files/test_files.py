"""Names that cannot leave their folder, and files that are whole or not there."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import NotWritable
from harness.files import file_name, no_links, write_whole

NASTY = ["", "/", "/etc/passwd", "..", ".", "../x", "a/../b", "~", "a b", "a_b", "a\0b", "\ud800", "A/B", "a\nb"]
NASTY.append("a" * 5000)
NAMES = st.one_of(st.sampled_from(NASTY), st.text(), st.text("ab/.~_+- ", max_size=4))


@given(NAMES)
@example(file_name("a b"))
def test_a_name_is_one_part_of_a_path_and_short(name):
    made = file_name(name)
    assert Path("/folder", made).parent == Path("/folder")
    assert made not in (".", "..")
    assert not made.startswith(".")
    assert len(os.fsencode(made)) < 120


@given(NAMES, NAMES)
def test_names_that_differ_never_share_a_file(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


@pytest.mark.parametrize("name", NASTY)
def test_what_a_name_became_is_not_the_name_of_another(name):
    assert file_name(file_name(name)) != file_name(name) or file_name(name) == name


def test_usual_names_stay_readable():
    assert file_name("heart-01") == "heart-01"
    assert file_name("LJ001-0001") == "LJ001-0001"
    assert file_name("mini/cloned-decoder") == "mini+cloned-decoder"


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "new" / "file"
    write_whole(path, "text")
    write_whole(path, b"\x00bytes")
    assert path.read_bytes() == b"\x00bytes"
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path):
    folder = tmp_path / "folder"
    write_whole(folder / "file", "old")
    with pytest.raises(NotWritable, match="cannot be written"):
        write_whole(folder / "file" / "below", "new")
    with pytest.raises(NotWritable, match=r"File name too long.*ask somebody"):
        write_whole(folder / ("x" * 300), "new", mend="ask somebody")
    with pytest.raises(NotWritable, match="null"):
        write_whole(folder / "x\0y", "new")
    assert [(one.name, one.read_text()) for one in folder.iterdir()] == [("file", "old")]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path):
    strange = tmp_path / "strange"
    strange.write_text("not ours")
    (tmp_path / "run.json").symlink_to(strange)
    write_whole(tmp_path / "run.json", "ours")
    assert strange.read_text() == "not ours"
    assert not (tmp_path / "run.json").is_symlink()


def test_readers_see_an_old_file_or_a_new_one(tmp_path):
    path = tmp_path / "file"
    texts = {letter * 100_000 for letter in "abcd"}
    write_whole(path, "a" * 100_000)

    def write(text):
        for _ in range(30):
            write_whole(path, text)

    writers = [threading.Thread(target=write, args=(text,)) for text in texts]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_text() in texts


@pytest.mark.parametrize("place", [".", "audio", "cells/a/b.json"])
def test_a_folder_with_a_link_in_it_is_refused(tmp_path, place):
    folder = tmp_path / "run"
    (folder / "cells" / "a").mkdir(parents=True)
    no_links(folder)
    if place == ".":
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        (folder / place).symlink_to(tmp_path)
    with pytest.raises(NotWritable, match="is a symbolic link, and nothing is written through one; remove it"):
        no_links(folder)


def test_a_folder_that_is_not_there_has_no_links(tmp_path):
    no_links(tmp_path / "none")
    with pytest.raises(NotWritable, match=r"run: cannot be written \(File name too long\)"):
        no_links(tmp_path / ("l" * 256) / "run")
