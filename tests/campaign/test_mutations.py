"""The short form of the campaign: some hundred damaged files, and proof that it would see what it looks for."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("moshi")

from campaign import bed as beds
from campaign import mutations
from campaign.bed import Kind


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign") / "bed"
    folder.mkdir()
    beds.build(folder)
    return folder


@pytest.mark.parametrize("kind", beds.KINDS)
def test_damaged_files_are_read_or_refused_in_one_line(bed, kind):
    trials = [mutations.run(bed, 12, number, kind) for number in range(1, 13)]  # none of them a process of its own
    assert [f"{trial.name} {trial.how}: {trial.trouble}" for trial in trials if trial.trouble] == []
    assert {trial.code for trial in trials} <= {0, 1, 2}


def test_the_bed_itself_is_in_order(bed, monkeypatch):
    unharmed = {name: Kind(kind.victim, (lambda _, data: data,), kind.asked) for name, kind in beds.KINDS.items()}
    monkeypatch.setattr(mutations, "KINDS", unharmed)
    codes = {name: mutations.run(bed, 1, 1, name).code for name in unharmed}
    assert {name for name, code in codes.items() if code == 2} == set()


def raising(_: Path) -> None:
    raise KeyError("planted")


def writing(folder: Path) -> None:
    (folder.parent / "escaped").write_text("")


def waiting(_: Path) -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("asked", "said"),
    [(raising, "KeyError"), (writing, "wrote escaped"), (waiting, "took more than 1 s"), (("no-such",), "")],
)
def test_a_trouble_would_be_seen(bed, monkeypatch, asked, said):
    monkeypatch.setattr(mutations, "SECONDS", 1)
    monkeypatch.setattr(mutations, "KINDS", {"planted": Kind("suite.toml", (lambda _, data: data,), asked)})
    assert said in mutations.run(bed, 1, 1, "planted").trouble
    assert (mutations.run(bed, 1, 1, "planted").trouble == "") == (said == "")


@pytest.mark.parametrize(
    ("code", "out", "err", "said"),
    [
        (2, "", "codec-harness: one\ntwo\n", "2 lines of error"),
        (2, "", "", "exit code 2 without a word"),
        (70, "", "", "exit code 70"),
        (0, "\x1b[2J", "", "a raw control character"),
        (1, "", "Traceback (most recent call last)\n", "a traceback"),
        (0, "fine\n", "", ""),
        (2, "", "codec-harness: no\n", ""),
    ],
)
def test_what_is_said_is_looked_at(code, out, err, said):
    assert (mutations._said_wrong(code, out, err).startswith(said), bool(said)) == (
        True,
        bool(mutations._said_wrong(code, out, err)),
    )


def test_a_process_of_its_own_is_asked_too(bed):
    trial = mutations.run(bed, 5, mutations.PROCESS_EVERY, "suite")
    assert trial.trouble == ""
    assert sys.executable
