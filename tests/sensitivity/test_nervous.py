"""Tolerances that benign changes move further than they allow are told, with what to set and at what price."""

from sensitivity.scripted import changed, ran, subject

from harness.record import Measurement
from harness.sensitivity import catalogue
from harness.sensitivity.layers import Observed
from harness.sensitivity.nervous import alarms, beyond, nervous

QUIETER = catalogue.find("quieter")


def answer(**benign):
    """Return what comes of a probe: `quieter` is as much quieter as it says; benign changes move *benign*."""

    def told(probe):
        return changed(gain_db=-QUIETER.sizes[probe.step]) if probe.fault == "quieter" else changed(**benign)

    return told


def tight(answered, *, variants=0, **tolerances):
    speech = {"utterances": ["heart-04", "rms-04"], "variants": variants}
    return ran(answered, "quieter", "wav-24", about=subject("pcm", tolerances=tolerances, speech=speech))


def test_nothing_is_to_be_changed_where_no_benign_change_alarms():
    assert nervous(tight(answer(gain_db=0.99))) == []
    assert nervous(ran(answer(), "quieter")) == []  # and where none was probed


def test_variants_come_first_and_then_the_tolerance_that_is_out_of_reach():
    varied, widened = nervous(tight(answer(gain_db=0.05), gain_change=0.02))
    assert varied.what.startswith("set [speech] variants = 8: ")
    assert widened.what == "widen [tolerances] gain_change = 0.1 (not 0.02): 2 times what benign changes move there"
    assert (varied.kind, widened.kind) == ("speech", "tolerance")
    assert varied.stops == widened.stops == 2
    assert varied.closes == ()


def test_a_suite_that_asks_for_all_variants_is_told_of_tolerances_alone():
    assert [one.kind for one in nervous(tight(answer(gain_db=0.05), gain_change=0.02, variants=8))] == ["tolerance"]


def test_the_price_is_what_all_hear_and_is_then_not_noticed():
    (_, widened) = nervous(tight(answer(gain_db=2.0), gain_change=1.0))
    assert "gain_change = 4 (not 1)" in widened.what
    assert widened.proof.startswith("0 of 2 benign probes judged so are false alarms; of 3 faults that every listener")
    assert widened.proof.endswith("it still notices 1")  # that of 12 dB, and not those of 2


def test_only_tolerances_that_are_needed_are_widened():
    (*_, widened) = nervous(tight(answer(gain_db=0.05, delay_ms=0.9), gain_change=0.02))
    assert "gain_change" in widened.what
    assert "delay_change" not in widened.what  # it would be wider too, and stops nothing
    (*_, both) = nervous(tight(answer(gain_db=0.05, delay_ms=0.9), gain_change=0.02, delay_change=0.5))
    assert "gain_change = 0.1 (not 0.02)" in both.what
    assert "delay_change = 1.8 (not 0.5)" in both.what


def test_an_alarm_that_no_tolerance_makes_has_no_advice_on_tolerances():

    def answered(probe):
        return Observed(failure="no more") if probe.fault == "wav-24" else changed(gain_db=0.9)

    found = ran(answered, "wav-24", "flac-16", about=subject("pcm"))
    assert beyond(found, found.harmless)["gain_change"] == 1.8  # which is wider, and stops nothing
    assert alarms(found.judging, found.harmless) == 2
    assert nervous(found) == []


def test_limits_are_twice_what_was_moved_of_the_furthest_probe_to_two_digits():
    found = tight(answer())
    moved = [(probe, changed(gain_db=gain)) for (probe, _), gain in zip(found.harmless, (-0.123456, 0.1), strict=True)]
    limits = beyond(found, moved)
    assert limits["gain_change"] == 0.25
    assert beyond(found, moved[1:])["gain_change"] == 0.2
    assert limits["plain_level"] == 0.1  # as it was: the level against the speech did not move
    assert beyond(found, []) == {}
    undefined = Observed(measured={"level_db": Measurement.missing("silent")}, held=changed().held)
    assert "plain_level" not in beyond(found, [(found.harmless[0][0], undefined)])
