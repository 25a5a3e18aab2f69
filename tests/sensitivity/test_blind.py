"""A suite is blind for what all listeners hear and it does not notice in half of the probes; no codec is run."""

import pytest
from sensitivity.scripted import IDENTICAL, changed, ran, subject

from harness.sensitivity import catalogue
from harness.sensitivity.blind import audible, audible_half, blind_spots, is_blind
from harness.sensitivity.layers import Observed

MNRU = catalogue.find("mnru")
HEARD = [step for step, letter in enumerate(MNRU.heard) if letter in "d!c"]
NOTICED = {"pesq_wb": 1.5, "stoi": 0.5}


def noticing(steps, share=1.0):
    """Return an answer by which the suite notices *share* of the probes of these steps."""
    turns = {}

    def answer(probe):
        turns[probe.step] = turns.get(probe.step, -1) + 1
        told = probe.step in steps and (turns[probe.step] + 1) * share >= round(turns[probe.step] * share) + 1 - 1e-9
        return changed(**NOTICED) if told else changed()

    return answer


@pytest.mark.parametrize(
    ("answer", "blind"),
    [
        (lambda _: changed(**NOTICED), False),
        (lambda _: changed(), True),
        (
            lambda probe: changed(**NOTICED) if probe.step in HEARD[1:] else changed(),
            True,
        ),  # the subtlest that all hear
        (lambda probe: changed(**NOTICED) if probe.step in HEARD else changed(), False),  # what few hear is not asked
        (lambda _: Observed(failure="decode raised"), False),
    ],
)
def test_what_every_listener_hears_must_be_noticed_at_each_of_its_sizes(answer, blind):
    made = ran(answer, "mnru")
    probed = {probe.step for probe, _ in made.probes("mnru")} & set(HEARD)
    assert probed
    assert is_blind(MNRU, made) is blind or (not blind_spots(made) and set(HEARD) - probed)
    assert [row.name for row in blind_spots(made)] == ["mnru"] * is_blind(MNRU, made)


def test_half_of_the_probes_of_a_size_are_enough_and_fewer_are_not():
    made = ran(lambda _: changed(**NOTICED), "mnru")
    (probe, _) = next(pair for pair in made.probes("mnru") if pair[0].step in HEARD)
    told = [(probe, changed(**NOTICED))]
    other = type(probe)(probe.fault, probe.step, probe.utterance, probe.seed + 1000)
    silent = [(other, changed())]
    third = [(type(probe)(probe.fault, probe.step, probe.utterance, probe.seed + 2000), changed())]
    assert audible_half(MNRU, told, made.judging)
    assert audible_half(MNRU, told + silent, made.judging)
    assert not audible_half(MNRU, told + silent + third, made.judging)
    assert audible_half(MNRU, [], made.judging)


def test_what_was_not_probed_is_no_blind_spot():
    made = ran(lambda _: changed(), "quieter")
    assert made.probes("mnru") == []
    assert not is_blind(MNRU, made)


CLONES = next(row for row in catalogue.FAULTS.values() if row.name == "forgets-decoder-reset")


@pytest.mark.parametrize(
    ("answer", "blind"), [(lambda _: IDENTICAL, True), (lambda _: Observed(failure="it raised"), False)]
)
def test_of_what_shows_in_some_topologies_one_that_notices_is_enough(answer, blind):
    made = ran(answer, CLONES.name, about=subject("opus"))
    assert len(made.probes(CLONES.name)) >= len(made.subject.wirings(CLONES)) > 0
    assert is_blind(CLONES, made) is blind


def test_as_long_as_a_topology_was_not_tried_nothing_is_known():
    made = ran(lambda _: IDENTICAL, "quieter", about=subject("opus"))
    assert made.subject.wirings(CLONES)
    assert not is_blind(CLONES, made)


def test_only_what_all_hear_and_did_not_fail_is_audible():
    made = ran(lambda probe: Observed(failure="died") if probe.step == HEARD[0] else changed(**NOTICED), "mnru")
    steps = {probe.step for probe, _ in audible(made)}
    assert steps <= set(HEARD[1:])
    assert all(observed.failure is None for _, observed in audible(made))


@pytest.mark.parametrize("name", ["losses", "clicks", "too-fast", "codes-flipped"])
def test_a_probe_in_which_nothing_changed_is_nothing_to_hear(name):
    """By chance no frame is lost in a short utterance; to call the suite blind for that would be wrong."""
    row = catalogue.find(name)
    made = ran(lambda _: IDENTICAL, name)
    assert made.probes(name)
    assert audible(made) == []
    assert not is_blind(row, made)
    made = ran(lambda probe: IDENTICAL if probe.seed or probe.utterance == "rms-04" else changed(), name)
    assert is_blind(row, made)


@pytest.mark.parametrize("name", ["same-buffer", "burst-in-pause", "noise-after-speech"])
def test_what_harms_beside_the_samples_or_has_no_place_is_not_excused_by_them(name):
    made = ran(lambda _: IDENTICAL, name)
    assert is_blind(catalogue.find(name), made)
    assert audible(made)
