"""Which files a distribution answers for, wherever it lies and however it lists them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.runtime.installed import is_installed, versions


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder on the path, in which distributions may lie."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


def distribution(place, *, name="mine", kind="dist-info", **files):
    """Lay a distribution into *place*; *files* : of its metadata, by the names before their ends."""
    folder = place / f"{name}-1.0.{kind}"
    folder.mkdir()
    (folder / ("METADATA" if kind == "dist-info" else "PKG-INFO")).write_text(f"Name: {name}\nVersion: 1.0\n")
    for file, text in files.items():
        (folder / file.replace("__", "-").replace("_txt", ".txt").replace("_json", ".json")).write_text(text)


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_the_standard_library_and_what_lies_in_the_site_is_installed(tmp_path):
    for module in (json, np):
        assert is_installed(Path(str(module.__file__)))
    assert not is_installed(put(tmp_path / "mine.py"))


def test_a_file_that_is_listed_is_installed_and_its_neighbour_is_not(place):
    distribution(place, RECORD="mine/__init__.py,sha256=x,1\n./single.py,,\n\n")
    assert is_installed(put(place / "mine" / "__init__.py"))
    assert is_installed(put(place / "mine" / "deep" / "built.so"))  # what a package builds for itself
    assert is_installed(put(place / "single.py"))
    assert not is_installed(put(place / "other.py"))
    assert not is_installed(put(place / "mined" / "x.py"))


def test_an_old_list_is_relative_to_the_metadata(place):
    distribution(place, kind="egg-info", installed__files_txt="../mine/__init__.py\n../tool.py\n")
    assert is_installed(put(place / "mine" / "x.py"))
    assert is_installed(put(place / "tool.py"))
    assert not is_installed(put(place / "other.py"))


@pytest.mark.parametrize(
    ("files", "installed"),
    [
        ({"top_level_txt": "mine\n"}, True),
        ({}, True),  # by its name
        ({"top_level_txt": "other\n"}, False),
        ({"direct_url_json": '{"dir_info": {"editable": true}}'}, False),
        ({"direct_url_json": '{"dir_info": {}}'}, True),
        ({"direct_url_json": "{damaged"}, False),
        ({"SOURCES_txt": "mine/__init__.py\n", "kind": "egg-info"}, False),  # a source tree
    ],
)
def test_without_a_list_its_names_are_its_own_unless_it_is_there_to_be_edited(place, files, installed):
    distribution(place, **files)
    assert is_installed(put(place / "mine" / "x.py")) is installed
    assert is_installed(put(place / "mine.py")) is installed


def test_a_name_with_a_dash_is_that_of_a_module(place):
    distribution(place, name="my-own")
    assert is_installed(put(place / "my_own.py"))
    assert not is_installed(put(place / "my.py"))  # of which the name is only a beginning


def test_a_link_belongs_to_who_lists_it_or_what_it_is_of(place, tmp_path):
    distribution(place, RECORD="mine.py,,\n")
    outside = put(tmp_path / "outside.py")
    (place / "mine.py").symlink_to(outside)
    assert is_installed(place / "mine.py")
    assert not is_installed(outside)
    (tmp_path / "link.py").symlink_to(put(place / "other.py"))
    assert not is_installed(tmp_path / "link.py")


def test_versions_are_told_as_the_folders_are_called(place):
    before = versions()
    assert "mine-1.0.dist-info" not in before
    distribution(place)
    distribution(place, name="old", kind="egg-info")
    assert versions() - before == {"mine-1.0.dist-info", "old-1.0.egg-info"}
