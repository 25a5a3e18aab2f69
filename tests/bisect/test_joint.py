"""Version and configuration in one search, through the real pipeline."""

import pytest
from click.testing import CliRunner

from harness.bisect.answer.record import SearchRecord
from harness.bisect.history import file as history
from harness.bisect.request import versions
from harness.cli.main import cli
from harness.errors import SuiteInvalid

HANDOVER = '"topology.decoder.instance" = "clone", "topology.decoder.cloned" = "switch"'


def versions_file(folder, settings, *, inner="pcm", end="", start="", bad_if="not-identical"):
    tables = "".join(
        f'[[versions]]\nname = "v{number}"\nset = {{ {text} }}\n' for number, text in enumerate(settings, 1)
    )
    path = folder / "app.versions.toml"
    path.write_text(
        f'bad_if = "{bad_if}"\n[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\n'
        f'[codecs.c]\nadapter = "planted.releases:Released"\ninner = "{inner}"\n{start}'
        f'[start]\ncodec = "c"\n{end and "[end]"}\n{end}\n{tables}',
        encoding="utf-8",
    )
    return path


def bisect(path, *arguments):
    done = CliRunner().invoke(cli, ["bisect", "--versions", str(path), "--json", "--jobs", "2", *map(str, arguments)])
    assert done.exit_code in (0, 1), done.output
    return SearchRecord.model_validate_json(done.stdout)


@pytest.mark.parametrize(("inner", "last"), [("opus", 6), pytest.param("mini", 4, marks=pytest.mark.slow)])
def test_a_release_that_is_bad_only_with_a_topology(inner, last, tmp_path):
    releases = [f'"codec.release" = {number}' for number in range(1, last + 1)]
    innocent = "topology.order" if inner == "opus" else "app.threads"
    end = f'set = {{ {HANDOVER}, "{innocent}" = "sequential" }}'
    path = versions_file(tmp_path, releases, inner=inner, end=end)
    record = bisect(path, "--out", tmp_path / "reports")
    (cause,) = record.joint.rounds[0].causes
    assert set(cause.factors) == {"version", "topology.decoder.instance", "topology.decoder.cloned"}
    (step,) = record.joint.steps
    assert [(change.before, change.after) for change in step.history.changes] == [("v3", "v4")]
    assert record.joint.complete
    assert inner != "opus" or "topology.order = sequential is innocent" in record.words
    assert "it breaks in v4: v3 is still good" in record.words
    again = bisect(path, "--no-report")
    assert again.joint.made == 0
    (folder,) = (tmp_path / "reports").iterdir()
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "The history with topology.decoder.cloned + topology.decoder.instance" in text
    assert text.count("<audio") == 1 + (4 if inner == "opus" else 3)  # uncoded, both ends, both sides of the change


def test_a_change_that_needs_what_an_earlier_version_set(tmp_path):
    settings = ["", '"codec.release" = 9', '"path.gain" = 1.0', f'{HANDOVER}, "topology.switch" = 0.25', '"app.x" = 1']
    record = bisect(versions_file(tmp_path, settings, inner="opus"), "--no-report")
    (change,) = record.versions.changes
    assert (change.before, change.after, change.since_start) == ("v3", "v4", True)
    (cause,) = change.why.causes
    assert set(cause.factors) == {"codec.release", "topology.decoder.instance", "topology.decoder.cloned"}
    assert "What v4 changes is not enough in v1: it needs what was set before." in record.words


def test_a_change_that_needs_nothing_else_is_not_searched_further(tmp_path):
    settings = ["", '"codec.release" = 2', '"path.gain" = 0.5, "topology.order" = "sequential"']
    (change,) = bisect(versions_file(tmp_path, settings), "--no-report").versions.changes
    assert not change.since_start
    assert [cause.factors for cause in change.why.causes] == [("path.gain",)]


def test_ends_that_are_alike_are_an_answer(tmp_path):
    record = bisect(versions_file(tmp_path, ["", ""], end='set = { "topology.order" = "sequential" }'), "--no-report")
    assert not record.found
    assert "cannot be reproduced" in record.words


def test_an_end_that_sets_true_for_1_is_another(tmp_path):
    path = versions_file(tmp_path, ["", '"codec.release" = 2'], start="x = 1\n", end='set = { "codec.x" = true }')
    assert versions(path, None, (), limit=60).joint


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ('set = { "codec.release" = 3 }', "end.set: codec.release is what the versions change"),
        ('set = { "topology.chunk" = 1 }', "it changes nothing"),
        ('set = { "topology.chunk" = 0 }', "end: topology.chunk"),
        ("set = {}", "end.set"),
    ],
)
def test_an_end_that_says_nothing_is_refused(end, message, tmp_path):
    path = versions_file(tmp_path, ["", '"codec.release" = 2'], end=end)
    with pytest.raises(SuiteInvalid) as error:
        history.load(path, limit=60)
    assert message in str(error.value)


def test_options_that_name_files_are_relative_to_the_history(tmp_path, monkeypatch):
    (tmp_path / "weights.bin").write_bytes(b"")
    start = 'weights = "weights.bin"\nserve = ["../app", "plain", "./other"]\n'
    path = versions_file(tmp_path, ["", '"codec.config" = "./config.json"'], start=start)
    monkeypatch.chdir("/")
    found = history.load(path, limit=60)
    options = found.point(1).codec.options
    assert options["weights"] == str(tmp_path / "weights.bin")
    assert options["serve"] == [str(tmp_path / "../app"), "plain", str(tmp_path / "other")]
    assert options["config"] == str(tmp_path / "config.json")
    assert options["inner"] == "pcm"
