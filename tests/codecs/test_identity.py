"""An edited line anywhere in a codec's own code must make its earlier results unusable."""

import importlib.machinery
import site
import subprocess
import sys
import types
import zipfile

import pytest

from harness.codecs import local_code
from harness.codecs.identity import code_sha256, describe
from harness.codecs.local_code import closure
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable


def identity(folder):
    code = "from harness.codecs.identity import code_sha256; print(code_sha256('mycodec.adapter:Codec'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def package(folder):
    (folder / "mycodec").mkdir()
    (folder / "mycodec" / "__init__.py").write_text("")
    (folder / "mycodec" / "adapter.py").write_text("import numpy\nfrom .network import forward\nclass Codec: ...\n")
    (folder / "mycodec" / "network.py").write_text("import kernels\ndef forward(): ...\n")
    (folder / "mycodec" / "report.py").write_text("")
    (folder / "kernels.py").write_text("x = 1\n")


def test_the_identity_changes_with_every_local_module_that_is_imported_and_with_no_other(tmp_path):
    package(tmp_path)
    before = identity(tmp_path)
    (tmp_path / "mycodec" / "report.py").write_text("unrelated = True\n")
    assert identity(tmp_path) == before
    for name in ("mycodec/adapter.py", "mycodec/network.py", "kernels.py"):
        file = tmp_path / name
        kept = file.read_text()
        file.write_text(kept + "# edited\n")
        assert identity(tmp_path) != before, name
        file.write_text(kept)
    assert identity(tmp_path) == before


def test_built_in_adapters_have_an_identity_of_their_own():
    assert code_sha256("harness.codecs.opus.codec:OpusCodec") != code_sha256("harness.codecs.pcm:PcmCodec")


def test_another_class_or_other_options_are_another_codec_whatever_the_fingerprint_says():
    def code(adapter, **options):
        return describe(CodecSpec(name="x", adapter=adapter, options=options))[1]

    assert code("planted.faults:Sound") != code("planted.faults:HalfGain")  # these inherit one fingerprint
    assert code("planted.faults:Sound") != code("planted.faults:Sound", inner="pcm")
    assert code("opus") == code("harness.codecs.opus.codec:OpusCodec")


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


def test_what_lies_beside_an_adapter_and_is_named_in_it_counts(tmp_path):
    here = tmp_path / "mycodec"
    here.mkdir()
    (here / "__init__.py").write_text("")
    (here / "adapter.py").write_text(
        "import importlib, json, pathlib\n"
        "GAIN = json.loads((pathlib.Path(__file__).parent / 'gain.json').read_text())\n"
        "moves = importlib.import_module('mycodec.moves')\n"
        "tables = importlib.import_module('.' + 'tables', __package__)\n"
        "importlib.import_module('mycodec.inner')\n"
    )
    (here / "inner").mkdir()
    named = ("gain.json", "moves.py", "tables.py", "inner/__init__.py", "inner/deep.py")
    for name in (*named, "other.json"):
        (here / name).write_text("1")
    (here / "inner" / "__init__.py").write_text("from mycodec.inner import deep")
    first = identity(tmp_path)
    for name, counts in (*((name, True) for name in named), ("other.json", False)):
        before = (here / name).read_text()
        (here / name).write_text(f"{before} ")
        assert (identity(tmp_path) != first) is counts, name
        (here / name).write_text(before)
    assert identity(tmp_path) == first


def test_the_hash_of_the_code_may_be_handed_over():
    spec = CodecSpec(name="it", adapter="pcm", options={})
    assert describe(spec, code_sha256("harness.codecs.pcm:PcmCodec")) == describe(spec)
    assert describe(spec, "of other code")[1] != describe(spec)[1]


SLOW = """
import pathlib
from harness import load_codec
GAIN = {gain}
class Codec:
    def __init__(self):
        here = pathlib.Path(__file__)
        here.write_text(here.read_text().replace("GAIN = 1.0", "GAIN = 0.1"))  # somebody saves it meanwhile
        self.inner = load_codec("pcm", {{}})
        self.info = self.inner.info
    def open(self):
        return self.inner.open()
"""


