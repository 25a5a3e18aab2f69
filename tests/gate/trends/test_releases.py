"""Histories are read of baselines, of git and of runs, and only what is comparable is compared."""

import os
import subprocess
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from harness.cli.history import command
from harness.errors import UsageInvalid
from harness.gate import baseline as baselines
from harness.gate.trends.findings import history
from harness.gate.trends.releases import read, series
from harness.runtime.resources import fixture

GUARD = baselines.load(fixture("baselines") / "guard.json")
SETUP = "mini/cloned-decoder"


def release(folder: Path, number: int, drop: float, **other: object) -> Path:
    """Write the shipped baseline with PESQ of one setup *drop* lower in each utterance."""
    assert GUARD is not None
    setup = GUARD.setups[SETUP]
    cells = {
        name: cell.model_copy(
            update={"measured": cell.measured | {"pesq_wb": cast(float, cell.measured["pesq_wb"]) - drop}}
        )
        for name, cell in setup.utterances.items()
    }
    changed = GUARD.setups | {SETUP: setup.model_copy(update={"utterances": cells})}
    path = folder / f"v{number:02}.json"
    made = {"created": f"2026-01-01T00:{number:02}:00+00:00"} | other
    baselines.save(path, GUARD.model_copy(update={"setups": changed, **made}))
    return path


def test_a_slide_over_twenty_releases_is_found_though_every_gate_would_pass(tmp_path):
    paths = [release(tmp_path, number, 0.02 * number) for number in range(20)]
    result = CliRunner().invoke(command, [*map(str, paths), "--html", str(tmp_path / "page.html")])
    assert result.exit_code == 1
    assert f"X {SETUP}: PESQ-WB slides by -0.380 MOS-LQO over 20 releases" in result.output
    assert "1 for the worse, 0 others" in result.output
    assert "<polyline" in (tmp_path / "page.html").read_text()


def test_what_gets_better_is_told_and_is_no_alarm(tmp_path):
    paths = [release(tmp_path, number, -0.02 * number) for number in range(20)]
    result = CliRunner().invoke(command, [*map(str, paths)])
    assert result.exit_code == 0
    assert "(better)" in result.output


def test_a_slide_that_is_less_than_half_a_tolerance_is_no_alarm(tmp_path):
    paths = [release(tmp_path, number, 0.001 * number) for number in range(20)]
    found = history(*read(paths))
    assert found.alarms == []
    assert [trend.matters for trend in found.trends] == [False]


def test_releases_of_other_scorers_are_left_out_and_told(tmp_path):
    old = [release(tmp_path, number, 1.0, measures=(0, 0)) for number in range(3)]
    new = [release(tmp_path, number, 0.0) for number in range(3, 11)]
    found, notes = read([*old, *new])
    assert [one.name for one in found] == [path.stem for path in new]
    assert notes == ["3 before v03 are left out: their measurements are others"]


def test_an_utterance_that_was_recorded_anew_is_no_change_of_the_codec(tmp_path):
    assert GUARD is not None
    gone = sorted(GUARD.speech)[:-1]
    other = GUARD.speech | dict.fromkeys(gone, "f" * 16)
    paths = [release(tmp_path, number, 0.0) for number in range(5)]
    paths += [release(tmp_path, number, 0.5, speech=other) for number in range(5, 10)]
    found, notes = read(paths)
    assert {one.utterances for one in series(found)} == {1}
    assert notes == [f"left out of all, since it is other speech in some of them: {', '.join(gone)}"]
    assert series(read([*paths[:5], release(tmp_path, 11, 0.5, speech=dict.fromkeys(other, "f" * 16))])[0]) == []


def test_what_one_release_lacks_is_told_and_not_dropped_in_silence(tmp_path):
    assert GUARD is not None
    paths = [release(tmp_path, number, 0.02 * number) for number in range(10)]
    less = baselines.load(paths[4])
    assert less is not None
    kept = {name: setup for name, setup in less.setups.items() if name != SETUP}
    baselines.save(paths[4], less.model_copy(update={"setups": kept}))
    result = CliRunner().invoke(command, [*map(str, paths)])
    assert f"note: not followed, since not all releases have it: {SETUP} (lacking in v04)\n" in result.output
    name, *rest = less.setups[SETUP].utterances
    fewer = less.setups[SETUP].model_copy(
        update={"utterances": {one: less.setups[SETUP].utterances[one] for one in rest}}
    )
    baselines.save(paths[4], less.model_copy(update={"setups": less.setups | {SETUP: fewer}}))
    found, notes = read(paths)
    assert notes == [f"followed on fewer utterances, since some lack a measurement of them: {SETUP} (in v04)"]
    assert name not in rest
    assert history(found, notes).alarms


def test_releases_in_the_order_of_a_shell_are_told(tmp_path):
    paths = [release(tmp_path, number, 0.0, created=f"2026-01-{number + 1:02}T00:00:00+00:00") for number in range(11)]
    assert read(paths)[1] == []
    shell = [paths[0], paths[1], paths[10], *paths[2:10]]
    (said,) = read(shell)[1]
    assert said == "not oldest first, so what changes may be told the wrong way round: v02 is older than v10"


