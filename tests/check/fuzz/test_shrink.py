"""What is left of a program has no step that could be spared or be plainer; what diverges is a rule here."""

import functools

import pytest

from harness.check.fuzz.program import parse, text
from harness.check.fuzz.shrink import diverges, shrink
from harness.check.fuzz.world import FreshOutputs
from harness.check.subject import subject
from harness.codecs.loading import load


def shrunk(lines, *needed):
    """Shrink a program that diverges as long as it has all of the words *needed*, in this order."""

    def fails(program):
        rest = text(program)
        for word in needed:
            _, found, rest = rest.partition(word)
            if not found:
                return False
        return True

    program, _ = shrink(fails, parse(lines))
    assert fails(program)
    return text(program).splitlines()


@pytest.mark.parametrize(
    ("lines", "needed", "left"),
    [
        ("a = open\nencode a main 0:9\ndecode a main 0:1\nencode a other 2:4", ["encode"], ["encode a main 0:1"]),
        ("a = open\nencode a other 4:6\nreset a both", ["encode", "reset"], ["encode a main 0:1", "reset a encoder"]),
        ("encode a other 4:6", ["other"], ["encode a other 0:1"]),
        ("reset a decoder", ["reset"], ["reset a decoder"]),
        ("windowed main 7:9 past 4", ["windowed"], ["windowed main 0:1 past 0"]),
        ("windowed other 7:9 past 4", ["7:9"], ["windowed other 7:9 past 0"]),
        ("batch 8 main 0:1", ["batch"], ["batch 2 main 0:1"]),
        ("slots 5\nr1 = join\nr2 = fork r1", ["slots", "r2 ="], ["slots 2", "r2 = join"]),
        ("encode r1 main 0:1, r2 other 3:4, r3 main 0:1", ["r3"], ["encode r3 main 0:1"]),
        ("encode r1 main 0:1, r2 other 3:4", ["r1", "r2"], ["encode r1 main 0:1, r2 other 3:4"]),
        (
            "a = open\ns = snapshot a\nencode a main 0:1\nrestore a s",
            ["snap", "rest"],
            ["s = snapshot a", "restore a s"],
        ),
    ],
)
def test_what_is_left_is_as_plain_as_it_can_be(lines, needed, left):
    assert shrunk(lines, *needed) == left


def test_two_steps_that_can_only_go_together_go():
    pair = {"a = open", "b = clone a"}
    program, _ = shrink(
        lambda one: len(pair & set(map(str, one))) in (0, 2) and "flush a" in map(str, one),
        parse("a = open\nflush a\nb = clone a"),
    )
    assert text(program) == "flush a\n"


def test_two_instances_become_one_where_one_will_do():
    oracle = FreshOutputs(subject(load("planted.faults:ResetsBothSides", {})))
    long = parse(
        "a = open\nb = clone a\ndecode b other 1:3\nmisuse a\nreset b both\nreset b encoder\ndecode b main 0:2\n"
        "reset b encoder\ndecode b main 0:1"
    )
    program, _ = shrink(functools.partial(diverges, oracle), long)
    assert text(program) == "a = open\ndecode a main 0:1\nreset a encoder\ndecode a main 0:1\n"


def test_a_program_of_one_step_stays_and_none_becomes_empty():
    assert shrunk("flush a", "flush") == ["flush a"]


@pytest.mark.parametrize(
    "lines", ["encode a main 0:1", "a = open\nrestore a s", "r1 = join", "windowed main 0:1 past 3"]
)
def test_what_makes_no_sense_any_more_does_not_diverge(lines):
    assert not diverges(FreshOutputs(subject(load("pcm", {}))), parse(lines))


def test_only_what_differs_from_a_fresh_instance_diverges():
    lines = parse("a = open\ndecode a main 0:1\nb = clone a\ndecode b main 0:1")
    assert diverges(FreshOutputs(subject(load("planted.faults:FreshClone", {}))), lines)
    assert not diverges(FreshOutputs(subject(load("opus", {}))), lines)
