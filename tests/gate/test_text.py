"""What is said of what fails: each cause in full once, the measurements beside their gates, and newly wrong words."""

import pytest
from gate.accepted_runs import accepted_run, guarded, replaced

from harness.gate.accept import _misread
from harness.gate.limits import GateRow
from harness.gate.text import (
    MOST_WORDS,
    baseline_failures,
    cell_failures,
    cell_properties,
    setup_failures,
    setup_properties,
    table,
    wrong_words,
)
from harness.record import Cell, Measurement, Transcript, Verdict, WordChange


def cell(*wrong):
    changes = tuple(
        WordChange(
            kind="substituted" if heard and said else "deleted" if said else "inserted",
            reference=said, heard=heard, start=1.0,
        )
        for said, heard in wrong
    )  # fmt: skip
    right = WordChange(kind="equal", reference="sea", heard="sea")
    return Cell(
        setup="s", utterance="u", key="k", verdict=Verdict.DEGRADED, reasons=(), masked=False,
        first_diverging_frame=None, measurements={},
        transcript=Transcript(
            text="", hits=1, substitutions=len(wrong), deletions=0, insertions=0, changes=(right, *changes)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "now", "told"),
    [
        ([], [("minis", "menace")], "minis -> menace"),
        ([("minis", "menace")], [("minis", "menace")], ""),
        ([("minis", "menace")], [("minis", "menace"), ("gull", "")], "gull -> (lost)"),
        ([("minis", "menace")], [("minis", "minus")], "minis -> minus"),
        ([("the", "a")], [("the", "a"), ("the", "a")], "the -> a"),
        ([("", "um"), ("gull", "")], [("", "um")], ""),
    ],
)
def test_only_what_is_new_is_told(accepted, now, told):
    said = wrong_words(cell(*now), _misread([cell(*accepted)]))
    assert said == ([f"  words: {told} at 1.0 s"] if told else [])


def test_of_several_accepted_runs_each_counts():
    kept = _misread([cell(("the", "a"), ("gull", "")), cell(("the", "a"), ("the", "a"))])
    assert kept == ["gull -> (lost)", "the -> a", "the -> a"]


def test_without_a_baseline_all_are_told():
    assert wrong_words(cell(("gull", ""), ("sea", "see"))) == ["  words: gull -> (lost) at 1.0 s; sea -> see at 1.0 s"]


def test_of_many_words_eight_are_told_and_the_rest_counted():
    for count, more in ((MOST_WORDS, ""), (MOST_WORDS + 2, ", and 2 more")):
        (line,) = wrong_words(cell(*[("sea", "see")] * count))
        assert line.count("sea -> see") == MOST_WORDS
        assert line.endswith(f"at 1.0 s{more}")


def test_a_table_marks_what_failed_and_is_nothing_without_rows():
    rows = [
        GateRow("stoi", 0.5, (0.91, 0.95), ">= 0.89", passed=False),
        GateRow("pesq_wb", None, 2.5, "a value", passed=True),
    ]
    assert table(rows) == [
        "  measurement                    now          accepted  gate",
        "  stoi                           0.5        0.91..0.95  >= 0.89  FAILED",
        "  pesq_wb                  undefined               2.5  a value",
    ]
    assert table([]) == []


CLONE, TALK = "mini/dirty-clone", "mini/cross-talk"
TOLD = [(None, None), *((setup, u) for setup in (CLONE, TALK) for u in ("slt-01", "awb-01", "low-01", None))]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return *accepted_run(folder), folder


def fell(run, *utterances, **update):
    """Hold a run of which the STOI of *utterances* fell against what was accepted of it."""
    record, baseline, folder = run
    for utterance in utterances:
        found = record.cells.get(CLONE, utterance)
        lower = found.measurements | {"stoi": Measurement.of(0.6 + len(utterance) / 100, "1")}
        record = replaced(record, (CLONE, utterance), pcm_sha256="other", measurements=lower, **update)
    return guarded(record, baseline, folder)


def test_a_cell_that_fails_is_told_in_full_with_where_to_listen(run):
    found = fell(run, "awb-01", localisation="frame 12 of the decoder")
    lines = cell_failures(found, CLONE, "awb-01", TOLD).splitlines()
    accepted = found.cell(CLONE, "awb-01")
    assert "STOI 0.66, accepted 0.919" in lines[0]
    assert "  held against sample.json of 2026-01-02, commit 0123abc+c" in lines
    assert "  beside mini/shared: frame 12 of the decoder" in lines
    assert [line.split()[0] for line in lines if line.endswith("FAILED")] == ["stoi"]
    assert lines[-1] == f"  listen: {found.folder / accepted.audio}"
    assert cell_failures(found, CLONE, "slt-01", TOLD) == ""