def repository(folder: Path):
    """Make *folder* one, and return what git is called by in it."""

    def git(*arguments):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("config", "user.email", "a@b")
    git("config", "user.name", "a")
    return git


def test_what_is_given_twice_is_counted_once_and_told(tmp_path):
    good, bad = (release(tmp_path, number, 0.1 * number) for number in range(2))
    found, notes = read([*[good] * 5, tmp_path / "." / bad.name, *[bad] * 5])
    assert [one.name for one in found] == ["v00", "v01"]
    assert notes == [f"{path} is given again, and counts once" for path in (good, bad)]
    assert history(found).alarms == []


def test_releases_of_several_suites_are_told(tmp_path):
    paths = [release(tmp_path, number, 0.0, suite="mine" if number < 3 else "other") for number in range(6)]
    assert read(paths)[1] == ["of several suites, or of one that was renamed: mine, other"]


@pytest.mark.parametrize("name", [b"a\nb.json", b"caf\xe9.json"])
def test_whatever_the_file_was_called(name, tmp_path):
    git = repository(tmp_path)
    path = tmp_path / os.fsdecode(name)
    for number in range(3):
        release(tmp_path, 0, 0.1 * number).rename(path)
        git("add", ".")
        git("commit", "-qm", str(number))
    git("mv", path, tmp_path / "now.json")
    git("commit", "-qm", "moved")
    assert len(read([tmp_path / "now.json"])[0]) == 4


def test_a_merge_that_leaves_other_numbers_than_either_side_is_a_release(tmp_path):
    git = repository(tmp_path)

    def accept(drop):
        release(tmp_path, 0, drop)
        git("add", ".")
        git("commit", "-qm", str(drop))

    accept(0.0)
    git("checkout", "-qb", "side")
    accept(0.1)
    git("checkout", "-q", "-")
    accept(0.2)
    git("merge", "-q", "--no-commit", "-s", "ours", "side")
    accept(0.3)
    found, _ = read([tmp_path / "v00.json"])
    means = next(one.values for one in series(found) if (one.setup, one.metric) == (SETUP, "pesq_wb"))
    assert sorted(round(means[0] - one, 2) for one in means) == [0.0, 0.1, 0.2, 0.3]


def test_a_file_that_was_moved_has_its_whole_history_and_what_cannot_be_read_is_told(tmp_path):
    git = repository(tmp_path)
    (tmp_path / "old é").mkdir()
    for number in range(4):
        release(tmp_path / "old é", 0, 0.02 * number)
        git("add", ".")
        git("commit", "-qm", str(number))
    (tmp_path / "old é" / "v00.json").write_text("<<<<<<< ours\n" + (tmp_path / "old é" / "v00.json").read_text())
    git("commit", "-qam", "a conflict")
    release(tmp_path / "old é", 0, 0.08)
    git("commit", "-qam", "mended")
    (tmp_path / "new").mkdir()
    git("mv", "old é/v00.json", "new/v00.json")
    git("commit", "-qm", "moved")
    release(tmp_path / "new", 0, 0.1)
    git("commit", "-qam", "on")
    found, notes = read([tmp_path / "new" / "v00.json"])
    means = next(one.values for one in series(found) if (one.setup, one.metric) == (SETUP, "pesq_wb"))
    assert [round(means[0] - one, 2) for one in means] == [0.0, 0.02, 0.04, 0.06, 0.08, 0.08, 0.1]
    assert len(notes) == 1
    assert ":old é/v00.json:1: the baseline holds an unresolved merge conflict" in notes[0]


def test_a_file_that_began_as_a_copy_of_another_has_not_the_history_of_that(tmp_path):
    git = repository(tmp_path)
    for number, drop in ((0, 0.0), (0, 0.1), (1, 0.2), (1, 0.3)):  # of two suites, the second much like the first
        release(tmp_path, number, drop)
        git("add", ".")
        git("commit", "-qm", str(drop))
    found, _ = read([tmp_path / "v01.json"])
    values = next(one.values for one in series(found) if (one.setup, one.metric) == (SETUP, "pesq_wb"))
    assert [round(values[0] - one, 2) for one in values] == [0.0, 0.1]


def test_the_history_of_a_file_is_taken_from_git(tmp_path):
    git = repository(tmp_path)
    for number in range(8):
        release(tmp_path, 0, 0.02 * number)
        git("add", "v00.json")
        git("commit", "-qm", str(number))
    found = history(*read([tmp_path / "v00.json"]))
    assert len(found.releases) == 8
    assert [trend.change.kind for trend in found.alarms] == ["slide"]


def test_a_file_without_history_says_what_to_do(tmp_path):
    with pytest.raises(UsageInvalid, match="name several baselines or runs"):
        read([release(tmp_path, 0, 0.0)])


def test_few_releases_are_said_to_be_few(tmp_path):
    result = CliRunner().invoke(command, [str(release(tmp_path, number, 0.1 * number)) for number in range(3)])
    assert result.exit_code == 0
    assert "too few to tell a slide" in result.output


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageInvalid, match="there is nothing"):
        read([tmp_path / "no.json", tmp_path / "neither.json"])
