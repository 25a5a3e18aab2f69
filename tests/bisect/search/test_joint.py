import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bisect.search import Judged, Noise, Observation, Oracle, Outcome, Rules, search_joint
from harness.errors import UsageInvalid

NAMES = tuple("abcd")
EFFECTS = st.lists(
    st.tuples(st.integers(0, 12), st.frozensets(st.sampled_from(NAMES), max_size=3)), min_size=1, max_size=4
)


def bad_by(planted):
    """A point is bad if some planted (version, factors) is below it; version 0 means that any version is."""
    return lambda point: any(point[0] >= version and factors <= point[1] for version, factors in planted)


def minimal(planted):
    below = bad_by
    return {one for one in planted if not any(other != one and below([other])(one) for other in planted)}


def search(planted, count=13, factors=NAMES, **rules):
    is_bad = bad_by(planted)

    def judge(point, _sure):
        return Observation(Judged.BAD if is_bad(point) else Judged.GOOD)

    return search_joint(count, "version", factors, Oracle(judge, Rules(**rules)))


def found(answer):
    """Every pair of a version and factors that was reported; version 0 where the version does not matter."""
    pairs = {(step.change.after, step.factors) for step in answer.steps}
    return pairs | {(0, cause.factors) for cause in answer.rounds[0].answer.causes if "version" not in cause.factors}


@settings(deadline=None)
@given(EFFECTS)
def test_every_minimal_pair_of_version_and_factors_is_found(planted):
    planted = [one for one in planted if one != (0, frozenset())]
    answer = search(planted)
    if not planted:
        assert answer.outcome is Outcome.BOTH_GOOD
        return
    assert answer.outcome is Outcome.FOUND
    assert found(answer) == minimal(planted)
    assert answer.complete


def test_a_version_that_is_bad_only_with_a_factor():
    answer = search([(9, frozenset("b"))])
    assert found(answer) == {(9, frozenset("b"))}
    (cause,) = answer.rounds[0].answer.causes
    assert cause.factors == {"version", "b"}
    assert {repair.factors for repair in answer.rounds[0].answer.repairs} == {frozenset({"version"}), frozenset("b")}
    assert answer.complete


def test_a_larger_set_of_factors_breaks_an_earlier_version():
    answer = search([(9, frozenset("b")), (4, frozenset("bc"))])
    assert found(answer) == {(9, frozenset("b")), (4, frozenset("bc"))}
    assert [one.last for one in answer.rounds] == [12, 8, 3]


def test_a_factor_that_needs_no_version_and_a_version_that_needs_no_factor():
    assert found(search([(0, frozenset("a")), (7, frozenset())])) == {(0, frozenset("a")), (7, frozenset())}


@pytest.mark.parametrize("count", [2, 16, 1000])
def test_the_price_is_that_of_both_searches_and_one_probe(count):
    factors = tuple(f"f{i}" for i in range(8))
    answer = search([(count - 1, frozenset({"f5"}))], count, factors, verify=0)
    first = answer.rounds[0].answer.probes
    assert answer.probes <= first + math.ceil(math.log2(count)) + 1
    assert first <= 2 * (math.ceil(math.log2(9)) + 1) + 2 + 4


def test_a_version_that_cannot_be_judged_is_said():
    def judge(point, _sure):
        if 3 < point[0] < 7:
            return Observation(Judged.SKIP, "does not build")
        return Observation(Judged.BAD if point[0] >= 5 and "a" in point[1] else Judged.GOOD)

    change = search_joint(13, "version", NAMES, Oracle(judge)).steps[0].change
    assert change is not None
    assert (change.before, change.after) == (3, 7)
    assert change.hidden == (4, 5, 6)


def test_good_ends_are_an_answer_and_one_version_is_refused():
    assert search([(99, frozenset())]).outcome is Outcome.BOTH_GOOD
    with pytest.raises(UsageInvalid, match="at least a good and a bad version"):
        search([(1, frozenset())], count=1)


def test_a_spent_limit_is_said():
    answer = search([(9, frozenset("b")), (4, frozenset("bc"))], limit=12)
    assert not answer.complete
    assert answer.probes <= 12


def test_what_is_known_is_not_asked_again():
    asked = []

    def judge(point, _sure):
        asked.append(point)
        return Observation(Judged.BAD if point[0] >= 5 and "a" in point[1] else Judged.GOOD)

    answer = search_joint(13, "version", NAMES, Oracle(judge))
    assert len(asked) == len(set(asked)) == answer.probes


def test_with_noise_it_is_right_about_as_often_as_wanted():
    rng, right, trials = random.Random(4), 0, 60  # noqa: S311
    for _ in range(trials):
        planted = [(rng.randint(1, 12), frozenset(rng.sample(NAMES, rng.randint(0, 2))))]
        is_bad = bad_by(planted)

        def judge(point, _sure, is_bad=is_bad):
            return Observation(Judged.BAD if is_bad(point) != (rng.random() < 0.1) else Judged.GOOD)

        answer = search_joint(13, "version", NAMES, Oracle(judge, Rules(Noise(0.1, 0.1), verify=0)))
        right += all(step.change for step in answer.steps) and found(answer) == set(planted)
    assert right / trials > 0.85


def test_the_assumption_is_checked_over_the_ends_and_not_again_in_each_round():
    answer = search([(9, frozenset("b")), (5, frozenset("c"))], verify=2)
    first, *later = (each.answer.checked for each in answer.rounds)
    assert first == 2
    assert later
    assert not any(later)
