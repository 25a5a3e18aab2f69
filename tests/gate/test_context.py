"""What is the same for all cells of a comparison: what was accepted for each, and how the machines differ."""

from gate.accepted_cells import MACHINE, context


def test_what_was_accepted_is_found_by_setup_and_utterance_and_else_nothing():
    found = context()
    accepted = found.accepted("mine/shared", "one")
    assert accepted is not None
    assert accepted.pcm == "c" * 16
    assert found.accepted("mine/shared", "nobody") is None
    assert found.accepted("mine/other", "one") is None


def test_machines_differ_in_what_either_has():
    assert context().other_machine == ""
    assert context(machine=MACHINE | {"torch": "2"}).other_machine == "torch None -> 2"
    assert context(machine={}).other_machine == "architecture x86_64 -> None"
    both = context(machine={"architecture": "arm", "a": "1"}).other_machine
    assert both == "a None -> 1, architecture x86_64 -> arm"
