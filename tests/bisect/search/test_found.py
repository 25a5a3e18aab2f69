"""What is told of factors follows from the points that were judged, and from no others."""

import pytest

from harness.bisect.search.causes import Mask, Proof, Role
from harness.bisect.search.found import FactorsFound
from harness.bisect.search.ledger import Ledger
from harness.bisect.search.oracle import Judged, Observation, Oracle, Rules


def points(*names):
    """Return sets of factors of one letter each."""
    return tuple(map(frozenset, names))


def found(names="abc", *, good=(), bad=(), skip=(), causes=(), **more):
    """Return what is found where these points were judged so."""
    told = {
        point: judged
        for judged, several in ((Judged.GOOD, good), (Judged.BAD, bad), (Judged.SKIP, skip))
        for point in points(*several)
    }
    ledger = Ledger(Oracle(lambda point, _sure: Observation(told[point]), Rules(), store={}))
    for point in told:
        ledger.find(point)
    return FactorsFound(tuple(names), ledger, causes=points(*causes), **more)


@pytest.mark.parametrize(
    ("good", "skip", "proof"),
    [
        (["", "a", "b", "c", "ab", "ac", "bc"], [], Proof.ALL),
        (["", "a", "b", "ab", "ac", "bc"], [], Proof.ONE_LESS),  # c alone was not probed
        (["", "a", "b", "ab", "ac", "bc"], ["c"], Proof.ONE_LESS),
        (["", "a", "b", "c", "ab", "ac"], [], Proof.PARTLY),
        (["", "a", "b", "c", "ab", "ac"], ["bc"], Proof.PARTLY),
    ],
)
def test_a_cause_is_proven_as_far_as_its_parts_are_good(good, skip, proof):
    cause = frozenset("abc")
    assert found(good=good, bad=["abc"], skip=skip).proven(cause).proof is proof


def test_a_cause_of_one_factor_is_proven_by_the_good_end():
    one = found(good=[""], bad=["a"]).proven(frozenset("a"))
    assert (one.factors, one.proof, one.confidence) == (frozenset("a"), Proof.ALL, 1.0)


@pytest.mark.parametrize(("bad", "minimal"), [(["abc", "ac", "bc"], True), (["abc", "ac"], False)])
def test_a_repair_is_minimal_if_less_of_it_is_still_bad(bad, minimal):
    made = found(good=["c", *({"bc"} - set(bad))], bad=bad)
    assert made.repairing(frozenset("ab")).minimal is minimal


def test_a_repair_of_which_less_was_not_judged_is_not_called_minimal():
    assert not found(good=["c"], bad=["abc", "ac"]).repairing(frozenset("ab")).minimal


def test_evidence_is_told_once_and_in_the_order_of_what_rests_on_it():
    made = found(bad=["abc"], causes=["a", "bc"], repairs=points("ab"), masks=[Mask(frozenset("c"), frozenset("a"))])
    evidence = made.evidence()
    assert evidence[:5] == list(points("a", "", "bc", "b", "c")) or evidence[:5] == list(
        points("a", "", "bc", "c", "b")
    )
    assert set(evidence) == set(points("a", "", "bc", "b", "c", "ac"))
    assert len(evidence) == len(set(evidence))
    made.forget()
    assert made.evidence() == []
    assert made.judged(frozenset("abc")) is Judged.BAD  # what was judged stays


def test_a_point_that_was_not_asked_or_cannot_be_judged_takes_nothing_from_the_certainty():
    made = found(good=[""], skip=["a"])
    assert made.certainty(points("", "a", "b")) == 1.0
    assert (made.judged(frozenset("b")), made.judged(frozenset("a"))) == (None, Judged.SKIP)


@pytest.mark.parametrize(
    ("name", "roles"),
    [("a", (Role.SUFFICIENT,)), ("b", (Role.TOGETHER,)), ("c", (Role.TOGETHER,)), ("d", (Role.HARMLESS,))],
)
def test_a_factor_is_enough_alone_needed_with_others_or_harmless(name, roles):
    made = found("abcd", good=["", "b", "c", "d"], bad=["a", "bc", "abcd"], causes=["a", "bc"])
    assert made.role(name).roles == roles


def test_what_was_needed_with_others_that_could_not_be_judged_is_perhaps_so():
    made = found("ab", good=["", "a"], bad=["ab"], skip=["b"], causes=["ab"])
    assert made.role("a").roles == (Role.PERHAPS,)  # without it, b could not be judged
    assert made.role("b").roles == (Role.TOGETHER,)
    assert made.role("a").partners == points("b")


def test_a_factor_of_which_nothing_is_known_is_open_and_one_that_matters_somewhere_depends():
    assert found("ab", good=[""]).role("b").roles == (Role.OPEN,)
    assert found("ab", bad=["a", "ab"]).role("b").roles == (Role.OPEN,)  # all was bad already
    depends = found("abc", good=["", "c", "bc"], bad=["b"], causes=[])
    assert depends.role("c").roles == (Role.DEPENDS,)


def test_a_factor_may_mask_beside_what_else_it_does():
    made = found("ab", good=["", "ab"], bad=["a", "b"], causes=["b"], masks=[Mask(frozenset("b"), frozenset("a"))])
    assert made.role("b").roles == (Role.SUFFICIENT, Role.MASKS)


def test_pairs_differ_in_the_factor_alone_and_stand_by_size():
    made = found("abcd", good=["", "b", "c", "d", "bc", "bd"], bad=["a", "ab", "ad", "abc", "abd"], skip=["ac", "cd"])
    without, with_it = points("", "b", "d", "bc", "bd"), points("a", "ab", "ad", "abc", "abd")
    assert made.role("a").pairs == tuple(zip(without, with_it, strict=True))


@pytest.mark.parametrize(
    ("good", "bad", "skip", "repairs"),
    [
        (["b"], ["ab"], [], True),
        ([], ["ab", "b"], [], False),
        ([], ["ab"], ["b"], None),
        ([], ["ab"], [], None),
        (["ab", "b"], [], [], None),  # there is nothing to repair
    ],
)
def test_undoing_a_factor_repairs_only_what_is_bad(good, bad, skip, repairs):
    assert found("ab", good=good, bad=bad, skip=skip).role("a").repairs_alone is repairs
