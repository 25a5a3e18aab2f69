"""A file that an adapter names is part of its codec, wherever the name leads."""

import pytest
from adapter_packages import identity, package

from harness.codecs import named_files


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
    for number in range(named_files.MOST_FILES if "crowded" in file else 1):
        (crowd / f"{number}.wav").touch()
    code = f"import os, pathlib\nHERE = pathlib.Path(__file__).parent\nGAIN = {reading}.read()\nclass Codec: ...\n"
    (tmp_path / "mycodec" / "adapter.py").write_text(code)
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("1.0")
    before = identity(tmp_path)
    path.write_text("0.1")
    assert identity(tmp_path) != before


def test_what_runs_have_left_below_an_adapter_is_no_part_of_it(tmp_path):
    package(tmp_path)
    (tmp_path / "mycodec" / "adapter.py").write_text('NAME = "report.html"\nclass Codec: ...\n')
    left = tmp_path / "mycodec" / "reports" / "mine-1"
    left.mkdir(parents=True)
    before = identity(tmp_path)
    for name in ("run.json", "report.html"):
        (left / name).write_text("made by a run")
    assert identity(tmp_path) == before
