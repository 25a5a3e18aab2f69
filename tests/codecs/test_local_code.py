"""Of all kinds of modules, a codec's own are read and none is imported."""

import importlib.machinery
import site
import sys
import types
import zipfile

import pytest

from harness.codecs.identity import code_sha256
from harness.codecs.local_code import closure


def overlay(folder, record=True):
    """Write a distribution as `pip install --target` does; one of its modules cannot be imported."""
    files = {
        "brittle/__init__.py": "from . import fine\n",
        "brittle/fine.py": "def work():\n    from brittle.optional.part import thing\n",
        "brittle/optional/__init__.py": "raise RuntimeError('this part needs a graphics card')\n",
        "brittle/optional/part.py": "thing = 1\n",
        "brittle-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: brittle\nVersion: 2.0\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if record:
        (folder / "brittle-2.0.dist-info" / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    return folder


@pytest.fixture
def told(monkeypatch):
    """Return the identity of the codec in a folder, and the names of the other modules that are in it."""

    def ask(folder, *added, pth=()):
        monkeypatch.setattr(sys, "path", [str(folder), *map(str, added), *sys.path])
        for place in pth:
            site.addsitedir(str(place))
        importlib.invalidate_caches()
        names = closure("mycodec.adapter")
        assert {"mycodec", "mycodec.adapter"} <= set(names)
        return code_sha256("mycodec.adapter:Codec"), {name for name in names if not name.startswith("mycodec")}

    return ask


def using(folder, imports):
    (folder / "mycodec").mkdir(parents=True)
    (folder / "mycodec" / "__init__.py").write_text("")
    (folder / "mycodec" / "adapter.py").write_text(f"{imports}\nclass Codec: ...\n")
    return folder


@pytest.mark.parametrize("record", [True, False])
def test_a_distribution_outside_the_site_folders_counts_by_version_and_is_not_imported(tmp_path, told, record):
    installed = overlay(tmp_path / "overlay", record)
    folder = using(tmp_path / "own", "import brittle\nfrom brittle.optional import part")
    before, names = told(folder, installed)
    assert names == set()
    (installed / "brittle" / "fine.py").write_text("edited = True\n")
    assert told(folder, installed)[0] == before
    (installed / "brittle-2.0.dist-info").rename(installed / "brittle-2.1.dist-info")
    assert told(folder, installed)[0] != before


def test_a_pth_file_that_adds_a_distribution(tmp_path, told):
    installed = overlay(tmp_path / "overlay")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "added.pth").write_text(f"{installed}\n")
    folder = using(tmp_path / "own", "import brittle.optional.part")
    assert told(folder, pth=[tmp_path / "site"])[1] == set()


def test_local_code_that_cannot_be_imported_is_read_all_the_same(tmp_path, told):
    folder = using(tmp_path, "import brittle.optional.part")
    installed = overlay(tmp_path / "overlay")
    (installed / "brittle-2.0.dist-info" / "RECORD").unlink()
    (installed / "brittle-2.0.dist-info" / "METADATA").unlink()
    (installed / "brittle-2.0.dist-info").rmdir()
    before, names = told(folder, installed)
    assert names == {"brittle", "brittle.fine", "brittle.optional", "brittle.optional.part"}
    (installed / "brittle" / "optional" / "part.py").write_text("thing = 2\n")
    assert told(folder, installed)[0] != before


def test_a_source_tree_is_local_though_metadata_lie_in_it(tmp_path, told):
    folder = using(tmp_path, "")
    for name, text in (
        ("SOURCES.txt", "mycodec/adapter.py"),
        ("top_level.txt", "mycodec"),
        ("PKG-INFO", "Name: mycodec\n"),
    ):
        (folder / "mycodec.egg-info").mkdir(exist_ok=True)
        (folder / "mycodec.egg-info" / name).write_text(text)
    before, _ = told(folder)
    (folder / "mycodec" / "adapter.py").write_text("class Codec: changed = True\n")
    assert told(folder)[0] != before


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("packed/__init__.py", "from packed import part\n")
        file.writestr("packed/part.py", "x = 1\n")
        for name in names:
            file.writestr(
                name,
                "packed/__init__.py,,\npacked/part.py,,\n" if name.endswith("RECORD") else "Name: packed\nVersion: 1\n",
            )
    return path


def test_archives(tmp_path, told):
    folder = using(tmp_path / "own", "import packed")
    assert told(folder, archive(tmp_path / "local.zip"))[1] == {"packed", "packed.part"}
    wheel = archive(tmp_path / "packed-1.whl", "packed-1.dist-info/METADATA", "packed-1.dist-info/RECORD")
    assert told(folder, wheel)[1] == set()


def test_modules_of_every_kind_are_read_or_passed_over(tmp_path, told, monkeypatch):
    (tmp_path / "space" / "inner").mkdir(parents=True)  # namespaces: no __init__.py
    (tmp_path / "space" / "inner" / "leaf.py").write_text("")
    (tmp_path / "latin.py").write_bytes("# caf\xe9 ohne Angabe\nimport never\n".encode("latin-1"))
    (tmp_path / "declared.py").write_bytes("# coding: latin-1\n# \xe9\nimport latin\n".encode("latin-1"))
    (tmp_path / "deep.py").write_text("(" * 500 + ")" * 500)
    (tmp_path / "null.py").write_bytes(b"x = 1\0")
    (tmp_path / f"native{importlib.machinery.EXTENSION_SUFFIXES[0]}").write_bytes(b"\x7fELF no more than this")
    monkeypatch.setitem(sys.modules, "made", types.ModuleType("made"))
    monkeypatch.setitem(sys.modules, "gone", None)
    monkeypatch.setitem(sys.modules, "odd", object())
    names = "space.inner.leaf, declared, deep, null, native, made, gone, odd, zlib, _frozen_importlib, absent"
    folder = using(tmp_path / "own", f"import {names}\nfrom . import nothing\nfrom ... import beyond")
    found = told(folder, tmp_path)[1]
    assert found == {"space.inner.leaf", "declared", "latin", "deep", "null", "native"}


def test_imports_are_found_in_every_statement(tmp_path, told):
    places = """
try: import a
except ImportError: import b
else: import c
finally: import d
for x in (): import e
else: import f
while False: import g
with open("x"): import h
match 1:
    case 1: import i
    case _ if True: import j
if (lambda: 1)(): import k
elif False: import l
else:
    class Inner:
        async def late(self):
            async with self:
                async for x in self: import m
                return [x for x in self if x]
"""
    for name in "abcdefghijklm":
        (tmp_path / f"{name}.py").write_text("")
    assert told(using(tmp_path / "own", places), tmp_path)[1] == set("abcdefghijklm")
