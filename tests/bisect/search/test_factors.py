import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bisect.search import Judged, Noise, Observation, Oracle, Outcome, Rules, search_factors
from harness.bisect.search.causes import Proof, Role
from harness.bisect.search.hitting_sets import hitting_sets, minimal
from harness.errors import UsageInvalid

NAMES = tuple("abcdefgh")


def search(names, is_bad, skip=lambda _point: False, **rules):
    def judge(point, _sure):
        if skip(point):
            return Observation(Judged.SKIP, "cannot be combined")
        return Observation(Judged.BAD if is_bad(point) else Judged.GOOD)

    return search_factors(names, Oracle(judge, Rules(**rules)))


def any_of(*causes):
    return lambda point: any(set(cause) <= point for cause in causes)


def causes(answer):
    return {"".join(sorted(cause.factors)) for cause in answer.causes}


def repairs(answer):
    return {"".join(sorted(repair.factors)) for repair in answer.repairs}


def roles(answer):
    return {role.factor: role.roles for role in answer.roles}


SUBSETS = st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3)


@settings(deadline=None)
@given(st.integers(1, 64).flatmap(lambda f: st.tuples(st.just(f), st.integers(0, f - 1))))
def test_a_single_cause_is_found_within_the_promised_probes(case):
    count, culprit = case
    names = [f"f{i:02}" for i in range(count)]
    answer = search(names, lambda point: names[culprit] in point, verify=0)
    assert [cause.factors for cause in answer.causes] == [{names[culprit]}]
    assert [repair.factors for repair in answer.repairs] == [{names[culprit]}]
    assert answer.first_probes <= math.ceil(math.log2(count)) + 3 <= 2 * math.log2(count) + 4
    assert (answer.complete, answer.confidence) == (True, 1.0)


@settings(deadline=None)
@given(st.lists(SUBSETS, min_size=1, max_size=4))
def test_all_causes_and_all_repairs_are_found_when_nothing_masks(planted):
    answer = search(NAMES, any_of(*planted), verify=0)
    assert {cause.factors for cause in answer.causes} == set(minimal(planted))
    assert {repair.factors for repair in answer.repairs} == set(hitting_sets(planted))
    assert all(cause.proof is Proof.ALL for cause in answer.causes)
    assert all(repair.minimal for repair in answer.repairs)
    assert answer.complete
    assert not answer.masks


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2**4, max_size=2**4))
def test_whatever_is_reported_is_true_for_any_oracle_at_all(table):
    names = "abcd"
    points = [frozenset(p) for size in range(5) for p in combinations(names, size)]
    truth = dict(zip(points, table, strict=True)) | {frozenset(): False, frozenset(names): True}
    answer = search(names, truth.__getitem__, verify=100)
    assert answer.exhaustive
    smallest = {p for p in points if truth[p] and not any(truth[q] for q in points if q < p)}
    assert {cause.factors for cause in answer.causes} == smallest
    for repair in answer.repairs:
        assert not truth[frozenset(names) - repair.factors]
    for mask in answer.masks:
        assert truth[mask.cause]
        assert not truth[mask.cause | mask.factors]
        assert all(truth[mask.cause | mask.factors - {name}] for name in mask.factors)
    fewest = min(len(frozenset(names) - point) for point in points if not truth[point])
    assert len(answer.repairs[0].factors) == fewest


def test_two_causes_each_sufficient_hide_each_other():
    answer = search("abcdef", any_of("b", "e"))
    assert causes(answer) == {"b", "e"}
    assert repairs(answer) == {"be"}
    role = {role.factor: role for role in answer.roles}
    assert role["b"].roles == role["e"].roles == (Role.SUFFICIENT,)
    assert role["b"].repairs_alone is False
    assert role["c"].roles == (Role.HARMLESS,)
    assert role["c"].pairs


def test_an_interaction_is_reported_as_one():
    answer = search("abcd", any_of("ac"))
    assert causes(answer) == {"ac"}
    assert repairs(answer) == {"a", "c"}
    assert roles(answer)["a"] == (Role.TOGETHER,)
    assert answer.roles[0].partners == (frozenset("c"),)


def test_a_masked_cause_is_found_and_its_mask_named():
    answer = search("abcd", lambda point: "b" in point or ("a" in point and "d" not in point))
    assert causes(answer) == {"a", "b"}
    assert Role.MASKS in roles(answer)["d"]
    assert (answer.masks[0].factors, answer.masks[0].cause) == (frozenset("d"), frozenset("a"))
    assert answer.surprises > 0


def test_what_hides_a_cause_only_together_is_named_together():
    answer = search("abcd", lambda point: "d" in point or ("a" in point and not {"b", "c"} <= point))
    assert [(mask.factors, mask.cause) for mask in answer.masks] == [(frozenset("bc"), frozenset("a"))]
    assert roles(answer)["b"] == roles(answer)["c"] == (Role.MASKS,)


def test_what_was_seen_to_repair_is_a_repair_where_causes_cancel():
    answer = search("abc", lambda point: "c" in point or ("a" in point) != ("b" in point))
    assert repairs(answer) == {"c"}
    assert (answer.complete, answer.exhaustive) == (True, True)


@settings(deadline=None)
@given(st.integers(1, 3).flatmap(lambda f: st.tuples(st.just(f), st.lists(st.booleans(), min_size=8, max_size=8))))
def test_of_few_factors_every_combination_is_judged(case):
    count, table = case
    points = [frozenset(p) for size in range(count + 1) for p in combinations("abc"[:count], size)]
    truth = dict(zip(points, table, strict=False)) | {points[0]: False, points[-1]: True}
    assert search("abc"[:count], truth.__getitem__).exhaustive


