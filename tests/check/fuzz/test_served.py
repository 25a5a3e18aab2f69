"""Streams in slots: a row gives what a fresh instance with its history does; what cannot be is refused."""

import functools

import numpy as np
import pytest
from planted.slots import Slots

from harness.check.fuzz.program import parse
from harness.check.fuzz.served import Served
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.errors import CodecFailed, UsageInvalid


@functools.cache
def served(fault):
    return subject(Slots(fault=fault))


def ran(lines, fault="none", rows=3):
    """Take the steps in slots; return the slots and what was said of the last step."""
    under_test = served(fault)
    slots, said = Served(under_test.codec, under_test, FreshOutputs(under_test), rows), None
    for step in parse(f"slots {rows}\n{lines}")[1:]:
        said = slots.apply(step)
    return slots, said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("r1 = join", "no slots, or no such stream in them"),
        ("slots 2\nleave r1", "no slots, or no such stream in them"),
        ("slots 2\nr1 = join\nr2 = join\nr3 = join", "all 2 slots are taken"),
        ("slots 2\nr1 = join\nr2 = join\nencode r1 main 0:1, r2 main 0:2", "pieces of one length"),
        ("slots 2\nr1 = join\nencode r1 main 0:1, r1 other 0:1", "one for each stream"),
        ("slots 2\nr1 = join\nmisuse r1", "r1 is a stream in a slot; wanted an instance"),
    ],
)
def test_a_program_that_makes_no_sense_is_refused(lines, said):
    with pytest.raises(UsageInvalid, match=said):
        replay(FreshOutputs(served("none")), parse(lines))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("r1 = join\nencode r2 main 0:1", "no stream 'r2' in the slots at this point"),
        ("r1 = join\nr2 = join\nr3 = join\nr4 = fork r1", "all 3 slots are taken"),
        ("r1 = join\nleave r1\nreset r1 both", "no stream 'r1' in the slots at this point"),
    ],
)
def test_a_stream_that_is_not_there_takes_no_call(lines, said):
    with pytest.raises(UsageInvalid, match=said):
        ran(lines)


def test_steps_are_taken_if_they_are_about_a_stream_in_the_slots():
    slots, _ = ran("r1 = join")
    about = {str(step): slots.takes(step) for step in parse("a = open\nb = clone a\nr2 = fork r1\nr3 = join\nleave r1")}
    assert about == {"a = open": False, "b = clone a": False, "r2 = fork r1": True, "r3 = join": True, "leave r1": True}


def test_a_row_is_free_again_when_its_stream_has_left_and_is_as_new_for_the_next():
    lines = "r1 = join\nencode r1 main 0:2\ndecode r1 main 0:2\nleave r1\nr2 = join\nencode r2 main 0:1"
    assert ran(lines)[1] is None
    assert ran(f"{lines}\ndecode r2 main 0:1")[1] is None


def test_a_fork_has_the_past_of_its_source_and_then_one_of_its_own():
    lines = "r1 = join\ndecode r1 main 0:1\nr2 = fork r1\ndecode r2 main 1:2\ndecode r1 other 1:2, r2 other 2:3"
    assert ran(lines)[1] is None
    said = ran("r1 = join\nr2 = fork r1\nencode r2 main 0:1\nencode r1 main 0:1", "fork-aliases")[1]
    assert said is not None
    assert said.endswith("a fresh instance that was given the same (nothing) gives otherwise")


def test_a_reset_of_one_side_forgets_the_past_of_that_side_alone():
    lines = "r1 = join\nencode r1 main 0:1\ndecode r1 main 0:1\nreset r1 encoder\nencode r1 main 0:1"
    assert ran(f"{lines}\ndecode r1 main 1:2")[1] is None
    said = ran(lines, "not-reset")[1]
    assert said is not None
    assert said.startswith("codes of stream r1 in row 0")


def test_of_several_rows_that_are_off_the_first_named_is_told_with_its_past():
    lines = "r1 = join\nr2 = join\nr3 = join\ndecode r1 main 0:1, r2 other 0:1, r3 main 1:2"
    said = ran(lines, "crossed")[1]
    assert said is not None
    assert said.startswith("PCM of stream r1 in row 0 differs from frame 0 on")
    other = ran(lines.replace("r1 main 0:1, r2 other 0:1", "r2 other 0:1, r1 main 0:1"), "crossed")[1]
    assert other is not None
    assert other.startswith("PCM of stream r2 in row 1")


def test_a_row_that_is_taken_is_no_row_for_another_stream():
    with pytest.raises(CodecFailed, match=r"join returned row 1, wanted a free one of \[0, 2\]"):
        ran("r1 = join\nr2 = join\nleave r1\nr3 = join", "abort-steals")


def test_another_number_of_rows_than_was_opened_is_told(monkeypatch):
    slots, _ = ran("r1 = join")
    monkeypatch.setattr(slots._slots, "decode", lambda _codes, _active: np.zeros((2, 320), np.float32))
    with pytest.raises(CodecFailed, match=r"a call with 1 of 3 rows returned \(2,\) rows, wanted 3"):
        slots.apply(parse("slots 3\ndecode r1 main 0:1")[1])


def test_a_real_codec_in_slots_is_as_it_is_alone():
    program = "slots 2\nr1 = join\nr2 = join\nencode r1 main 0:1, r2 other 0:1\nreset r1 both\ndecode r1 main 0:1"
    assert replay(FreshOutputs(subject(load("pcm", {}))), parse(program)) is None
