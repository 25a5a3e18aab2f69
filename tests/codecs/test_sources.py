"""Which files a codec's code is of, and what in it makes that uncertain."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

import harness
from harness.codecs.sources import Sources, above, module_names, sources

PACKAGE = Path(harness.__file__).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def told(folder: Path, code: str) -> Sources:
    (folder / "sourced_codec.py").write_text(code)
    return sources("sourced_codec:Codec", PACKAGE)


def test_files_and_names_are_those_that_are_imported_directly_or_not(folder: Path) -> None:
    (folder / "sourced_part.py").write_text("import numpy.linalg\nimport sourced_nowhere.deep\n")
    found = told(folder, "from sourced_part import thing\n")
    assert found.files == {folder / "sourced_codec.py", folder / "sourced_part.py"}
    assert {"sourced_codec", "sourced_part", "sourced_part.thing", "numpy.linalg"} <= found.names
    assert "numpy.linalg" not in found.lacking
    assert "sourced_part.thing" in found.lacking  # a function is no module
    assert found.lost == {"sourced_nowhere"}
    assert (found.runs_others, found.reads) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "code",
    [
        "import importlib",
        "import importlib.util as tools",
        "from importlib import import_module",
        "import sys as system",
        "from sys import path",
        "import sys\nsys.path.insert(0, 'x')",
        "from os import system",
        "import os\nos.execv('a', [])",
        "exec('x')",
        "import builtins\nbuiltins.eval('1')",
        "import torch\ntorch.hub.load('a', 'b')",
        "from torch.hub import load",
        "import numpy as np\nnp.load('a', allow_pickle=True)",
        "load('m.pt', weights_only=given)",
    ],
)
def test_code_that_may_run_other_code_is_told(code: str, folder: Path) -> None:
    assert told(folder, code).runs_others == {folder / "sourced_codec.py"}


@pytest.mark.parametrize(
    "code",
    [
        "import importlib.metadata",
        "from importlib.resources import files",
        "import sys\nsys.stdout.write('x')",
        "from sys import argv",
        "import os.path",
        "import numpy as np\nnp.load('a', allow_pickle=False)",
        "import json\njson.load(file)",
        "load('m.pt', weights_only=True)",
        "path = 'system'",
        "this is no Python: exec('x')",
    ],
)
def test_code_that_runs_no_other_is_not_accused(code: str, folder: Path) -> None:
    assert told(folder, code).runs_others == frozenset()


@pytest.mark.parametrize(("installed", "may_run"), [("2.5.1", True), ("2.6.0", False), ("3.0", False), ("odd", True)])
def test_a_load_that_does_not_say_is_safe_in_a_torch_that_is_new_enough(
    installed: str, may_run: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda _: installed)
    assert bool(told(folder, "import torch\ntorch.load('m.pt')").runs_others) is may_run


@pytest.mark.parametrize(
    ("code", "patterns"),
    [
        ("x = 'weights/model.bin'", {"*model.bin"}),
        ("x = name + '.npy'", {"*.npy"}),
        ("x = 'a.[b]'", {"*a.[[]b]"}),
        ("x = 'no end'", set()),
        ("x = folder.glob('deep/*.txt')", {"*.txt", "**.txt"}),
        ("x = folder.glob(pattern)", {"*"}),
        ("x = os.listdir('data')", {"*"}),
    ],
)
def test_names_of_files_that_may_be_read_are_patterns(code: str, patterns: set[str], folder: Path) -> None:
    assert told(folder, code).reads == patterns


def test_a_file_may_be_imported_from_each_folder_above_it(tmp_path: Path) -> None:
    assert module_names(tmp_path / "a" / "b" / "c.py", tmp_path) == {"a.b.c", "b.c", "c"}
    assert module_names(tmp_path / "a" / "__init__.py", tmp_path) == {"a"}
    assert module_names(tmp_path / "__init__.py", tmp_path) == set()
    assert above(["a.b.c", "d"]) == {"a", "a.b", "a.b.c", "d"}
    assert above([]) == set()
