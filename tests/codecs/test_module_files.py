"""Where modules are, as an import finds them, with nothing imported and nothing raised."""

import importlib.machinery
import sys
import types
import zipfile

import pytest

from harness.codecs.module_files import content, found, search_path

FILES = {
    "mf_plain.py": "raise RuntimeError('it was imported')\n",
    "mf_package/__init__.py": "raise RuntimeError('it was imported')\n",
    "mf_package/inner.py": "x = 1\n",
    "mf_space/part/deep.py": "x = 2\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    before = set(sys.modules)
    yield tmp_path
    assert {name for name in set(sys.modules) - before if name.startswith("mf_")} == set()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("mf_plain", "mf_plain.py"),
        ("mf_package", "mf_package/__init__.py"),
        ("mf_package.inner", "mf_package/inner.py"),
        ("mf_space.part.deep", "mf_space/part/deep.py"),
    ],
)
def test_a_module_is_found_though_its_package_was_never_imported(folder, name, file):
    origin, loader = found(name)
    assert origin == str(folder / file)
    assert content(origin, loader) == FILES[file].encode()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "mf_plain.", "mf_plain.inner", "mf_none", "mf_none.inner", "mf_package.none",
     "mf_space", "mf_space.part", "sys", "_imp", "a\0b", "a\0b.c", "mf_space.a\0b.c", "x" * 300, "x" * 300 + ".y",
     "mf_package/inner"],
)  # fmt: skip
def test_what_has_no_file_is_none_and_nothing_is_raised(folder, name):
    del folder
    assert found(name) == (None, None)


def test_places_are_told_of_packages_alone_a_namespace_has_those_that_there_are(folder):
    assert search_path("mf_package") == [str(folder / "mf_package")]
    assert search_path("mf_space") == [str(folder / "mf_space")]
    assert search_path("mf_space.part") == [str(folder / "mf_space" / "part")]
    for name in ("mf_plain", "mf_none", "mf_none.inner", "sys"):
        assert search_path(name) is None


def test_what_stands_in_the_path_and_is_no_text_is_passed_over_as_an_import_does(folder, monkeypatch):
    monkeypatch.setattr(sys, "path", [b"/bytes", None, 3, *sys.path])
    assert search_path("mf_space") == [str(folder / "mf_space")]
    assert found("mf_space.part.deep")[0] == str(folder / "mf_space" / "part" / "deep.py")


class Lazy(types.ModuleType):
    """A module that imports what is asked of it."""

    def __getattr__(self, name):
        raise RuntimeError(f"{name} was asked for")


def told(**attributes):
    module = Lazy("mf_loaded")
    module.__dict__.update(attributes)
    return module


@pytest.mark.parametrize(
    ("module", "file"),
    [
        (None, None),  # its import was blocked
        (told(), None),
        (told(__spec__=None, __file__="/made/by/hand.py"), "/made/by/hand.py"),
        (told(__spec__="odd", __file__=3), None),
        (told(__spec__=importlib.machinery.ModuleSpec("mf_loaded", None, origin="/no/location")), None),
        (object(), None),
    ],
)
def test_a_loaded_module_is_where_it_says_whatever_it_is(module, file, monkeypatch):
    monkeypatch.setitem(sys.modules, "mf_loaded", module)
    assert found("mf_loaded")[0] == file
    assert search_path("mf_loaded") is None


def test_a_finder_that_raises_hides_no_other(folder, monkeypatch):
    class Broken:
        @staticmethod
        def find_spec(*asked):
            raise KeyError(asked)

    class Odd:
        @staticmethod
        def find_spec(*asked):
            return f"no spec of {asked}"

    monkeypatch.setattr(sys, "meta_path", [Broken, Odd, *sys.meta_path])
    assert found("mf_plain")[0] == str(folder / "mf_plain.py")


def test_a_path_that_cannot_be_listed_is_of_no_package(monkeypatch):
    class Computed:
        def __iter__(self):
            raise RuntimeError("the folder is gone")

    monkeypatch.setitem(sys.modules, "mf_loaded", told(__path__=Computed()))
    assert search_path("mf_loaded") is None
    assert found("mf_loaded.inner") == (None, None)


def test_a_module_in_an_archive_is_read_there_and_one_that_is_gone_is_none(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "mf.zip", "w") as archive:
        archive.writestr("mf_zipped.py", "x = 3\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "mf.zip"), *sys.path])
    origin, loader = found("mf_zipped")
    assert origin is not None
    assert content(origin, loader) == b"x = 3\n"
    assert content(str(tmp_path / "none.py"), None) is None
    assert content(str(tmp_path / "none.py"), loader) is None
    assert content("a\0b", object()) is None
