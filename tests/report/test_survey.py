"""A run as a whole: a letter for each cell, and which utterances have a page where not all can."""

import pytest
from small_run import cell, run, setup

from harness.errors import UsageInvalid
from harness.record import RunRecord, Verdict
from harness.report import survey
from harness.report.expect import LETTERS
from harness.report.survey import FAILS, MASKED, NOT_RUN, PLAIN, Choice, Survey

NAMES = "abcdef"


def several(**worst: Verdict) -> RunRecord:
    """Return a run of two setups on six utterances, of which the second is as bad as *worst* says."""
    cells = [cell("mini/shared", name) for name in NAMES]
    cells += [cell("mini/offline", name, worst.get(name, Verdict.IDENTICAL)) for name in NAMES]
    return run(*cells, setups=(setup("mini/shared"), setup("mini/offline", met=False, worst_utterance="f")))


def shown(record: RunRecord, *patterns: str, everything: bool = False) -> str:
    found = Survey(record).shown(Choice(patterns, everything))
    assert len(found.cells) == 2 * len(found.utterances)
    return "".join(one.id for one in found.utterances)


def test_each_cell_is_a_letter_and_what_fails_its_gate_is_marked_before_what_is_masked() -> None:
    record = run(
        cell("mini/shared", "a"), cell("mini/shared", "b", Verdict.CORRUPT, masked=True),
        cell("mini/offline", "b", Verdict.CORRUPT, masked=True, gate=("it was better",)),
    )  # fmt: skip
    found = Survey(record)
    assert found.letters == {
        "mini/shared": LETTERS[Verdict.IDENTICAL] + LETTERS[Verdict.CORRUPT],
        "mini/offline": NOT_RUN + LETTERS[Verdict.CORRUPT],
    }
    assert found.marks == {"mini/shared": PLAIN + MASKED, "mini/offline": PLAIN + FAILS}
    told = found.told()
    assert told["utterances"] == ["a", "b"]
    assert told["words"] == ["the words of a s", "the words of b s"]
    assert told["setups"][1] == ["mini/offline", True, found.letters["mini/offline"], PLAIN + FAILS]


def test_a_run_has_all_its_pages_up_to_the_limit_and_those_that_tell_most_beyond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = several(b=Verdict.DEGRADED, d=Verdict.CORRUPT, e=Verdict.ALTERED)
    monkeypatch.setattr(survey, "LARGE", 12)
    monkeypatch.setattr(survey, "SHOWN", 6)
    assert not Survey(record).large
    assert shown(record) == NAMES
    monkeypatch.setattr(survey, "LARGE", 11)
    assert Survey(record).large
    assert shown(record) == "bdf"  # the one that a setup is judged by, and the worst
    assert shown(record, everything=True) == NAMES
    monkeypatch.setattr(survey, "SHOWN", 1)
    assert shown(record) == "f"


def test_utterances_may_be_named_by_patterns() -> None:
    record = several()
    assert shown(record, "a", "[e-z]") == "aef"
    assert shown(record, "nobody", everything=True) == NAMES
    with pytest.raises(UsageInvalid, match="no utterance of the run matches x, y"):
        shown(record, "x", "y")


def test_what_fails_its_gate_tells_more_than_a_worse_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "LARGE", 2)
    monkeypatch.setattr(survey, "SHOWN", 1)
    gated = cell("mini/shared", "b", gate=("it was better",))
    record = run(cell("mini/shared", "a", Verdict.CORRUPT), gated, cell("mini/shared", "c"))
    assert [one.id for one in Survey(record).shown(Choice()).utterances] == ["b"]
