"""Where a changed file leads: to all setups or to some codecs, in the order of what they rest on, and why."""

import sys
from pathlib import Path

import pytest

from harness.runs import suite as suites
from harness.runs.since.kinds import names
from harness.runs.since.leads import Lead, Leads
from harness.runtime.git import Changes

pytestmark = pytest.mark.usefixtures("table")

FILES = {
    "leads_codec.py": "import leads_part\nclass Mine: ...\n",
    "leads_part.py": "",
    "leads_runs.py": "import subprocess\nclass Runs: ...\n",
    "leads_lists.py": "from pathlib import Path\nT = list(Path().glob('*.md'))\nclass Lists: ...\n",
    "speech/a.wav": "not read",
    "speech/a.txt": "the words",
    "a.codec.toml": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def leads(folder, *adapters, followed=None, **options):
    """Return where changes lead in a suite whose codecs are called as their adapters."""
    content = {
        "speech": {"source": "speech"},
        "codecs": {name.partition(":")[0]: {"adapter": name} | options for name in adapters},
        "scores": {"asr": False},
        "setups": [{"codec": name.partition(":")[0]} for name in adapters],
    }
    path = folder / "a.codec.toml"
    known = [folder / name for name in FILES] if followed is None else followed
    changes = Changes(folder, "HEAD", frozenset(), frozenset(known))
    return Leads(suites.parse(content, str(path), folder, "s"), path, [], changes)


MINE = "leads_codec:Mine"


@pytest.mark.parametrize("name", ["pyproject.toml", "deep/requirements-dev.txt", "locks/anything", "deep/conftest.py"])
def test_what_may_say_what_is_installed_leads_everywhere(folder, name):
    assert leads(folder, MINE, "opus").of(folder / name) == [
        Lead("it may say what is installed, or how everything is run")
    ]


def test_a_file_leads_to_what_it_is_of_and_to_a_codec_once(folder):
    of_code = Lead("it is of the code of codec `leads_codec`", "leads_codec")
    assert leads(folder, MINE, "opus").of(folder / "leads_part.py") == [of_code]
    named = leads(folder, MINE, weights="weights.bin", followed=[folder])
    assert named.of(folder / "weights.bin") == [Lead("codec `leads_codec` names it", "leads_codec")]  # and may read it
    found = leads(folder, "opus")
    assert found.of(folder / "speech" / "a.wav") == [Lead("it is of the speech")]
    assert found.of(folder / "a.codec.toml") == [Lead("it is the suite")]
    assert found.of(folder / "speech" / "deep" / "new.wav") == [Lead("it is of the speech")]


def test_a_folder_leads_where_anything_in_it_does(folder):
    assert Lead("it is of the speech") in leads(folder, MINE).of(folder / "speech")
    assert [lead.why for lead in leads(folder, "opus").of(folder)] == ["it is the suite", "it is of the speech"]


def test_a_document_and_another_module_lead_nowhere_and_another_file_to_who_may_open_it(folder):
    found = leads(folder, MINE, "opus")
    assert found.of(folder / "README.md") == []
    assert found.of(folder / "unused.py") == []
    why = "codec `leads_codec` may read it: which files its adapter opens is not seen"
    assert found.of(folder / "weights.bin") == [Lead(why, "leads_codec")]


def test_code_that_lists_documents_may_read_them_and_code_that_runs_others_may_run_them(folder):
    found = leads(folder, "leads_lists:Lists", "leads_runs:Runs")
    (lead,) = found.of(folder / "README.md")
    assert (lead.codec, "may read it: its code lists folders" in lead.why) == ("leads_lists", True)
    (lead,) = found.of(folder / "unused.py")
    assert lead.codec == "leads_runs"
    assert lead.why.startswith("leads_runs.py, of the code of codec `leads_runs`, runs code that no import names")


def test_what_git_does_not_follow_is_unknown_whatever_changed(folder):
    assert list(leads(folder, MINE).unknown()) == []
    without = [folder / name for name in FILES if name != "leads_part.py"]
    assert list(leads(folder, MINE, followed=without).unknown()) == [
        Lead("git does not follow leads_part.py, and cannot tell whether it changed", "leads_codec")
    ]
    assert list(leads(folder, MINE, followed=[folder]).unknown()) == []  # a folder stands for what is in it


def test_what_is_not_found_and_what_runs_elsewhere_is_unknown(folder):
    found = leads(folder, "leads_gone:Gone")
    assert list(found.unknown()) == [Lead("the module of codec `leads_gone` is not found here", "leads_gone")]
    (lead,) = leads(folder, "server", url="tcp://localhost:1").unknown()
    assert lead == Lead("codec `server` is a server, and what that runs is not seen", "server")


def test_the_disk_is_asked_once_where_the_parts_are(folder, monkeypatch):
    looked: list[Path] = []

    def counted(path):
        looked.append(path)
        return names(path)

    monkeypatch.setattr("harness.runs.since.leads.names", counted)
    found = leads(folder, MINE)
    once = len(looked)
    assert once > 0
    for number in range(3):
        found.of(folder / f"{number}.bin")
    assert len(looked) == once