def test_where_it_begins_in_another_utterance_is_told_where_its_own_was_not_looked_for(run):
    found = fell(run, "awb-01")
    found.record = found.record.model_copy(
        update={"cells": found.record.cells.explained({(CLONE, "slt-01"): "frame 3", (TALK, "awb-01"): "frame 4"})}
    )
    said = [line for line in cell_failures(found, CLONE, "awb-01", TOLD).splitlines() if "beside" in line]
    assert said == ["  beside mini/shared, in slt-01: frame 3"]


def test_what_fails_from_one_cause_is_told_in_full_once_and_there_where_else_it_shows(run):
    found = fell(run, "awb-01", "low-01")
    first = cell_failures(found, CLONE, "awb-01", TOLD)
    assert first.endswith("  it also shows in mini/dirty-clone (1 utterance)")
    other = cell_failures(found, CLONE, "low-01", TOLD)
    assert other.endswith(" (as in mini/dirty-clone/awb-01, which is told in full)")
    assert "\n" not in other
    assert "listen" in cell_failures(found, CLONE, "low-01", [(CLONE, "low-01")])  # if the first is not tested


def test_a_problem_of_all_is_what_fails_everywhere(run):
    record, _, folder = run
    found = guarded(record, None, folder)
    assert found.problem.endswith("does not exist); listen, then accept with --codec-update")
    assert baseline_failures(found) == found.problem
    assert cell_failures(found, CLONE, "slt-01", TOLD) == found.problem
    assert setup_failures(found, TALK, TOLD) == found.problem


def test_where_nothing_is_judged_what_failed_is_told_once_for_each_cause(run):
    record, baseline, folder = run
    failing = replaced(record, (CLONE, "slt-01"), (TALK, "slt-01"), failure="decode of frame 3: no weights")
    failing = replaced(failing, (TALK, "awb-01"), failure="decode of frame 41: no weights")
    said = "; cells failed: mini/dirty-clone/slt-01 and 2 more: decode of frame 3: no weights"
    for other in (None, baseline.model_copy(update={"measures": (9, 9)})):
        problem = guarded(failing, other, folder).problem
        assert problem.endswith(said)
        assert "codec-update" not in problem  # which would be refused
    for number, utterance in enumerate(("slt-01", "awb-01", "low-01")):
        failing = replaced(failing, (CLONE, utterance), failure="x" * (number + 1))
    assert guarded(failing, None, folder).problem.endswith("-01: xxx; and 1 more")


def test_a_setup_whose_utterances_fail_is_told_in_a_line_that_names_one_of_them(run):
    found = fell(run, "awb-01", "low-01")
    found.baseline.setups[CLONE].utterances.pop("slt-01")
    alone = setup_failures(found, CLONE, [(CLONE, None)])
    assert alone.startswith("slt-01: never accepted")
    assert "\n  held, over all utterances, against sample.json of 2026-01-02" in alone
    told = setup_failures(found, CLONE, [(CLONE, "low-01"), (CLONE, None)])
    assert told.splitlines()[0].endswith(" (as its utterances, such as mini/dirty-clone/low-01)")
    assert "held, over all utterances" not in told
    assert setup_failures(found, "mini/shared", TOLD) == ""


def test_accepting_what_is_not_what_the_suite_asks_for_is_told(run):
    record, baseline, folder = run
    found = guarded(record, baseline, folder, accepted=[])
    assert cell_failures(found, TALK, "slt-01", TOLD) == baseline_failures(found) == ""
    assert setup_failures(found, CLONE, TOLD) == ""
    assert setup_failures(found, TALK, TOLD).startswith(
        "mini/cross-talk is accepted as it is, but is not what the suite says it must be: corrupt; "
    )


def test_a_setup_that_is_gone_is_told_of_the_whole_suite_alone(run):
    record, baseline, folder = run
    fewer = record.model_copy(update={"setups": record.setups[1:]})
    said = "accepted before and missing from the suite: mini/shared; accept that with --codec-update"
    assert baseline_failures(guarded(fewer, baseline, folder)) == said
    assert baseline_failures(guarded(fewer, baseline, folder, whole=False)) == ""
    assert baseline_failures(guarded(record, baseline, folder)) == ""


def test_properties_have_measurements_with_their_gates_and_no_amplitudes(run):
    record, baseline, folder = run
    found = dict(cell_properties(guarded(record, baseline, folder), CLONE, "slt-01"))
    assert (found["codec.verdict"], found["codec.stoi"], found["codec.exact"]) == ("altered", "0.915", "true")
    assert found["codec.gate.stoi"] == ">= 0.895"
    assert found["codec.drift_ppm"] == "undefined: the clip is too short to tell a drift"
    assert not [name for name in found if "amplitude" in name]
    bare = dict(cell_properties(guarded(record, None, folder), CLONE, "slt-01"))
    assert "codec.exact" not in bare
    assert dict(setup_properties(guarded(record, None, folder), CLONE))["codec.pesq_wb_change"] == "-0.2"
