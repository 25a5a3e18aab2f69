"""Programs become as short as what they show allows; what shows it is a rule here, no codec is run."""

import pytest

from harness.check.parity.program import parse, text
from harness.check.parity.shorten import MOST, shortest

LONG = "".join(f"encode speech {at}:{at + 3}\n" for at in range(0, 30, 3))


def calls(program):
    return text(program).splitlines()


@pytest.mark.parametrize(
    ("program", "needed", "left"),
    [
        (LONG, ["encode speech 12:15"], ["encode speech 12:15"]),
        (f"{LONG}reset decoder\n{LONG}flush\n", ["reset decoder", "flush"], ["reset decoder", "flush"]),
        ("encode speech 0:1\n", ["encode speech 0:1"], ["encode speech 0:1"]),
        ("flush\nflush\nflush\n", ["flush"], ["flush"]),
    ],
)
def test_only_the_calls_that_are_needed_are_left(program, needed, left):
    found = shortest(lambda one: set(calls(one)) >= set(needed), parse(program))
    assert calls(found) == left


@pytest.mark.parametrize(
    ("piece", "frames", "left"),
    [("0:5", {3}, "3:4"), ("2:40", {2, 3}, "2:4"), ("7:9", {7, 8}, "7:9"), ("0:5", {4}, "4:5")],
)
def test_pieces_are_cut_to_the_frames_that_are_needed(piece, frames, left):
    found = shortest(
        lambda one: any(frames <= set(range(call.start, call.stop)) for call in one), parse(f"decode speech {piece}\n")
    )
    assert calls(found) == [f"decode speech {left}"]


def test_the_order_of_calls_stays():
    program = parse("encode speech 0:1\nreset encoder\ndecode lost 0:2\nflush\nrefuse frame-less-one\n")
    found = shortest(lambda one: calls(one)[:1] != ["flush"] and "flush" in calls(one), program)
    assert len(found) == 2
    assert calls(found)[1] == "flush"
    assert found[0].verb in ("encode", "reset", "decode")


def test_only_so_many_are_tried_and_what_is_left_still_parts():
    tried = []

    def parts(program):
        tried.append(program)
        return len(program) >= 150

    found = shortest(parts, parse("flush\n" * 400))
    assert len(tried) <= MOST
    assert 150 <= len(found) < 400


def test_no_program_is_tried_twice():
    tried = []

    def parts(program):
        tried.append(program)
        return False

    shortest(parts, parse("encode speech 0:2\ndecode lost 1:3\nflush\n"))
    assert len(tried) == len(set(tried))