def test_after_a_surprise_nothing_is_complete_that_was_not_judged():
    answer = search("abcdefgh", lambda point: "b" in point or ("a" in point and "d" not in point))
    assert answer.surprises
    assert (answer.complete, answer.exhaustive) == (False, False)


def test_factors_that_cannot_be_combined_are_skipped_and_said():
    # b is possible only with a: the cause b can be neither set nor kept without it.
    answer = search("abcd", any_of("b"), skip=lambda point: "b" in point and "a" not in point)
    assert causes(answer) == {"ab"}
    assert answer.causes[0].proof is Proof.PARTLY
    assert not answer.complete
    assert repairs(answer) == {"b"}


@settings(deadline=None)
@given(st.lists(SUBSETS, min_size=1, max_size=3), st.sets(SUBSETS, max_size=12))
def test_skips_never_make_a_false_statement(planted, impossible):
    bad = any_of(*planted)
    answer = search(NAMES, bad, skip=lambda point: point in impossible and 0 < len(point) < len(NAMES))
    for cause in answer.causes:
        assert bad(cause.factors)
        if cause.proof is Proof.ALL:
            assert not any(bad(cause.factors - {name}) for name in cause.factors)
    for repair in answer.repairs:
        assert not bad(frozenset(NAMES) - repair.factors)
    if answer.complete:
        assert {cause.factors for cause in answer.causes} == set(minimal(planted))


@pytest.mark.parametrize(
    ("good_end_bad", "bad_end_bad", "outcome"),
    [(False, False, Outcome.BOTH_GOOD), (True, True, Outcome.BOTH_BAD), (True, False, Outcome.SWAPPED)],
)
def test_unusable_ends_are_answers(good_end_bad, bad_end_bad, outcome):
    answer = search("ab", lambda point: bad_end_bad if point else good_end_bad)
    assert (answer.outcome, answer.causes, answer.repairs) == (outcome, (), ())


@pytest.mark.parametrize("good_end_bad", [False, True])
def test_where_the_bad_end_is_not_bad_nothing_is_said_to_repair_it(good_end_bad):
    answer = search("a", lambda point: not point and good_end_bad)
    assert [role.repairs_alone for role in answer.roles] == [None]


def test_one_factor_is_the_cause():
    answer = search("a", any_of("a"))
    assert (causes(answer), repairs(answer), answer.probes, answer.exhaustive) == ({"a"}, {"a"}, 2, True)


def test_no_difference_or_a_repeated_one_is_refused():
    with pytest.raises(UsageInvalid, match="do not differ"):
        search("", any_of("a"))
    with pytest.raises(UsageInvalid, match="'a' is given twice"):
        search("aba", any_of("a"))


def test_a_spent_limit_is_said():
    answer = search(NAMES, any_of("ab", "cd", "ef"), limit=12)
    assert (answer.complete, answer.probes) == (False, 12)
    assert answer.causes


def test_a_cheap_judgement_that_was_wrong_is_overturned():
    def judge(point, sure):
        bad = "c" in point or ("a" in point and not sure)  # cheap probes take `a` for bad
        return Observation(Judged.BAD if bad else Judged.GOOD, sure=sure)

    answer = search_factors("abcd", Oracle(judge))
    assert causes(answer) == {"c"}
    assert repairs(answer) == {"c"}


def test_a_large_cause_is_minimal_though_not_every_part_of_it_is_probed():
    answer = search(NAMES, any_of("abcdefg"), verify=0)
    assert causes(answer) == {"abcdefg"}
    assert answer.causes[0].proof is Proof.ONE_LESS


def test_what_comes_next_is_announced():
    announced, ahead = set(), []

    def judge(point, _sure):
        ahead.append(point in announced)
        return Observation(Judged.BAD if point >= {"b", "e"} else Judged.GOOD)

    search_factors(NAMES, Oracle(judge, prefetch=announced.update))
    assert sum(ahead) > len(ahead) / 2


def test_a_factor_that_was_tried_on_bad_points_only_is_not_harmless():
    # Between a and ab, all is bad already: that b does not break the good setup was never asked.
    answer = search("ab", any_of("a"), skip=lambda point: point == {"b"}, verify=4)
    assert roles(answer)["b"] == (Role.OPEN,)


def test_what_would_undo_all_causes_and_cannot_be_judged_is_named():
    answer = search("ab", any_of("a"), skip=lambda point: point == {"b"})
    assert (answer.unproven, answer.complete) == ((frozenset("a"),), False)
    assert (repairs(answer), answer.repairs[0].minimal) == ({"ab"}, False)  # undone with one more, it can be judged


def test_an_answer_is_as_sure_as_all_that_it_rests_on():
    answer = search("abc", any_of("b"), noise=Noise(0.05, 0.05))
    rests = map(frozenset, ("", "abc", "b", "ac"))  # the ends, the cause alone, and all but it
    assert answer.confidence == pytest.approx(math.prod(answer.findings[point].confidence for point in rests))
    assert answer.confidence < answer.findings[frozenset("b")].confidence


def test_probes_are_told_by_their_number():
    told = []
    judge = lambda point, _sure: Observation(Judged.BAD if "c" in point else Judged.GOOD)  # noqa: E731
    answer = search_factors(NAMES, Oracle(judge, watch=told.append))
    assert [probe.number for probe in told] == list(range(1, answer.probes + 1))
    assert all(probe.left >= 0 for probe in told)


@pytest.mark.parametrize("verify", [0, 1, 3])
def test_no_more_is_checked_than_was_asked(verify):
    assert search(NAMES, any_of("a"), verify=verify).checked == verify
