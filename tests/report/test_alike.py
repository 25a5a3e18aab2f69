"""Setups of which the same came out are one fault; what is unknown is like nothing."""

import pytest
from small_run import cell, run

from harness.report.alike import by_output, came_out


def heard(setup, utterance, pcm="p", codes="c", frame=3):
    return cell(setup, utterance, pcm_sha256=pcm, codes_sha256=codes, first_diverging_frame=frame)


RECORD = run(
    heard("m/a", "one"), heard("m/a", "two"),
    heard("m/same", "one"), heard("m/same", "two"),
    heard("m/later", "one"), heard("m/later", "two", frame=4),
    heard("m/codes", "one", codes="other"), heard("m/codes", "two"),
    heard("m/failed", "one"), heard("m/failed", "two", pcm=None),
    heard("m/failed-too", "one"), heard("m/failed-too", "two", pcm=None),
    heard("m/fewer", "one"),
)  # fmt: skip


def groups(*names):
    setups = {one.name: one for one in RECORD.setups}
    return [[one.name for one in group] for group in by_output((setups[name] for name in names), RECORD)]


@pytest.mark.parametrize("other", ["m/later", "m/codes", "m/failed", "m/fewer"])
def test_other_output_is_told_on_its_own(other):
    assert groups("m/a", other, "m/same") == [["m/a", "m/same"], [other]]


def test_what_did_not_come_out_whole_is_like_nothing_also_not_each_other():
    assert came_out("m/failed", RECORD) == came_out("m/nowhere", RECORD) == ()
    assert groups("m/failed", "m/same", "m/failed-too", "m/a") == [["m/failed"], ["m/same", "m/a"], ["m/failed-too"]]
    assert groups() == []
