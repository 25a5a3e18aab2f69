"""Programs in slots find what is wrong with rows, shrink to what a person writes, and leave sound slots in peace."""

import functools

import pytest
from planted.slots import Slots

from harness.check.fuzz.program import parse, text
from harness.check.fuzz.search import search
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.errors import UsageInvalid

SHORTEST = {
    "not-reset": "slots 2\nr1 = join\nencode r1 main 0:1\nreset r1 encoder\nencode r1 main 0:1",
    "keeps-position": "slots 2\nr1 = join\nencode r1 main 0:1\nreset r1 encoder\nencode r1 main 0:1",
    "crossed": "slots 3\nr1 = join\nr2 = join\nr3 = join\ndecode r1 main 0:1, r2 other 0:1, r3 main 1:2",
    "pads-into-last": "slots 3\nr1 = join\nr2 = join\nr3 = join\n"
    "encode r1 main 0:1, r2 other 0:1, r3 main 1:2\nencode r3 main 0:1",
    "last-wins": "slots 2\nr1 = join\nr2 = join\nencode r1 main 0:1, r2 other 0:1",
    "fork-aliases": "slots 2\nr1 = join\nr2 = fork r1\nencode r2 main 0:1\nencode r1 main 0:1",
    "idle-steps": "slots 2\nr1 = join\nr2 = join\nencode r2 main 0:1\nencode r1 main 0:1",
    "abort-steals": "slots 2\nr1 = join\nr2 = join\nleave r2\nr3 = join",
}


@functools.cache
def served(fault):
    return subject(Slots(fault=fault))


@pytest.mark.parametrize("fault", SHORTEST)
def test_a_fault_of_slots_is_found_and_shrunk(fault):
    found = search(served(fault), seeded=3, programs=600, seconds=600)
    assert found.program is not None
    assert len(found.program) <= len(SHORTEST[fault].splitlines())
    assert replay(FreshOutputs(served(fault)), found.program) == found.divergence


@pytest.mark.parametrize("fault", SHORTEST)
def test_the_shortest_program_is_as_a_person_writes_it_and_diverges(fault):
    program = parse(SHORTEST[fault])
    assert text(program) == SHORTEST[fault] + "\n"
    assert replay(FreshOutputs(served(fault)), program) is not None
    assert replay(FreshOutputs(served("none")), program) is None


def test_slots_that_are_right_are_left_in_peace():
    found = search(served("none"), seeded=3, programs=75, seconds=600)
    assert (found.program, found.programs >= 75) == (None, True)


MANY = """slots 4
r1 = join
r2 = join
encode r1 main 0:2, r2 other 1:3
decode r1 main 0:2, r2 other 1:3
r3 = fork r2
encode r3 main 0:1, r1 other 0:1
leave r2
r4 = join
encode r4 main 0:1, r1 other 1:2, r3 main 1:2
decode r4 main 0:1, r3 other 0:1
reset r1 both
encode r1 main 0:1
decode r1 main 0:1
"""


@pytest.mark.parametrize("name", ["mini", "opus", "pcm"])
def test_the_embedded_codecs_keep_a_program_of_all_verbs(name):
    assert replay(FreshOutputs(subject(load(name, {}))), parse(MANY)) is None


def test_a_codec_without_slots_is_not_asked():
    with pytest.raises(UsageInvalid, match="this codec has none"):
        replay(FreshOutputs(subject(load("planted.faults:FreshClone", {}))), parse("slots 2"))
