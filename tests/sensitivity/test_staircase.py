"""The staircase finds each layer's threshold with few probes, and asks nothing twice without need."""

import math

import pytest

from harness.sensitivity.layers import Layer
from harness.sensitivity.staircase import ORDER, next_step, noticed_share, threshold

STEPS = 9


def climbed(thresholds: dict[Layer, int], audible_from: int | None, wanted: int = 1) -> dict[int, list[dict]]:
    """Return what is probed of a fault that each layer notices from its own size on."""
    found: dict[int, list[dict]] = {}
    while (step := next_step(found, STEPS, audible_from, wanted)) is not None:
        found.setdefault(step, []).append({layer: step >= at for layer, at in thresholds.items()})
        assert sum(map(len, found.values())) < 60
    return found


@pytest.mark.parametrize("at", range(STEPS + 1))
@pytest.mark.parametrize("audible_from", [None, 0, 4, 8])
def test_it_finds_the_threshold_wherever_it_is(at: int, audible_from: int | None):
    found = climbed(dict.fromkeys(ORDER, at), audible_from)
    assert threshold(found, Layer.GATE) == (at if at < STEPS else None)
    assert at in (0, STEPS) or {at - 1, at} <= set(found)


def test_it_finds_a_threshold_for_each_layer():
    wanted = {layer: place for place, layer in enumerate(ORDER)}
    found = climbed(wanted, 4)
    assert {layer: threshold(found, layer) for layer in ORDER} == wanted


def test_it_needs_few_probes():
    sizes = [len(climbed(dict.fromkeys(ORDER, at), 4)) for at in range(STEPS)]
    assert max(sizes) <= 2 + math.ceil(math.log2(STEPS))


def test_the_size_that_all_hear_is_probed_first_and_as_often_as_wanted():
    found = climbed(dict.fromkeys(ORDER, 2), 4, wanted=8)
    assert next_step({}, STEPS, 4, 8) == 4
    assert len(found[4]) == 8


def test_a_layer_that_is_not_asked_has_no_share():
    assert noticed_share([{Layer.PESQ: None}], Layer.PESQ) is None
    assert threshold({0: [{Layer.PESQ: None}]}, Layer.PESQ) is None


def test_a_gap_in_what_is_noticed_ends_the_threshold():
    found = {step: [{Layer.GATE: told}] for step, told in enumerate([True, False, True, True])}
    assert threshold(found, Layer.GATE) == 2


@pytest.mark.parametrize("failing", [range(5, STEPS), range(4, STEPS), range(STEPS), range(3, 5)])
def test_sizes_at_which_the_codec_fails_are_not_probed_over_and_over(failing: range):
    found: dict[int, list[dict]] = {}
    while (step := next_step(found, STEPS, 4, 1)) is not None:
        told = dict.fromkeys(ORDER, None if step in failing else step >= 2)
        found.setdefault(step, []).append(told | {Layer.GATE: step >= 2, Layer.SUITE: step >= 2})
    assert max(map(len, found.values())) <= 3
    assert sum(map(len, found.values())) <= 10
