import math

import pytest

from harness.bisect.search.ledger import BudgetSpent, Ledger
from harness.bisect.search.oracle import Judged, Noise, Observation, Oracle, Rules


def observe(judgement, sure=True):
    return Observation(Judged(judgement), "seen", sure)


def ledger(answers, rules=None, store=None):
    """A ledger over a scripted oracle: *answers* are given one after the other, whatever is asked."""
    script = iter(answers)
    return Ledger(Oracle(lambda _point, _sure: next(script), rules or Rules(), store={} if store is None else store))


def test_one_exact_observation_settles_a_point():
    book = ledger([observe("bad")])
    finding = book.find(7)
    assert (finding.judgement, finding.confidence, finding.reason) == (Judged.BAD, 1.0, "seen")
    assert book.find(7) == finding
    assert book.probes == 1


def test_a_fault_that_never_shows_falsely_is_believed_at_once_and_its_absence_slowly():
    rules = Rules(Noise(false_good=0.8))
    assert ledger([observe("bad")], rules).find(0, sure=True).confidence == 1.0
    book = ledger([observe("good")] * 25, rules)
    assert book.find(0, sure=True).judgement is Judged.GOOD
    assert book.probes == math.ceil(math.log(99) / math.log(1 / 0.8))


def test_noisy_points_are_confirmed_by_new_observations_only():
    book = ledger([observe("bad"), observe("good"), observe("good"), observe("good")], Rules(Noise(0.1, 0.1)))
    assert book.find(0).judgement is Judged.BAD
    finding = book.find(0, sure=True)
    assert (finding.judgement, finding.good, finding.bad) == (Judged.GOOD, 3, 0)
    assert book.find(0) == finding


def test_an_undecided_probe_is_repeated_and_then_given_up():
    book = ledger([observe("unsure"), observe("good")])
    assert book.find(0).judgement is Judged.GOOD
    finding = ledger([observe("unsure")] * 3).find(0)
    assert finding.judgement is Judged.SKIP
    assert finding.reason == "undetermined after 3 probes: 0 good, 0 bad, 3 undecided (seen)"


def test_a_coin_is_given_up_as_contradictory():
    rules = Rules(Noise(0.1, 0.1), repeats=6)
    finding = ledger([observe("bad"), observe("good")] * 3, rules).find(0, sure=True)
    assert finding.contradictory


def test_a_store_answers_instead_of_the_oracle():
    store = {}
    ledger([observe("bad")], store=store).find(3)
    later = ledger([], store=store)
    assert later.find(3).judgement is Judged.BAD
    assert later.probes == 0


def test_the_limit_stops_before_the_next_probe():
    book = ledger([observe("good")] * 2, Rules(limit=1))
    book.find(0)
    with pytest.raises(BudgetSpent):
        book.find(1)
    assert book.probes == 1


def test_who_watches_is_told_of_each_probe_and_its_point():
    seen = []
    book = Ledger(Oracle(lambda point, _sure: observe("bad" if point else "good"), Rules(), watch=seen.append))
    for point in (1, 0, 1):
        book.find(point)
    assert [(probe.number, probe.point, probe.observation.judgement.value) for probe in seen] == [
        (1, 1, "bad"),
        (2, 0, "good"),
    ]
