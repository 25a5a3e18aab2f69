"""The kinds of versions: what each sets, what it is called, and what it is without being made."""

import json

import pytest
import repository
from answered import PCM

from harness.bisect.history.kinds import (
    LONGEST_NAME,
    CheckpointsTable,
    CommitsTable,
    PackageTable,
    VersionTable,
    beside,
    changed,
    checkpoints,
    commit_versions,
    configurations,
    natural,
    releases,
    settled,
)
from harness.errors import SuiteInvalid


def test_a_version_keeps_what_the_ones_before_it_set_and_tells_its_own(tmp_path):
    tables = [
        VersionTable(name="1", about="first", set={"path.gain": 0.5}),
        VersionTable(name="2", set={"codec.bits": 8, "app.seed": 1}),
        VersionTable(name="3", set={"path.gain": 0.25}),
    ]
    found = configurations(tmp_path / "app.toml", tables, PCM)
    points = [version.make(PCM) for version in found]
    assert [point.path.gain for point in points] == [0.5, 0.5, 0.25]
    assert [point.codec.options for point in points] == [{}, {"bits": 8}, {"bits": 8}]
    assert [(version.about, version.identity) for version in found] == [("first", None), ("", None), ("", None)]
    assert found[1].changes == {"codec.bits": 8, "app.seed": 1}


def test_a_factor_that_is_none_is_refused_with_the_nearest_and_where_it_stands(tmp_path):
    with pytest.raises(
        SuiteInvalid, match=r"^factor 'path\.gian' is unknown; did you mean .*path\.gain.*app\.ANYTHING"
    ):
        changed(PCM, {"path.gian": 0.5})
    with pytest.raises(SuiteInvalid, match=r"app\.toml: end: factor 'gain' is unknown"):
        settled(tmp_path / "app.toml", "end", PCM, {"gain": 0.5})
    assert changed(PCM, {"app.gian": 0.5}) == PCM


def test_files_beside_the_history_are_named_in_full_and_nothing_else_is(tmp_path):
    path = tmp_path / "app.toml"
    (tmp_path / "a.bin").write_bytes(b"")
    assert beside(path, "a.bin") == str(tmp_path / "a.bin")
    assert beside(path, "./none.bin") == str(tmp_path / "none.bin")
    assert beside(path, ["../b", "a.bin", 1]) == [str(tmp_path / "../b"), str(tmp_path / "a.bin"), 1]
    for value in ("none.bin", "", ".hidden", 7, True, "./" + "x" * (LONGEST_NAME - 1)):
        assert beside(path, value) is value
    longest = "./" + "x" * (LONGEST_NAME - 2)
    assert beside(path, longest) == f"{tmp_path}/{longest[2:]}"


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["step-10", "step-100", "step-9"], ["step-9", "step-10", "step-100"]),
        (["b", "a1", "a"], ["a", "a1", "b"]),
        (["10", "2", "1"], ["1", "2", "10"]),
        (["x\u00b22", "\u00b210", "\u00b29"], ["x\u00b22", "\u00b29", "\u00b210"]),  # a superscript is no number
    ],
)
def test_numbers_in_names_are_sorted_as_numbers(names, order):
    assert sorted(names, key=natural) == order


def test_a_checkpoint_is_an_option_of_the_codec_and_told_by_its_name(tmp_path):
    (tmp_path / "a").mkdir()
    for number in (10, 9):
        (tmp_path / "a" / f"{number}.bin").write_bytes(b"")
    found = checkpoints(tmp_path / "app.toml", CheckpointsTable(files="a/*.bin", option="model"))
    assert [version.changes for version in found] == [{"codec.model": "9.bin"}, {"codec.model": "10.bin"}]
    assert found[0].make(PCM).codec.options == {"model": str(tmp_path / "a" / "9.bin")}


@pytest.mark.parametrize(
    ("files", "said"), [("*.bin", "nothing matches '\\*.bin'"), ("", "got ''"), ("/x", "got '/x'")]
)
def test_checkpoints_that_are_not_there_are_refused(tmp_path, files, said):
    with pytest.raises(SuiteInvalid, match=f"app.toml: checkpoints.files: {said}"):
        checkpoints(tmp_path / "app.toml", CheckpointsTable(files=files))


def test_a_release_is_known_by_its_number_and_the_code_of_the_adapters_and_is_not_installed(tmp_path):
    def identities():
        table = PackageTable(name="no-such-package", versions=("1.0", "2.0"), adapters="mine")
        return [version.identity for version in releases(tmp_path / "app.toml", table, 1)]

    (tmp_path / "mine").mkdir()
    before = identities()
    assert len({*before}) == 2
    assert before == identities()
    (tmp_path / "mine" / "codec.py").write_text("x = 1")
    assert not set(before) & set(identities())
    (first, _) = releases(tmp_path / "app.toml", PackageTable(name="moshi", versions=("1", "2")), 1)
    assert (first.name, first.changes) == ("1", {"codec.package.moshi": "1"})


def test_a_commit_is_checked_out_when_it_is_made_and_its_folder_put_into_options(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(tmp_path / "builds"))
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "a.txt").write_text("one")
    repository.begin(tmp_path / "repository")
    repository.git(tmp_path / "repository", "tag", "v1")
    (tmp_path / "repository" / "a.txt").write_text("two")
    repository.commit(tmp_path / "repository", "the second")
    table = CommitsTable(repository="repository", good="v1", bad="main")
    first, second = commit_versions(tmp_path / "app.toml", table, 60)
    assert (second.about, second.changes) == ("the second", {"codec.commit": second.name})
    assert len(second.name) == 10
    assert first.identity != second.identity
    assert not (tmp_path / "builds").exists()
    options = {"run": ["cat", "{checkout}/a.txt"], "environment": {"HERE": "{checkout}"}, "rate": 8000}
    made = second.make(PCM.model_copy(update={"codec": PCM.codec.model_copy(update={"options": options})}))
    folder = made.codec.options["environment"]["HERE"]
    assert json.dumps(made.codec.options) == json.dumps(options).replace("{checkout}", folder)
    assert (tmp_path / "builds" / folder / "a.txt").read_text() == "two"
