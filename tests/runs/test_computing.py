"""In which groups setups are run: each with the references that it rests on, and none too large to be lost."""

from pathlib import Path

from harness.runs import suite as suites
from harness.runs.computing import TOGETHER, tied


def suite(*setups, **codecs):
    content = {"codecs": {"a": {"adapter": "pcm"}, "b": {"adapter": "opus"}} | codecs, "setups": list(setups)}
    return suites.parse(content, "test", Path(), "test")


def names(group):
    return [setup.name for setup in group[0]]


def test_setups_that_end_at_one_reference_are_run_together():
    groups = tied(suite({"codec": ["a", "b"], "topology": ["shared", "offline", "separate"]}))
    assert [names(group) for group in groups] == [
        ["a/shared", "a/offline", "a/separate"],
        ["b/shared", "b/offline", "b/separate"],
    ]
    assert [group[1] for group in groups] == [frozenset(), frozenset()]


def test_a_reference_that_has_one_of_its_own_brings_that_along():
    chain = suite(
        {"codec": "a"},
        {"codec": "a", "topology": "offline"},
        {"codec": "b", "reference": "a/offline"},
        {"codec": "b", "topology": "separate", "reference": "b/shared"},
    )
    (group,) = tied(chain)
    assert names(group) == ["a/shared", "a/offline", "b/shared", "b/separate"]


def many(count):
    return suite({"codec": "a", "topology": ["shared", *(f"chunked-{size}" for size in range(2, count + 1))]})


def test_a_group_is_as_large_as_may_be_and_no_larger():
    assert [len(names(group)) for group in tied(many(TOGETHER))] == [TOGETHER]
    first, second = tied(many(TOGETHER + 1))
    assert len(names(first)) == TOGETHER
    assert names(second) == ["a/shared", f"a/chunked-{TOGETHER + 1}"]


def test_each_setup_is_told_of_once_and_a_reference_is_run_beside_later_groups():
    whole = many(3 * TOGETHER)
    groups = tied(whole)
    told = [name for group in groups for name in names(group) if name not in group[1]]
    assert sorted(told) == sorted(setup.name for setup in whole.setups)
    assert len(told) == len({*told})
    assert [group[1] for group in groups] == [frozenset(), frozenset({"a/shared"}), frozenset({"a/shared"})]


def test_a_reference_that_an_earlier_group_has_told_of_is_not_run_again():
    first = ["shared", *(f"chunked-{size}" for size in range(2, TOGETHER + 1))]
    ahead = {"codec": "a", "topology": first[-1], "reference": "a/offline"}
    groups = tied(
        suite({"codec": "a", "topology": first[:-1]}, ahead, {"codec": "a", "topology": ["offline", "separate"]})
    )
    assert "a/offline" in names(groups[0])
    assert [names(group) for group in groups[1:]] == [["a/shared", "a/separate"]]
