"""A record is data: it runs nothing, says nothing of the machine, and is not believed once it was changed."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.errors import RecordInvalid, SuiteInvalid
from harness.files.places import portable, portable_data
from harness.record import CELLS, RunRecord, load, save
from harness.report import render, write_machine_readable
from harness.runs import pipeline
from harness.runs.recorded import Run, suite_to_run, suite_told, tolerances_told
from harness.runs.suite import load as load_suite

SECRET = "s3cr3t-of-the-build"  # noqa: S105 - which must not be found anywhere
MINE = """
from pathlib import Path
from harness.codecs.pcm import PcmCodec

class Mine(PcmCodec):
    def __init__(self, mark="", **options):
        super().__init__()
        if mark:
            Path(mark).touch()
"""
SUITE = """
name = "told"
[speech]
source = "{folder}/speech"
[codecs.mine]
adapter = "recorded_mine:Mine"
mark = "{folder}/mark"
[codecs.program]
adapter = "command"
roundtrip = ["{folder}/copy.sh", "{{in}}", "{{out}}"]
sample_rate = 16000
frame_size = 320
environment = {{ TOKEN = "{secret}" }}
[codecs.failing]
adapter = "command"
roundtrip = ["{folder}/fail.sh", "{{in}}", "{{out}}"]
sample_rate = 16000
frame_size = 320
environment = {{ TOKEN = "{secret}" }}
[scores]
pesq = false
stoi = false
asr = false
[[setups]]
codec = ["mine", "program", "failing"]
topology = ["shared", "offline"]
"""


def script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run with secrets and places in every corner; the folder of all, and that of the run."""
    folder = tmp_path_factory.mktemp("secretive")
    (folder / "speech").mkdir()
    speech = Path(__file__).parents[2] / "fixtures" / "speech"
    for name in ("heart-04", "rms-04"):
        (folder / "speech" / f"{name}.flac").symlink_to(speech / f"{name}.flac")
        (folder / "speech" / f"{name}.txt").write_text("some words")
    script(folder / "copy.sh", 'cp "$1" "$2"')
    script(folder / "fail.sh", 'echo "no licence for $TOKEN in $0" >&2; exit 3')
    (folder / "recorded_mine.py").write_text(MINE)
    (folder / "told.toml").write_text(SUITE.format(folder=folder, secret=SECRET))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        record, place = pipeline.run(load_suite(folder / "told.toml"), folder / "reports", jobs=1)
        write_machine_readable(place, record)
        render(place)
        render(place, single_file=True)
        yield folder, place


def test_no_secret_and_no_place_goes_into_records_and_pages(made):
    folder, place = made
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in place.rglob("*")
        if path.suffix in (".json", ".html", ".xml", ".md", ".js")
    }
    assert {path.name for path in texts} >= {"run.json", "index.html", "report.html", "junit.xml", "summary.md"}
    assert [path for path, text in texts.items() if SECRET in text] == []
    assert [path for path, text in texts.items() if str(folder) in text] == []
    told = json.loads(texts[place / "run.json"])["suite"]
    assert told["codecs"]["program"]["options"]["roundtrip"][0].startswith(".../copy.sh#")
    assert told["codecs"]["program"]["options"]["environment"]["TOKEN"].startswith("(not recorded: sha256 ")
    assert "no licence for" in texts[place / "run.json"]  # what the program said is there, without the value


def test_a_record_prints_no_secret_either(made, monkeypatch):
    folder, place = made
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
    told = CliRunner().invoke(cli, ["run", str(folder / "told.toml"), "--out", str(place.parent), "--json"])
    assert told.exit_code == 1
    assert SECRET not in told.output
    differing = CliRunner().invoke(
        cli, ["diff", "program/shared", "failing/shared", "--suite", str(folder / "told.toml")]
    )
    assert SECRET not in differing.output


def test_nothing_that_a_record_names_is_run(made):
    folder, place = made
    (folder / "mark").unlink()
    refused = CliRunner().invoke(cli, ["explain", str(place), "mine/offline"])
    assert isinstance(refused.exception, SuiteInvalid)
    assert "a record is data, and what it names is not run; give the suite with --suite FILE" in str(refused.exception)
    for command in (["report", str(place)], ["baseline", "accept", str(place), "--baselines", str(folder / "b")]):
        CliRunner().invoke(cli, command)
    assert not (folder / "mark").exists()
    given = CliRunner().invoke(cli, ["explain", str(place), "mine/offline", "--suite", str(folder / "told.toml")])
    assert given.exit_code == 0, given.exception
    assert (folder / "mark").exists()


def test_the_suite_that_is_given_must_have_the_setup_as_it_was_run(made):
    folder, place = made
    changed = (folder / "told.toml").read_text().replace(f'mark = "{folder}/mark"', "")
    (folder / "changed.toml").write_text(changed)
    refused = CliRunner().invoke(cli, ["explain", str(place), "mine/offline", "--suite", str(folder / "changed.toml")])
    assert "codecs.mine is not what it was in the run" in str(refused.exception)


