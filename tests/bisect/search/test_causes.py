"""What a search found, as plain values: a mask with its cause, and words that are told apart."""

import pytest

from harness.bisect.search.causes import Mask, Proof, Role


@pytest.mark.parametrize(
    ("factors", "cause", "together"),
    [({"c"}, {"a", "b"}, {"a", "b", "c"}), ({"a"}, {"a"}, {"a"}), (set(), {"a"}, {"a"})],
)
def test_a_mask_is_probed_together_with_the_cause_that_it_hides(factors, cause, together):
    assert Mask(frozenset(factors), frozenset(cause)).together == together


@pytest.mark.parametrize("kind", [Proof, Role])
def test_no_two_kinds_are_told_in_the_same_words(kind):
    assert len({str(one) for one in kind}) == len(kind)
    assert all(str(one) == one.value for one in kind)


def test_a_role_that_is_not_certain_says_so():
    assert str(Role.PERHAPS) == f"perhaps {Role.TOGETHER}"
