"""The loop that makes a failing program smaller, over programs that are texts."""

from itertools import count

import pytest

from harness.check.shrinking import smallest


def without_one(program):
    return [program[:at] + program[at + 1 :] for at in range(len(program))]


def test_nothing_can_be_taken_from_what_is_returned():
    asked = []

    def failing(program):
        asked.append(program)
        return set(program) >= {"a", "b"}

    program, runs = smallest(failing, "xaybz", without_one)
    assert program == "ab"
    assert runs == len(asked)
    assert not any(failing(smaller) for smaller in without_one(program))


def test_after_each_that_is_smaller_all_are_tried_again():
    """Only once "c" is gone does it fail without "a" too, which was tried before."""
    program, _ = smallest(lambda one: one in ("abc", "ab", "b"), "abc", without_one)
    assert program == "b"


def test_where_none_is_smaller_the_program_stays_and_all_were_run():
    assert smallest(lambda _: False, "abc", without_one) == ("abc", 3)
    assert smallest(lambda _: True, "", without_one) == ("", 0)


@pytest.mark.parametrize(("most", "left"), [(0, 6), (1, 5), (3, 3), (6, 0), (100, 0)])
def test_no_more_are_run_than_may_be_and_the_smallest_so_far_is_returned(most, left):
    program, runs = smallest(lambda _: True, "abcdef", without_one, most)
    assert (len(program), runs) == (left, min(most, 6))


def test_candidates_are_not_made_before_they_are_run():
    """There may be endlessly many."""
    assert smallest(lambda one: one < 3, 9, lambda one: count(one + 1), most=50) == (9, 50)
