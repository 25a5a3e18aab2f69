"""What `import harness` offers: all that is named is there, typed, and brings nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.errors import SuiteInvalid, UsageInvalid

ADAPTER = """
import numpy as np
from harness import CodecFailed, CodecInfo, Codes, Samples, Side, State, load_codec


class Wrapped:
    def __init__(self) -> None:
        self.inner = load_codec("pcm", {})
        self.info = self.inner.info

    def open(self):
        return self.inner.open()
"""


@pytest.mark.parametrize("name", harness.__all__)
def test_what_is_named_is_there(name: str) -> None:
    assert getattr(harness, name) is not None


def test_what_is_not_there_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'codecs_'"):
        _ = harness.codecs_


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(harness.__file__).parent / "py.typed").is_file()


def test_importing_the_package_imports_no_numpy() -> None:
    code = "import sys, harness; print('numpy' in sys.modules, 'pydantic' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


def test_an_adapter_imports_from_the_package_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrapping.py").write_text(ADAPTER)
    monkeypatch.syspath_prepend(tmp_path)
    assert harness.load_codec("wrapping:Wrapped", {}).info.name == "pcm"


def test_a_run_takes_what_the_command_line_takes(tmp_path: Path) -> None:
    made = harness.run(
        out=tmp_path, setups=["pcm/*"], utterances=["slt-0[12]"], pesq=False, asr=False, jobs=1, explain=False
    )
    assert {cell.setup for cell in made.record.cells} == {"pcm/shared", "pcm/cross-talk"}
    assert {cell.utterance for cell in made.record.cells} == {"slt-01", "slt-02"}
    assert "stoi" in made.record.cells[0].measurements
    assert made.record.cells[0].measurements.keys().isdisjoint({"pesq_wb", "wer"})
    assert (made.folder / "run.json").is_file()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [({"setups": ["none/*"]}, "no setup 'none/\\*'"), ({"asr": True}, "scores.asr: asr is the name or path")],
)
def test_a_wrong_choice_is_one_clear_error(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises((SuiteInvalid, UsageInvalid), match=said):
        harness.load_suite(Path("default")).selected(**wanted)


def test_shards_are_run_and_merged(tmp_path: Path) -> None:
    chosen: dict[str, Any] = {"setups": ["pcm/shared"], "utterances": ["slt-0[12]"], "pesq": False, "asr": False}
    parts = [harness.run(out=tmp_path / str(n), shard=f"{n}/2", jobs=1, **chosen).folder for n in (1, 2)]
    merged = harness.merge(parts, tmp_path / "merged")
    assert [cell.utterance for cell in merged.record.cells] == ["slt-01", "slt-02"]
    assert (merged.folder / "run.json").is_file()


def test_a_place_that_there_is_not_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageInvalid, match="nowhere"):
        harness.run(out=tmp_path, executor="nowhere")


def test_a_run_since_a_commit_is_of_what_changed_or_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = tmp_path / "of-two.codec.toml"
    tables = "".join(f'[codecs.{name}]\nadapter = "{name}_:Wrapped"\n' for name in ("one", "two"))
    suite.write_text(
        'name = "of-two"\n[speech]\nutterances = ["slt-02"]\n[scores]\nasr = false\npesq = false\n'
        f'{tables}[[setups]]\ncodec = ["one", "two"]\ntopology = "shared"\n'
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}_.py").write_text(ADAPTER)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(harness.NothingReached, match="none of 2 setups run: nothing that they depend on changed"):
        harness.run(suite, since="HEAD", jobs=1)
    (tmp_path / "two_.py").write_text(ADAPTER + "\n# edited\n")
    record, folder = harness.run(suite, since="HEAD", jobs=1)
    assert [setup.name for setup in record.setups] == ["two/shared"]
    assert any("one/shared" in note for note in record.notes)
    assert "two/shared" in harness.publish(folder).read_text("utf-8")
    with pytest.raises(UsageInvalid, match="wanted the path of the suite"):
        harness.run(harness.load_suite(suite), since="HEAD")


def test_a_page_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(harness.HarnessError, match=r"run\.json"):
        harness.publish(tmp_path)


def test_examples_take_from_the_package_what_it_offers() -> None:
    for path in (Path(__file__).parents[1] / "examples").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        deep = {alias.name for node in imports if (node.module or "").startswith("harness.") for alias in node.names}
        assert not deep & {*harness.__all__, "load"}, path


def test_one_name_need_not_stand_in_a_list(tmp_path: Path) -> None:
    made = harness.run(
        out=tmp_path, setups="pcm/shared", utterances="slt-01", pesq=False, asr=False, jobs=1, explain=False
    )
    assert [(cell.setup, cell.utterance) for cell in made.record.cells] == [("pcm/shared", "slt-01")]


@pytest.mark.parametrize("limit", [-1, 0, 1e9, "5"])
def test_a_limit_that_is_none_is_refused(limit: Any, tmp_path: Path) -> None:
    with pytest.raises(SuiteInvalid, match=r"limit: got .*, wanted seconds above 0, 86400 at most"):
        harness.run(out=tmp_path, setups="pcm/shared", asr=False, limit=limit)


@pytest.mark.parametrize("folders", [[], "shards"])
def test_merging_nothing_or_one_text_is_refused(folders: Any) -> None:
    with pytest.raises(UsageInvalid, match="wanted the folders of the shards, in a list"):
        harness.merge(folders)


def test_a_codec_needs_no_options_and_a_suite_may_be_named_in_text(tmp_path: Path) -> None:
    assert harness.load_codec("pcm").info.name == "pcm"
    path = tmp_path / "mine.codec.toml"
    path.write_text('[codecs.mine]\nadapter = "pcm"\n[[setups]]\ncodec = "mine"\n')
    assert harness.load_suite(str(path)).name == "mine"
