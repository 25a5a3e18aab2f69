"""A fault as a row: its sizes with what a listener says of each, and what follows from that."""

import pytest

from harness.record import Verdict
from harness.sensitivity import catalogue
from harness.sensitivity.fault import LISTENER, Family, Fault, Where

PLANT = catalogue.find("quieter").plant


def row(heard, sizes=None, where=Where.EVERYWHERE):
    given = tuple(map(float, range(1, len(heard) + 1))) if sizes is None else sizes
    return Fault("x", Family.LEVEL, "dB", given, heard, "", "", PLANT, where)


@pytest.mark.parametrize(("heard", "sizes"), [("a", (1.0, 2.0)), ("ad", (1.0,)), ("", (1.0,)), ("x", (1.0,))])
def test_sizes_need_a_letter_each_of_those_that_there_are(heard, sizes):
    with pytest.raises(ValueError, match=rf"x: got {len(sizes)} sizes and '{heard}', wanted a letter for each size"):
        row(heard, sizes)


@pytest.mark.parametrize(
    ("heard", "first"), [("a?d!c", 2), ("!c", 0), ("c", 0), ("a?*", None), ("*d", 1), ("aaa", None), ("", None)]
)
def test_all_hear_it_from_the_first_letter_on_that_leaves_nobody_out(heard, first):
    assert row(heard).audible_from == first


def test_each_letter_has_the_verdicts_that_are_right():
    found = row("a?d!c*")
    right = [found.right(step) for step in range(6)]
    assert [Verdict.ALTERED in one for one in right] == [True, True, False, False, False, True]
    assert [Verdict.DEGRADED in one for one in right] == [False, True, True, True, False, True]
    assert [Verdict.CORRUPT in one for one in right] == [False, False, False, True, True, True]
    assert [Verdict.UNDEFINED in one for one in right] == [False] * 5 + [True]  # no verdict is wrong
    assert right[0] == {Verdict.IDENTICAL, Verdict.EQUIVALENT, Verdict.ALTERED}
    assert set(LISTENER) == set("a?d!c*")


@pytest.mark.parametrize("where", list(Where))
def test_what_is_not_everywhere_happens_once(where):
    assert row("a", where=where).once == (where is not Where.EVERYWHERE)


def test_a_size_is_told_with_its_unit_if_it_has_one():
    assert row("ad", (0.05, 20.0)).told(0) == "0.05 dB"
    assert row("ad", (0.05, 20.0)).told(1) == "20 dB"
    assert catalogue.find("same-buffer").told(0) == "1"
