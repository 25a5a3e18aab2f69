"""What was accepted to be noticed, and that less of it is said."""

from pathlib import Path

import pytest
from sensitivity.small_record import record

from harness.errors import RecordInvalid
from harness.sensitivity.accepted import accept, fallen, of, place, read, unasked
from harness.sensitivity.record import Share
from harness.sensitivity.shares import share


def test_what_was_accepted_is_read_back(tmp_path: Path):
    path = place(tmp_path / "baselines", "s")
    assert read(path) is None
    accept(record(40), path)
    assert path.name == "s.sensitivity.json"
    accepted = read(path)
    assert accepted is not None
    assert accepted.setups["pcm/shared"].noticed == ("quieter",)
    assert fallen(record(40), accepted) == []


def test_less_power_a_new_blind_spot_and_a_new_alarm_are_each_said():
    before = of(record(40))
    assert "notices 75%" in fallen(record(30), before)[0]
    assert "blind for quieter" in fallen(record(40, blind=True), before)[0]
    assert "1 alarm on" in fallen(record(40, alarms=1), before)[0]
    assert "not probed now" in fallen(record(40, setup="other"), before)[0]


def test_where_nothing_was_tried_of_what_was_accepted_that_is_said_and_is_no_pass():
    before, now = of(record(40)), record(40)
    (subject,) = now.subjects
    (fault,) = subject.faults
    untried = fault.model_copy(update={"points": ()})
    hum = fault.model_copy(update={"name": "hum"})
    other = now.model_copy(update={"subjects": (subject.model_copy(update={"faults": (untried, hum)}),)})
    assert fallen(other, before) == ["pcm/shared: accepted before and not probed now"]
    assert unasked(other, before) == ["pcm/shared: accepted to notice 1 fault, 1 of them not tried now"]
    assert unasked(now, before) == []
    both = of(now.model_copy(update={"subjects": (subject.model_copy(update={"faults": (fault, hum)}),)}))
    assert fallen(other, both) == []  # one of two is known
    assert unasked(other, both) == ["pcm/shared: accepted to notice 2 faults, 1 of them not tried now"]


def test_a_fault_that_no_setup_can_show_any_more_is_a_blind_spot_and_not_one_that_was_not_tried():
    before, now = of(record(40)), record(40, blind=True)
    (subject,) = now.subjects
    (fault,) = subject.faults
    nowhere = subject.model_copy(update={"faults": (fault.model_copy(update={"points": ()}),)})
    found = now.model_copy(update={"subjects": (nowhere,)})
    assert fallen(found, before) == ["pcm/shared: blind for quieter, which it was accepted to notice"]
    assert unasked(found, before) == []


def test_a_fault_for_which_a_setup_was_not_tried_yet_is_not_accepted_as_noticed():
    """One that shows in some wirings only has a size that all hear, or none; what counts is that a wiring noticed."""
    (subject,) = record(40).subjects
    (fault,) = subject.faults
    missed = fault.points[0].model_copy(update={"suite": share([False])})
    for points, noticed in (((), ()), ((missed,), ()), (fault.points, ("quieter",))):
        one = fault.model_copy(update={"wirings": ("pcm/reused", "pcm/cloned"), "points": points})
        found = record(40).model_copy(update={"subjects": (subject.model_copy(update={"faults": (one,)}),)})
        assert of(found).setups["pcm/shared"].noticed == noticed


def test_what_chance_explains_is_not_said():
    assert fallen(record(38), of(record(40))) == []
    assert fallen(record(25), of(record(28))) == []


def test_a_file_that_was_edited_is_refused(tmp_path: Path):
    path = place(tmp_path, "s")
    accept(record(40), path)
    path.write_text(path.read_text().replace("quieter", "louder"))
    with pytest.raises(RecordInvalid, match="not as it was written"):
        read(path)


def test_shares_have_the_interval_of_wilson():
    assert share([]) is None
    assert share([None]) is None
    found = share([True] * 9 + [False])
    assert isinstance(found, Share)
    assert (round(found.low, 3), round(found.high, 3)) == (0.596, 0.982)
