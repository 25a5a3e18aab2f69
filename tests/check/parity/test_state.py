"""What two implementations keep over an event is told from each held against itself, whatever their arithmetic."""

import json

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.check.parity.program import parse
from harness.check.parity.state import Kept, kept

DELTA = "planted.ports:Delta"
LOST = "decode speech 4:5\ndecode lost 5:6\ndecode speech 6:9\n"
RESET = "decode speech 4:5\nreset decoder\ndecode speech 6:9\n"


def found(program: str, *, port: str, reference: str = "") -> Kept | None:
    first, second = (Implementation(DELTA, json.dumps({"faults": faults})) for faults in (reference, port))
    with Player(first, 60) as one, Player(second, 60) as other:
        return kept(paired(one, other, None, None), parse(program))


def test_other_arithmetic_alone_is_no_difference_of_state() -> None:
    assert found(LOST, port="scale sign") is None
    assert found(RESET, port="scale sign") is None


@pytest.mark.parametrize(("fault", "program", "event"), [("loss", LOST, "lost"), ("reset", RESET, "reset decoder")])
def test_what_is_kept_is_told_through_other_arithmetic(fault: str, program: str, event: str) -> None:
    here = found(program, port=f"scale sign {fault}")
    assert here is not None
    assert here.kind[0] == event
    assert here.words.endswith("this one does not")
    assert (here.call, here.frame) == (2, 1 if fault == "reset" else 2)


def test_the_reference_may_be_the_one_that_keeps_it() -> None:
    here = found(RESET, port="", reference="reset")
    assert here is not None
    assert here.words == "after `reset decoder` this one decodes as a fresh instance does, the reference does not"


def test_the_side_is_named_that_keeps_something():
    here = found(
        "decode speech 4:5\nreset both\nencode speech 5:6\nencode speech 6:7\ndecode speech 6:7\n", port="reset"
    )
    assert here is not None
    assert here.words == "after `reset both` the reference decodes as a fresh instance does, this one does not"
    assert (here.call, here.frame) == (4, 1)


def test_a_reset_that_reaches_the_other_side_is_told_as_that():
    here = found("encode speech 4:5\nreset decoder\nencode speech 5:6\ndecode speech 6:7\n", port="both scale")
    assert here is not None
    assert here.words == "after `reset decoder` the reference encodes as if that had not been, this one does not"
    assert (here.call, here.frame) == (2, 1)


def test_one_that_is_not_the_same_twice_is_told_as_that_and_not_as_one_that_keeps_something() -> None:
    first, second = Implementation("opus", "{}"), Implementation("planted.faults:Noisy", "{}")
    with Player(first, 60) as one, Player(second, 60) as other:
        here = kept(paired(one, other, None, None), parse(RESET))
    assert here is not None
    assert here.words == "this one does not decode the same when it is given the same calls again"
    assert here.kind == ("again", "this one", "decode")


def test_an_event_with_nothing_after_it_tells_nothing() -> None:
    assert found("decode speech 4:5\nreset decoder\n", port="reset") is None
