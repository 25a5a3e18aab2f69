"""From the answers of searches to their record: evidence, figures of what decided, probabilities where asked for."""

import pytest
from answered import factors, history, versions

from harness.bisect.answer.build import Why, error_rates, label, probe_record
from harness.bisect.answer.record import NONE_TO_SPARE
from harness.bisect.probe.store import Probed
from harness.bisect.search import Finding, Judged, Noise, Observation, Rules
from harness.record import Measurement

BAD = Finding(Judged.BAD, 0.97, 0, 1, "awb-01: why", True)


def probed(utterance, judgement, **values):
    measured = {name: Measurement.of(value, "1") for name, value in values.items()}
    return Probed(utterance, measured, Observation(judgement))


def test_a_set_of_factors_is_called_by_its_names_in_order_and_the_good_end_none():
    assert label(frozenset("ba")) == "a + b"
    assert label(frozenset()) == "none"


def test_figures_are_of_the_utterance_that_is_bad_else_of_the_first():
    good, bad = probed("slt-04", Judged.GOOD, stoi=0.9), probed("awb-01", Judged.BAD, stoi=0.5, lsd_db=1.0)
    record = probe_record(("a",), BAD, [good, bad], 0.12345, Noise())
    assert record.figures == {"stoi": Measurement.of(0.5, "1")}  # and no other than those that head a table
    assert (record.utterances, record.seconds, record.remembered) == (2, 0.123, False)
    assert probe_record(("a",), BAD, [good], None, Noise()).figures == {"stoi": Measurement.of(0.9, "1")}
    nothing = probe_record(("a",), BAD, [], None, Noise())
    assert (nothing.figures, nothing.seconds, nothing.remembered) == ({}, None, True)


def test_a_probability_is_kept_where_error_rates_were_given_alone():
    assert error_rates(Noise()) is None
    assert error_rates(Noise(0.1, 0.0)) == (0.1, 0.0)
    assert probe_record((), BAD, [], None, Noise()).confidence is None
    assert probe_record((), BAD, [], None, Noise(0.1, 0.0)).confidence == 0.97
    exact = factors("ab", lambda point: "a" in point)
    assert (exact.confidence, exact.causes[0].confidence, exact.repairs[0].confidence) == (None, None, None)
    noisy = factors("ab", lambda point: "a" in point, Rules(noise=Noise(0.1, 0.1)))
    assert 0.98 < noisy.confidence < noisy.causes[0].confidence < 1
    assert noisy.error_rates == (0.1, 0.1)


def test_each_factor_has_a_pair_of_probes_that_shows_what_it_does():
    record = factors("abc", lambda point: point >= {"a", "b"})
    shown = {one.factor: one.evidence for one in record.factors}
    assert shown["a"] == (("b",), ("a", "b"))  # alone it changes nothing
    assert shown["b"] == (("a",), ("a", "b"))
    innocent = record.factors[2]
    assert (innocent.pairs, innocent.kept_good, innocent.kept_bad) == (4, 3, 1)
    assert (record.factors[0].kept_good, record.factors[0].kept_bad) == (2, 0)
    assert [one.partners for one in record.factors] == [(("b",),), (("a",),), ()]


@pytest.mark.parametrize(("known", "proof"), [(True, NONE_TO_SPARE), (False, "a part of it may be enough")])
def test_a_repair_is_the_smallest_where_less_of_it_was_judged_too_little(known, proof):
    def rule(point):
        return None if point == {"b"} and not known else "a" in point or (point == {"b"})

    (repair,) = factors("ab", rule).repairs
    assert repair.factors == ("a", "b")
    assert repair.proof == proof


def test_what_masks_is_told_with_what_it_hides():
    record = factors("ab", lambda point: point == {"a"} or point == {"a", "b", "c"})
    assert record.masks == ()
    masked = factors("abc", lambda point: "a" in point and ("b" not in point or "c" in point))
    assert (("b",), ("a",)) in masked.masks


def test_versions_keep_what_they_set_and_only_those_that_were_asked_have_a_probe():
    record = versions(40, lambda index: index >= 17, Rules(verify=0))
    assert [(change.before, change.after, change.becomes) for change in record.changes] == [("v16", "v17", "bad")]
    asked = [one.name for one in record.versions if one.probe is not None]
    assert {"v0", "v16", "v17", "v39"} <= set(asked)
    assert len(asked) == record.made < 12
    assert (record.versions[5].about, record.versions[5].changes) == (history(6).versions[5].about, {"app.n": 5})


def test_what_makes_a_change_belongs_to_that_change():
    why = Why(factors("a", bool), since_start=True)
    record = versions(9, lambda index: 2 <= index < 6 or index == 8, why={1: why})
    assert [change.why is not None for change in record.changes] == [False, True, False]
    assert [change.since_start for change in record.changes] == [False, True, False]
