from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bisect.search.hitting_sets import hitting_sets, minimal

FAMILY = st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=5)


def by_definition(sets):
    points = [frozenset(p) for size in range(7) for p in combinations("abcdef", size)]
    hitting = [p for p in points if all(p & s for s in sets)]
    return {p for p in hitting if not any(q < p for q in hitting)}


@settings(deadline=None)
@given(FAMILY)
def test_hitting_sets_are_those_of_the_definition(sets):
    assert set(hitting_sets(sets)) == by_definition(sets)


@settings(deadline=None)
@given(FAMILY)
def test_hitting_twice_gives_the_minimal_sets_back(sets):
    assert set(hitting_sets(hitting_sets(sets))) == set(minimal(sets))


def test_the_smallest_comes_first():
    assert hitting_sets([frozenset("ab"), frozenset("bc")]) == (frozenset("b"), frozenset("ac"))
