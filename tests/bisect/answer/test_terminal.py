"""A search on a terminal: tables of factors and versions, the answer, and a line while it runs."""

import io
import re

import pytest
from answered import factors, versions
from rich.console import Console

from harness.bisect.answer import terminal
from harness.bisect.answer.build import Why
from harness.bisect.answer.record import JointRecord, SearchRecord, StepRecord
from harness.bisect.answer.terminal import progress_line, show
from harness.bisect.probe.store import Probed
from harness.bisect.search import Judged, Observation
from harness.record import Measurement


def shown(**parts):
    file = io.StringIO()
    out = Console(file=file, width=200, highlight=False)
    show(SearchRecord(name="app", bad_if="corrupt", words="the answer [b]as it is[/b]", seconds=0, **parts), out)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def cells(line):
    return [cell for cell in re.split(r"\s{2,}", line) if cell]


def test_a_factor_has_a_row_with_what_it_does_and_what_shows_it():
    lines = shown(factors=factors("abc", lambda point: point >= {"a", "b"}))
    assert cells(lines[0]) == ["factor", "good end", "bad end", "role", "with", "undone alone", "shown by"]
    assert cells(lines[1]) == ["a", "0", "1", "needed together with others", "b", "repairs", "b: good -> a + b: bad"]
    assert cells(lines[3])[3:] == ["harmless", "still bad", "none: good -> c: good"]
    assert lines[-1] == "the answer [b]as it is[/b]"


def test_a_version_has_a_row_with_its_figures_or_says_that_it_was_not_asked():
    found = Probed("slt-04", {"stoi": Measurement.of(0.5, "1")}, Observation(Judged.BAD))
    lines = shown(versions=versions(40, lambda index: index >= 17, figures={17: (found,)}))
    row = {cells(line)[0]: cells(line)[1:] for line in lines[1:-1]}
    assert row["v17"] == ["bad", "0.500", "slt-04: why"]
    assert row["v16"] == ["good", "slt-04: why"]
    assert ["-", "not probed"] in row.values()
    assert len(row) == 40


def test_versions_that_cannot_be_run_and_what_makes_a_change_are_shown_too():
    history = versions(3, lambda index: index >= 1, why={0: Why(factors("a", bool))})
    skipped = history.versions[0].probe.model_copy(update={"point": ("v9",), "reason": "it does not build"})
    lines = shown(versions=history.model_copy(update={"unusable": (skipped,)}))
    assert ["v9", "skip", "it does not build"] in [cells(line) for line in lines]
    assert ["a", "0", "1", "sufficient alone", "repairs", "none: good -> a: bad"] in [cells(line) for line in lines]


def test_of_a_joint_search_each_history_says_with_which_factors():
    steps = tuple(StepRecord(factors=with_, history=versions(2, bool)) for with_ in ((), ("a", "b")))
    joint = JointRecord(
        axis="version", ends=("v0", "v1"), rounds=(factors("a", bool),), steps=steps, made=1, complete=True
    )
    lines = [line for line in shown(joint=joint) if line.startswith("with ")]
    assert lines == ["with the configuration of the good end", "with a + b"]


def test_where_nobody_looks_there_is_no_line(capsys):
    with progress_line() as report:
        assert report is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("left", "more"), [(4, ", at most 4 more to the next answer (about 0 s)"), (0, "")])
def test_the_line_says_what_was_judged_and_how_many_may_come(monkeypatch, left, more):
    file = io.StringIO()
    out = Console(file=file, force_terminal=True, width=200, legacy_windows=False)
    monkeypatch.setattr(terminal, "console", lambda stderr: out if stderr else None)
    with progress_line() as report:
        assert report is not None
        report("a [b]", 2, left, "x + y\x07", Judged.BAD)
    assert f"a [b]: 2 probes in 0 s{more}; x + y\\x07: " in re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
