"""What follows from the probes of a subject: points by size, thresholds, power, alarms, and what was not planted."""

import pytest
from sensitivity.scripted import IDENTICAL, changed, ran, subject

from harness.record import Verdict
from harness.sensitivity import catalogue
from harness.sensitivity.findings import subject_record
from harness.sensitivity.layers import Observed
from harness.verdict import OverVariants

QUIETER = catalogue.find("quieter")


def quieter(probe):
    return changed(gain_db=-QUIETER.sizes[probe.step]) if probe.fault == "quieter" else changed()


def found(answer, *only, about=None):
    record = subject_record(ran(answer, *only, about=about), explain=False, laws=False)
    return record, {one.name: one for one in (*record.faults, *record.benign)}


def test_points_stand_by_size_and_a_threshold_is_the_smallest_that_is_noticed():
    record, rows = found(quieter, "quieter", "wav-24")
    one = rows["quieter"]
    sizes = [point.size for point in one.points]
    assert sizes == sorted(sizes)
    assert [point.suite.value for point in one.points] == [float(size > 1.0) for size in sizes]
    assert (one.thresholds["gate"], one.thresholds["suite alone"]) == (1.5, None)
    assert (one.subtlest, one.audible_from, one.blind) == (0.1, 2.0, False)
    assert all(point.probes == point.judged == point.right for point in one.points)
    assert (record.power.value, record.right_rung.value) == (1.0, 1.0)
    assert sum(point.probes for row in rows.values() for point in row.points) == record.probes
    assert record.complete
    assert (one.explained, one.laws, record.right_cause) == (None, None, None)  # not asked


def test_every_row_of_the_catalogue_is_there_and_says_why_it_was_not_planted():
    record, rows = found(quieter, "quieter")
    assert [one.name for one in record.faults] == list(catalogue.FAULTS)
    assert [one.name for one in record.benign] == list(catalogue.BENIGN)
    assert rows["cross-talk"].not_applicable == "the codec has no state"
    assert (rows["cross-talk"].blind, rows["cross-talk"].points) == (False, ())
    assert (rows["hum"].not_applicable, rows["hum"].points, rows["hum"].blind) == (None, (), False)  # not asked for


def test_nothing_is_told_where_nothing_was_probed():
    record, _ = found(quieter, "cross-talk")
    assert (record.power, record.right_rung, record.false_alarms) == (None, None, {})
    assert (record.probes, record.corpus, record.advice) == (0, (), ())


def test_what_all_hear_and_the_suite_does_not_notice_is_a_blind_spot():
    record, rows = found(lambda _: changed(), "quieter", "wav-24")
    assert rows["quieter"].blind
    assert not rows["wav-24"].blind
    assert record.power.value == 0.0
    wrong = [point for point in rows["quieter"].points if point.heard == "d"]
    assert {point.right for point in wrong} == {0}
    assert record.right_rung.value < 1.0


@pytest.mark.parametrize(("alarming", "share"), [(("heart-04", "rms-04"), 1.0), (("heart-04",), 0.5), ((), 0.0)])
def test_a_benign_change_that_is_noticed_is_a_false_alarm_of_each_layer_that_notices(alarming, share):
    def answer(probe):
        return changed(gain_db=-6.0) if probe.utterance in alarming else changed()

    record, _ = found(answer, "wav-24")
    assert (record.false_alarms["gate"].value, record.false_alarms["gate"].asked) == (share, 2)
    assert record.false_alarms["words"].value == 0.0
    assert record.alarms == 2 * share


def test_a_probe_in_which_the_codec_failed_is_noticed_and_judges_nothing():
    def answer(probe):
        return Observed(failure="no more") if probe.step >= 6 else quieter(probe)

    record, rows = found(answer, "quieter")
    failing = [point for point in rows["quieter"].points if point.failed]
    assert failing
    for point in failing:
        assert (point.failed, point.judged, point.right, point.suite.value) == (point.probes, 0, 0, 1.0)
        assert point.verdicts == {Verdict.UNDEFINED: point.probes}
        assert set(point.noticed) == {"gate", "suite alone"}
    sound = [point for point in rows["quieter"].points if point.heard == "d" and not point.failed]
    assert record.power.asked == sum(point.probes for point in sound)


def test_where_it_depends_on_the_codec_no_verdict_is_wrong_and_none_is_counted():
    record, rows = found(lambda _: IDENTICAL, "forgets-decoder-reset", about=subject())
    one = rows["forgets-decoder-reset"]
    (point,) = one.points
    assert (point.probes, point.judged, point.right) == (2, 0, 2)
    assert (record.right_rung, record.power) == (None, None)
    assert one.wirings == ("c/reuse-after-reset", "c/sequential")
    assert one.blind  # none of its setups notices
    assert rows["quieter"].wirings == ()
    _, rows = found(lambda _: Observed(failure="no more"), "forgets-decoder-reset", about=subject())
    assert [point.right for point in rows["forgets-decoder-reset"].points] == [0]


def test_what_breaks_on_an_inaudible_variant_is_told_with_its_utterance():
    made = ran(quieter, "wav-24")
    made.probing.variants = {"heart-04": OverVariants({}, ("it fails", "it is late")), "rms-04": OverVariants({}, ())}
    record = subject_record(made, explain=False, laws=False)
    assert record.broken_variants == ("heart-04: it fails", "heart-04: it is late")


def test_identical_is_right_of_a_probe_in_which_nothing_changed():
    record, rows = found(lambda _: IDENTICAL, "losses", "same-buffer")
    assert all(point.right == point.judged == point.probes for point in rows["losses"].points)
    assert not rows["losses"].blind
    assert [point.right for point in rows["same-buffer"].points] == [0]
    assert rows["same-buffer"].blind
    assert record.power.asked == sum(point.probes for point in rows["same-buffer"].points)
