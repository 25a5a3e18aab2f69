"""The smallest corpus keeps all that is noticed."""

from harness.sensitivity.cover import covered


def test_it_keeps_all_facts_with_few_names():
    seen = {"a": {("x", 1)}, "b": {("x", 1), ("y", 1), ("z", 2)}, "c": {("w", 1), ("z", 2)}, "d": set()}
    assert covered(seen) == ["b", "c"]


def test_nothing_noticed_needs_nothing():
    assert covered({"a": set()}) == []
    assert covered({}) == []