def test_a_record_that_is_trusted_runs_what_it_tells_whole(made):
    _, place = made
    record = load(place / "run.json", RunRecord)
    with pytest.raises(SuiteInvalid, match=r"does not tell all options of codecs\.mine \(secrets and places"):
        suite_to_run(record, None, trusted=True)
    codecs = {"plain": {"name": "plain", "adapter": "harness.codecs.pcm:PcmCodec", "options": {}}}
    whole = {"speech": {"source": "embedded", "utterances": []}, "codecs": codecs}
    setups = [s | {"codec": "plain"} for s in record.suite["setups"] if s["codec"] == "mine"]
    setups = [s | {"name": s["name"].replace("mine", "plain"), "reference": "plain/shared"} for s in setups]
    other = record.model_copy(update={"suite": record.suite | whole | {"setups": setups}})
    with pytest.raises(SuiteInvalid, match="a record is data"):
        suite_to_run(other, None, trusted=False)
    assert suite_to_run(other, None, trusted=True).codecs["plain"].adapter == "harness.codecs.pcm:PcmCodec"
    codecs["plain"]["adapter"] = "pcm"
    assert suite_to_run(other, None, trusted=False).codecs["plain"].adapter == "pcm"


@pytest.mark.parametrize(
    "change",
    [
        {"suite": {}},
        {"suite": {"setups": 3}},
        {"suite": {"tolerances": {"pesq": "much"}}},
    ],
)
def test_a_damaged_suite_table_is_one_line(made, change):
    record = load(made[1] / "run.json", RunRecord).model_copy(update=change)
    for read in (suite_told, tolerances_told):
        with pytest.raises(RecordInvalid, match=r"^the run 'told': its suite: .*; run again$"):
            read(record)


def test_a_setup_without_its_codec_is_one_line(made):
    record = load(made[1] / "run.json", RunRecord)
    less = {name: spec for name, spec in record.suite["codecs"].items() if name != "mine"}
    with pytest.raises(RecordInvalid, match="is of the codec 'mine', which it does not have"):
        suite_told(record.model_copy(update={"suite": record.suite | {"codecs": less}}))


def test_a_record_without_what_its_setups_name_is_one_line(made, tmp_path):
    record = load(made[1] / "run.json", RunRecord)
    for change, said in (
        ({"cells": record.cells[1:]}, "lacks the cell mine/shared/"),
        ({"codecs": record.codecs[1:]}, "lacks the codec 'mine'"),
        ({"setups": record.setups[1:]}, "lacks the setup 'mine/shared'"),
    ):
        save(tmp_path / "run.json", record.model_copy(update=change))
        with pytest.raises(RecordInvalid, match=said):
            Run.read(tmp_path)


def test_a_record_that_was_edited_is_not_a_finished_run(made, monkeypatch):
    folder, place = made
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
    path = place / "run.json"
    content = json.loads(path.read_text())
    content["headline"] = "All is well."
    path.write_text(json.dumps(content))
    with pytest.raises(RecordInvalid, match="not as it was written: damaged, or edited; run again"):
        load(path, RunRecord)
    refused = CliRunner().invoke(cli, ["baseline", "accept", str(place), "--baselines", str(folder / "c")])
    assert isinstance(refused.exception, RecordInvalid)
    record, _ = pipeline.run(load_suite(folder / "told.toml"), folder / "reports", jobs=1)
    assert str(record.cells[0].verdict) == "identical"
    del content["content_sha256"]  # nor is one that does not say
    path.write_text(json.dumps(content))
    record, _ = pipeline.run(load_suite(folder / "told.toml"), folder / "reports", jobs=1)
    assert str(record.cells[0].verdict) == "identical"
    path.write_text(json.dumps(json.loads(path.read_text())))  # laid out otherwise, it is the same record
    assert load(path, RunRecord, sealed=True).name == "told"


@pytest.mark.parametrize("spoil", [lambda text: text.replace("identical", "corrupt", 1), lambda text: text[:-40]])
def test_cells_that_were_edited_or_cut_are_no_finished_run(made, monkeypatch, spoil):
    folder, place = made
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
    cells = place / CELLS
    cells.write_text(spoil(cells.read_text()))
    with pytest.raises(RecordInvalid, match="cells that are not as they were written: damaged, or edited; run again"):
        Run.read(place)
    record, _ = pipeline.run(load_suite(folder / "told.toml"), folder / "reports", jobs=1)
    assert str(record.cells[0].verdict) == "identical"
    assert Run.read(place).record == record


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_record_with_numbers_that_are_none_is_refused_by_every_reader(made, tmp_path, number):
    record = load(made[1] / "run.json", RunRecord)
    save(tmp_path / "run.json", record)
    path = tmp_path / "run.json"
    text = path.read_text()
    assert '"seconds": ' in text
    path.write_text(text.replace(f'"seconds": {record.seconds}', f'"seconds": {number}', 1))
    for command in (["report", str(tmp_path)], ["explain", str(tmp_path)], ["baseline", "diff", str(tmp_path)]):
        refused = CliRunner().invoke(cli, command)
        assert isinstance(refused.exception, RecordInvalid)
        assert len(str(refused.exception).splitlines()) == 1


def test_paths_are_told_apart_and_not_told():
    here = Path.cwd()
    assert portable(f"see {here}/a/b.py:3") == "see a/b.py:3"
    assert portable("no /home/someone/secret/file.py:12, and /etc") == "no .../file.py:12, and /etc"
    assert portable("https://example.org/a/b hf://a/b mini/shared/x ../a/b and/or 1/2") == (
        "https://example.org/a/b hf://a/b mini/shared/x ../a/b and/or 1/2"
    )
    one, other = portable_data({"weights": "/a/x.bin"}), portable_data({"weights": "/b/x.bin"})
    assert one["weights"].startswith(".../x.bin#")
    assert one != other
    assert portable_data(one) == one
    hidden = portable_data({"environment": {"A": "one"}})
    assert portable_data(hidden) == hidden
    assert hidden != portable_data({"environment": {"A": "two"}})
    assert os.fspath(here) not in str(portable_data([f"{here}/x", {"y": (f"{here}/z",)}]))
