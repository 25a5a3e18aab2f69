"""What a search leaves in its folder, and that its answer outlives a page that cannot be made."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.errors import NotWritable
from harness.report import templating

HISTORY = """
bad_if = "not-identical"
[speech]
utterances = ["rms-01"]
[scores]
asr = false
[codecs.pcm]
adapter = "pcm"
[start]
codec = "pcm"
[[versions]]
name = "1"
[[versions]]
name = "2"
set = { "path.gain" = 0.5 }
"""


@pytest.fixture
def search(tmp_path):
    """Search a small history and leave what is found in `reports`."""
    path = tmp_path / "app.versions.toml"
    path.write_text(HISTORY, encoding="utf-8")
    arguments = ["bisect", "--versions", str(path), "--jobs", "1", "--out", str(tmp_path / "reports")]
    return lambda *options: CliRunner().invoke(cli, [*arguments, *options])


def test_the_folder_has_the_page_the_record_and_the_run(search, tmp_path):
    done = search("--json")
    (folder,) = (tmp_path / "reports").iterdir()
    record = json.loads((folder / "search.json").read_text())
    assert (done.exit_code, json.loads(done.stdout)) == (0, record)
    run = folder / record["run"]
    assert all((run / name).exists() for name in ("index.html", "junit.xml", "summary.md"))
    page = (folder / "index.html").read_text()
    assert f'href="{record["run"]}/index.html"' in page
    assert page.count("<audio") == 3  # uncoded, good, bad


def test_without_a_template_engine_the_answer_is_told_and_kept(search, tmp_path, monkeypatch):
    monkeypatch.setattr(templating, "find_spec", lambda name: None if name == "jinja2" else True)
    done = search()
    (folder,) = (tmp_path / "reports").iterdir()
    assert done.exit_code == 0
    assert "It breaks in 2" in done.stdout
    assert "report: none: the report needs jinja2; install it" in done.stdout
    record = json.loads((folder / "search.json").read_text())
    assert (folder / record["run"] / "junit.xml").exists()
    assert not (folder / "index.html").exists()


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_where_nothing_can_be_written_the_answer_is_told_and_then_the_error(search, tmp_path, options):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "bisect-app.versions").write_text("in the way")
    done = search(*options)
    assert isinstance(done.exception, NotWritable)
    assert "It breaks in 2" in (json.loads(done.stdout)["words"] if options else done.stdout)
