import pytest

from harness.bisect.search.oracle import Judged, Noise, Observation, Oracle, Probe, Rules, named
from harness.errors import UsageInvalid


@pytest.mark.parametrize(("good", "bad"), [(3, 0), (0, 2), (5, 2)])
def test_belief_is_bayes_rule(good, bad):
    noise = Noise(false_bad=0.1, false_good=0.3)
    if_bad = 0.3**good * 0.7**bad
    if_good = 0.9**good * 0.1**bad
    judgement, confidence = noise.belief(good, bad)
    assert confidence == pytest.approx(max(if_bad, if_good) / (if_bad + if_good))
    assert judgement is (Judged.BAD if if_bad > if_good else Judged.GOOD)


@pytest.mark.parametrize("rates", [(-0.1, 0), (0.5, 0.5), (0, 1)])
def test_error_rates_that_tell_nothing_are_refused(rates):
    with pytest.raises(UsageInvalid, match="sum is below 1"):
        Noise(*rates)


@pytest.mark.parametrize("confidence", [0.5, 1.1])
def test_impossible_confidence_is_refused(confidence):
    with pytest.raises(UsageInvalid, match="confidence"):
        Rules(confidence=confidence)


def test_equal_points_are_called_alike_and_others_otherwise():
    one, two = frozenset("abcdefgh"), frozenset(reversed("abcdefgh"))
    assert named(one) == named(two) == "a + b + c + d + e + f + g + h"
    assert named((3, one)) == named((3, two)) != named((4, one))
    assert (named(7), named("v7")) == ("7", "v7")


def test_an_oracle_over_other_things_asks_of_the_points_that_they_stand_for():
    asked, seen, ahead, store = [], [], [], {}

    def judge(point, sure):
        asked.append((point, sure))
        return Observation(Judged.BAD)

    oracle = Oracle(judge, Rules(verify=1), store=store, watch=seen.append, prefetch=ahead.extend)
    doubled = oracle.over(lambda thing: 2 * thing, Rules(verify=7))
    assert doubled.judge(3, True).judgement is Judged.BAD
    assert doubled.watch is not None
    assert doubled.prefetch is not None
    doubled.watch(Probe(1, 3, Observation(Judged.BAD), 5))
    doubled.prefetch([4, 5])
    assert (asked, doubled.key(3), ahead) == ([(6, True)], "6", [8, 10])
    assert [(probe.point, probe.left) for probe in seen] == [(6, 5)]
    assert doubled.store is store
    assert doubled.rules.verify == 7


def test_what_nobody_watches_stays_unwatched():
    plain = Oracle(lambda _point, _sure: Observation(Judged.GOOD)).over(lambda thing: thing, Rules())
    assert (plain.watch, plain.prefetch) == (None, None)


def test_certainty_can_be_asked_of_exact_probes_alone():
    assert Rules(confidence=1).confidence == 1
    with pytest.raises(UsageInvalid, match="below 1 if probes are noisy"):
        Rules(Noise(0.1, 0.1), confidence=1)
