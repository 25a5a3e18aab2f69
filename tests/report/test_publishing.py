"""What is published of a run, and that the run outlives what cannot be."""

import os
from pathlib import Path

import pytest
from report.sample import build

from harness.errors import HarnessError
from harness.record import RunRecord, load
from harness.report import publish, published, publishing, templating

FILES = ("index.html", "junit.xml", "summary.md")


@pytest.fixture
def folder(tmp_path):
    build(tmp_path, kinds=("shared",))
    return tmp_path


def test_all_that_is_read_of_a_run_is_written(folder):
    done = publish(folder)
    assert (done.page, done.problem, str(done)) == (folder / "index.html", "", str(folder / "index.html"))
    assert all((folder / name).stat().st_size > 100 for name in FILES)
    assert not (folder / "report.html").exists()


def test_one_file_is_written_beside_the_page_if_it_is_wanted(folder):
    publish(folder, single_file=True)
    assert (folder / "report.html").stat().st_size > (folder / "index.html").stat().st_size


def test_without_a_library_the_run_is_kept_and_machines_get_their_files(folder, monkeypatch):
    monkeypatch.setattr(templating, "find_spec", lambda name: None if name == "jinja2" else True)
    done = publish(folder)
    assert done.page is None
    assert str(done).startswith("none: the report needs jinja2; install it")
    assert load(folder / "run.json", RunRecord).setups
    assert [(folder / name).exists() for name in FILES] == [False, True, True]


def test_without_room_the_run_is_kept(folder):
    (folder / "page").write_text("in the way")
    assert "cannot be written" in publish(folder).problem


def test_a_fault_of_ours_is_not_taken_for_a_page_that_cannot_be_made():
    def wrong():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        published(wrong)
    assert published(lambda: (_ for _ in ()).throw(HarnessError("no room"))).problem == "no room"


def test_what_is_newer_than_the_run_is_left(folder):
    def written():
        return {name: (folder / name).stat().st_mtime_ns for name in FILES}

    publish(folder, outdated=True)
    first = written()
    publish(folder, outdated=True)
    assert written() == first
    later = first["index.html"] + 10**9
    os.utime(folder / "run.json", ns=(later, later))
    for name in FILES:
        os.utime(folder / name, ns=(0, 0))
    publish(folder, outdated=True)
    assert all(when > 0 for when in written().values())


def test_pages_of_older_code_are_made_again(folder):
    publish(folder)
    code = Path(publishing.__file__).with_name("templates").joinpath("index.html").stat().st_mtime_ns
    for name in ("run.json", *FILES):
        os.utime(folder / name, ns=(code - 10**9, code - 10**9))
    publish(folder, outdated=True)
    assert all((folder / name).stat().st_mtime_ns > code for name in FILES)


def test_a_page_that_is_wanted_and_missing_is_made_though_the_others_are_newer(folder):
    publish(folder)
    publish(folder, single_file=True, outdated=True)
    assert (folder / "report.html").exists()


def test_the_page_is_compared_with_what_the_record_is_held_against(folder):
    before = load(folder / "run.json", RunRecord).model_copy(update={"name": "what was accepted"})
    publish(folder, against=lambda record: before if record.setups else None)
    assert (
        "Changed since <bdi>what was accepted run ffffffff 2026-01-02 03:04</bdi>"
        in (folder / "index.html").read_text()
    )
