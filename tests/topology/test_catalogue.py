"""The standard topologies by name: what each must be, and families of them within their bounds."""

import re

import pytest

from harness.errors import SuiteInvalid
from harness.record import Verdict
from harness.topology.catalogue import FAMILIES, SLOT_EVENTS, TOPOLOGIES, find
from harness.topology.model import Topology

EVERY = {**{name: find(name) for name in TOPOLOGIES}, **{one.example: find(one.example) for one in FAMILIES.values()}}


def test_each_is_either_good_or_bad_and_says_what_it_is():
    for name, entry in EVERY.items():
        bounds = entry.expectation.at_least, entry.expectation.at_most
        assert bounds.count(None) == 1, name
        assert Verdict.UNDEFINED not in bounds
        assert entry.topology.about


def test_no_two_are_wired_alike():
    wired = {name: entry.topology.model_copy(update={"about": ""}) for name, entry in EVERY.items()}
    twice = {name: other for name in wired for other in wired if name < other and wired[name] == wired[other]}
    assert twice == {}
    assert wired["shared"] == Topology()


def test_a_control_that_is_bad_is_no_better_than_altered():
    worst = {name: entry.expectation.at_most for name, entry in EVERY.items() if entry.expectation.at_most is not None}
    assert {"dirty-clone", "cross-talk", "stateless", "slot-reuse-dirty-4", "turn-reset-2"} <= worst.keys()
    assert {*worst.values()} == {Verdict.ALTERED, Verdict.DEGRADED}


def test_the_example_of_a_family_is_of_that_family_alone():
    for family in FAMILIES.values():
        assert [one for one in FAMILIES.values() if re.fullmatch(one.pattern, family.example)] == [family]


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("chunked-7", "chunk", 7),
        ("chunked-9999", "chunk", 9999),
        ("turn-reset-50", "chunk", 50),
        ("windowed-5", "decoder.left_context", 5),
        ("windowed-encoder-12", "encoder.left_context", 12),
        ("batched-64", "batch", 64),
        ("slot-idle-2", "slots.rows", 2),
        ("concurrent-3", "sessions.how", "at-once"),
        ("in-turn-3", "sessions.how", "in-turn"),
        ("reset-sparing-upsample.conv", "decoder.spares", "upsample.conv"),
    ],
)
def test_the_number_in_a_name_is_what_it_is_made_with(name, part, value):
    found = find(name).topology
    for key in part.split("."):
        found = getattr(found, key)
    assert found == value


@pytest.mark.parametrize(
    "name",
    ["chunked-0", "chunked-10000", "chunked-07", "chunked-", "batched-1", "batched-65", "slot-idle-1", "slot-sleep-4",
     "concurrent-65", "in-turn-1", "windowed-0", "reset-sparing-", "Shared", ""],
)  # fmt: skip
def test_beyond_the_bounds_of_a_family_there_is_none(name):
    with pytest.raises(SuiteInvalid, match=f"topology '{name}' is unknown; .*wanted one of shared, .*chunked-N"):
        find(name)


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(SuiteInvalid, match=r"did you mean 'cloned-decoder'\?"):
        find("cloned-decodr")


def test_only_a_slot_that_is_not_reset_is_bad():
    bad = [event for event in SLOT_EVENTS if find(f"slot-{event}-4").expectation.at_most is not None]
    assert bad == ["reuse-dirty"]