def test_code_that_changes_while_a_codec_is_loaded_is_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "saved_meanwhile.py").write_text(SLOW.format(gain=1.0))
    spec = CodecSpec(name="it", adapter="saved_meanwhile:Codec", options={})
    with pytest.raises(CodecUnavailable, match="saved_meanwhile changed while it was loaded; run it once more"):
        describe(spec)
    (tmp_path / "saved_at_rest.py").write_text(SLOW.format(gain=1.0).replace("here.write_text", "str"))
    assert describe(spec.model_copy(update={"adapter": "saved_at_rest:Codec"}))[1]


@pytest.mark.parametrize(
    ("reading", "file"),
    [
        ('open(f"{HERE}/gain.txt")', "mycodec/gain.txt"),
        ('open(str(HERE) + "/gain.txt")', "mycodec/gain.txt"),
        ('(HERE / "weights" / "gain.txt").open()', "mycodec/weights/gain.txt"),
        ('(HERE / "data" / "gain").open()', "mycodec/data/gain"),  # without a suffix
        ('open(f"{HERE}/data/gain")', "mycodec/data/gain"),
        ('(HERE / "data" / "gain.step-100").open()', "mycodec/data/gain.step-100"),
        ('(HERE / "a" / "b" / "c" / "d" / "gain.txt").open()', "mycodec/a/b/c/d/gain.txt"),
        ('(HERE / "linked" / "gain.txt").open()', "elsewhere/gain.txt"),  # through a link
        ('(HERE / "crowded" / "z" / "gain.txt").open()', "mycodec/crowded/z/gain.txt"),  # beside many files
        ('(HERE.parent / "weights" / "gain.txt").open()', "weights/gain.txt"),  # not below the adapter
        ('(HERE / ".." / "weights" / "gain.txt").open()', "weights/gain.txt"),
        ('(HERE / "../weights" / "gain").open()', "weights/gain"),
        ('(HERE / "linked/../gain.txt").open()', "gain.txt"),  # two dots behind a link lead where the link does
        ('open("weights/gain.txt")', "weights/gain.txt"),  # from where it is run
        ('next(HERE.glob("weights/*.gain")).open()', "mycodec/weights/one.gain"),
        ('(HERE / max(os.listdir(HERE / "steps")) / "gain.txt").open()', "mycodec/steps/9/gain.txt"),
    ],
)
def test_a_file_counts_whose_path_or_name_an_adapter_holds(tmp_path, reading, file):
    package(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mycodec" / "linked").symlink_to(tmp_path / "elsewhere")
    crowd = tmp_path / "mycodec" / "crowded" / "a"
    crowd.mkdir(parents=True)
    for number in range(local_code.MOST_FILES if "crowded" in file else 1):
        (crowd / f"{number}.wav").touch()
    code = f"import os, pathlib\nHERE = pathlib.Path(__file__).parent\nGAIN = {reading}.read()\nclass Codec: ...\n"
    (tmp_path / "mycodec" / "adapter.py").write_text(code)
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("1.0")
    before = identity(tmp_path)
    path.write_text("0.1")
    assert identity(tmp_path) != before


def test_a_module_that_is_found_elsewhere_once_the_codec_is_loaded_has_not_changed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "vendored_gains.py").write_text("GAIN = 1.0")
    (tmp_path / "vendored_gains.py").write_text("GAIN = 0.5")
    code = (
        "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent / 'vendor'))\n"
        "import vendored_gains\nfrom harness.codecs.pcm import PcmCodec as Codec\n"
    )
    (tmp_path / "vendoring.py").write_text(code)
    spec = CodecSpec(name="it", adapter="vendoring:Codec", options={}).beside(tmp_path)
    assert describe(spec)[0].name == "pcm"


def test_what_runs_have_left_below_an_adapter_is_no_part_of_it(tmp_path):
    package(tmp_path)
    (tmp_path / "mycodec" / "adapter.py").write_text('NAME = "report.html"\nclass Codec: ...\n')
    left = tmp_path / "mycodec" / "reports" / "mine-1"
    left.mkdir(parents=True)
    before = identity(tmp_path)
    for name in ("run.json", "report.html"):
        (left / name).write_text("made by a run")
    assert identity(tmp_path) == before
