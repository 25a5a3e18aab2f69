"""The answer for a terminal: names as they are, sizes with what they leave open, and what is said below."""

from typing import Any

import pytest
from sensitivity.small_record import record

from harness.report.terminal import console
from harness.sensitivity.record import FaultRecord, PointRecord, Share, SubjectRecord
from harness.sensitivity.text import lines, ordered, percent, show, size


def subject(**changes: Any) -> SubjectRecord:
    return record(40).subjects[0].model_copy(update=changes)


def point(size: float, failed: int = 0) -> PointRecord:
    made = record(40).subjects[0].faults[0].points[0]
    return made.model_copy(update={"size": size, "failed": failed})


def fault(**changes: Any) -> FaultRecord:
    whole = {"points": (point(2.0), point(4.0, failed=40)), "subtlest": 1.0}
    return record(40).subjects[0].faults[0].model_copy(update=whole | changes)


@pytest.mark.parametrize("name", ["pcm/[b]low[/b]", "pcm/[/red]", "[link=http://a]x", "pcm/:smile:"])
def test_a_name_of_a_setup_is_no_markup(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show(record(40, setup=name), console())
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: from which size on it is noticed")
    assert f"\n{name}: 80 probes\n" in said


@pytest.mark.parametrize(
    ("threshold", "changes", "said"),
    [
        (2.0, {}, "..2"),  # nothing subtler was probed
        (2.0, {"subtlest": 2.0}, "2"),  # and there is nothing
        (4.0, {}, "4!"),  # it fails there
        (2.0, {"points": (point(2.0, failed=39), point(4.0))}, "..2"),
        (None, {}, "never"),
        (2.0, {"unit": ""}, "yes"),
        (4.0, {"unit": ""}, "yes!"),
    ],
)
def test_a_size_says_what_it_leaves_open(threshold: float | None, changes: dict[str, Any], said: str) -> None:
    assert size(fault(thresholds={"gate": threshold}, **changes), "gate") == said
    assert size(fault(thresholds={"gate": threshold}, **changes), "PESQ") == ""  # it was not asked


def test_faults_that_the_suite_is_blind_for_come_first_and_those_that_were_not_planted_not_at_all() -> None:
    seen, blind = fault(name="seen"), fault(name="blind", blind=True)
    unprobed = fault(name="unprobed", points=())
    unprobed_blind = fault(name="in-no-wiring", points=(), blind=True)
    refused = fault(name="refused", not_applicable="it has no decoder")
    found = ordered(subject(faults=(seen, unprobed, blind, refused, unprobed_blind)))
    assert [one.name for one in found] == ["blind", "in-no-wiring", "seen"]


def test_a_share_is_told_with_its_interval() -> None:
    assert percent(Share(hits=1, asked=3, low=0.0615, high=0.7923)) == "1/3 (33%, 95 % 6% to 79%)"


def test_below_the_table_only_what_is_known_is_said() -> None:
    none = subject(power=None)
    assert lines(none) == ["pcm/shared: 80 probes", "blind for no fault that was probed"]
    some = Share(hits=1, asked=2, low=0.1, high=0.9)
    told = lines(
        subject(
            complete=False, false_alarms={"gate": some, "words": some}, right_rung=some, right_cause=some,
            broken_variants=("given +0.02 dB, it fails",), corpus=("one",), utterances=("one", "two"),
            faults=(fault(blind=True, points=(point(2.0, failed=1),)),),
        )
    )  # fmt: skip
    share = "1/2 (50%, 95 % 10% to 90%)"
    assert told[0] == "pcm/shared: 80 probes; the time was over before all was told"
    assert "in 1 probe more the codec failed, which any run notices, whatever it measures: quieter (1)" in told
    assert f"false alarms on benign changes: gate {share}" in told  # a layer that alarms nobody is left out
    assert f"verdict right: {share}" in told
    assert f"cause right: {share}" in told
    assert "with nothing planted, given +0.02 dB, it fails" in told
    assert "blind for 1 fault: quieter" in told
    assert told[-1] == "1 of 2 utterances notice as much: one"
