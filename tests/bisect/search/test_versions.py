import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bisect.search import Judged, Noise, Observation, Oracle, Outcome, Rules, search_versions
from harness.errors import UsageInvalid

LETTERS = {"g": Judged.GOOD, "b": Judged.BAD, "s": Judged.SKIP}


def search(history, **rules):
    return search_versions(
        len(history), Oracle(lambda i, _sure: Observation(LETTERS[history[i]], f"version {i}"), Rules(**rules))
    )


def found(answer):
    return [(change.before, change.after, change.becomes.value) for change in answer.changes]


def true_changes(history):
    judged = [(i, letter) for i, letter in enumerate(history) if letter != "s"]
    return [(i, j, LETTERS[b].value) for (i, a), (j, b) in pairwise(judged) if a != b]


@settings(deadline=None)
@given(st.integers(2, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))))
def test_one_change_is_found_within_the_promised_probes(case):
    count, first_bad = case
    answer = search("g" * first_bad + "b" * (count - first_bad))
    assert found(answer) == [(first_bad - 1, first_bad, "bad")]
    assert answer.search_probes <= math.ceil(math.log2(count)) + 2
    assert answer.probes <= 2 * math.ceil(math.log2(count)) + 2
    assert (answer.confidence, answer.complete, len(answer.changes)) == (1.0, True, 1)


@settings(deadline=None)
@given(st.text("gbs", max_size=40))
def test_every_change_reported_is_one_and_all_are_found_when_everything_is_verified(middle):
    history = f"g{middle}b"
    quick = search(history)
    judged = {i: LETTERS[history[i]] for i in quick.findings}
    for change in quick.changes:
        assert judged[change.before] is not judged[change.after]
        assert all(history[i] == "s" for i in change.hidden)
    whole = search(history, verify=len(history))
    assert found(whole) == true_changes(history)
    assert whole.unseen == 0


@settings(deadline=None)
@given(st.text("gb", max_size=60))
def test_no_stretch_longer_than_unseen_can_hide(middle):
    history = f"g{middle}b"
    answer = search(history)
    seen = sorted(answer.findings)
    for i, j in pairwise(seen):
        if history[i] == history[j]:
            assert j - i - 1 <= answer.unseen


def test_several_changes_are_all_reported():
    answer = search("gggggbbbbbgggggbbbbb")
    assert found(answer) == [(4, 5, "bad"), (9, 10, "good"), (14, 15, "bad")]
    assert len(answer.changes) > 1


def test_versions_that_cannot_be_judged_are_named_where_they_hide_the_change():
    answer = search("ggggsssbbb")
    assert found(answer) == [(3, 7, "bad")]
    assert answer.changes[0].hidden == (4, 5, 6)


@pytest.mark.parametrize(
    ("history", "outcome", "changes"),
    [
        ("ggggg", Outcome.BOTH_GOOD, []),
        ("ggbgg", Outcome.BOTH_GOOD, [(1, 2, "bad"), (2, 3, "good")]),
        ("bbbbb", Outcome.BOTH_BAD, []),
        ("bbbgg", Outcome.SWAPPED, [(2, 3, "good")]),
        ("sbbbb", Outcome.CANNOT_JUDGE, []),
        ("ggggs", Outcome.CANNOT_JUDGE, []),
    ],
)
def test_ends_that_are_not_what_they_are_said_to_be_are_answers(history, outcome, changes):
    answer = search(history)
    assert (answer.outcome, found(answer)) == (outcome, changes)
    assert answer.probes <= 2 + 2 * 3


def test_an_end_that_is_now_good_now_bad_cannot_be_reproduced():
    coin = iter([Judged.GOOD, *[Judged.GOOD] * 2, *[Judged.BAD, Judged.GOOD] * 20])
    answer = search_versions(3, Oracle(lambda _i, _sure: Observation(next(coin)), Rules(Noise(0.1, 0.1))))
    assert answer.outcome is Outcome.CANNOT_REPRODUCE


def test_two_versions_need_two_probes():
    answer = search("gb")
    assert (found(answer), answer.probes) == ([(0, 1, "bad")], 2)


@pytest.mark.parametrize("count", [0, 1])
def test_a_list_without_two_ends_is_refused(count):
    with pytest.raises(UsageInvalid, match="at least a good and a bad version"):
        search_versions(count, Oracle(lambda _i, _sure: Observation(Judged.GOOD)))


def test_versions_with_the_same_content_are_probed_once():
    asked = []

    def judge(i, _sure):
        asked.append(i)
        return Observation(LETTERS["ggggbbbb"[i]])

    answer = search_versions(8, Oracle(judge, key=lambda i: "aabbccdd"[i]))
    assert found(answer) == [(3, 4, "bad")]
    assert len({"aabbccdd"[i] for i in asked}) == len(asked) <= 4


def test_a_killed_search_goes_on_where_it_was():
    store, history = {}, "g" * 30 + "b" * 34
    calls = []

    def judge(i, _sure):
        calls.append(i)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return Observation(LETTERS[history[i]])

    with pytest.raises(KeyboardInterrupt):
        search_versions(64, Oracle(judge, store=store))
    answer = search_versions(64, Oracle(judge, store=store))
    assert found(answer) == [(29, 30, "bad")]
    assert sorted(set(calls)) == sorted(store.keys() and {int(k) for k in store})
    assert calls.count(calls[3]) == 2  # the one that was interrupted
    assert len(calls) == len(set(calls)) + 1


def test_a_cheap_judgement_that_was_wrong_is_overturned_and_the_search_goes_back():
    def judge(i, sure):
        lies = i == 50  # cheap probes call a good version bad
        return Observation(Judged.BAD if i >= 70 or (lies and not sure) else Judged.GOOD, sure=sure)

    answer = search_versions(100, Oracle(judge, Rules(verify=0)))
    assert found(answer) == [(69, 70, "bad")]
    assert all(answer.findings[i].sure for i in (69, 70))


def test_a_spent_limit_is_said_and_leaves_what_is_known():
    answer = search("g" * 50 + "b" * 50, limit=4)
    assert (answer.complete, answer.probes) == (False, 4)
    assert answer.changes[0].before < 50 <= answer.changes[0].after


def test_what_comes_next_is_announced():
    """An oracle that begins with what is announced has most of what it is then asked for."""
    announced, ahead = set(), []

    def judge(i, _sure):
        ahead.append(i in announced)
        return Observation(Judged.BAD if i >= 41 else Judged.GOOD)

    search_versions(64, Oracle(judge, prefetch=announced.update))
    assert ahead[:3] == [True, True, True]  # both ends, and the middle
    assert sum(ahead) > len(ahead) / 2


def test_an_answer_is_as_sure_as_both_ends_and_the_versions_beside_each_change():
    answer = search("gggbbb", noise=Noise(0.05, 0.05))
    rests = (0, 2, 3, 5)
    assert answer.confidence == pytest.approx(math.prod(answer.findings[at].confidence for at in rests))
