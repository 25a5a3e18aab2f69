"""What a machine of the search writes down before a step, counts, and keeps of a divergence."""

import time

import pytest
from hypothesis.stateful import rule

from harness.check.fuzz.machine import Log, Programs
from harness.check.fuzz.program import parse, text
from harness.check.fuzz.world import Diverged, FreshOutputs
from harness.check.subject import subject
from harness.codecs.loading import load

PROGRAM = "a = open\ndecode a main 0:1\nb = clone a\ndecode b main 0:1\n"


@pytest.fixture
def machine(tmp_path):
    """Return a machine of a codec whose clones are fresh, with so many seconds left."""

    def made(seconds=60.0, adapter="planted.faults:FreshClone"):
        class Machine(Programs):
            oracle = FreshOutputs(subject(load(adapter, {})))
            log = Log(time.perf_counter() + seconds, tmp_path / "journal")

            @rule()
            def nothing(self):
                """Hypothesis wants one."""

        return Machine

    return made


def take(machine, lines=PROGRAM):
    for step in parse(lines):
        machine.step(step)


def test_the_program_that_diverged_is_kept_with_what_diverged(machine):
    kind = machine()
    with pytest.raises(Diverged) as raised:
        take(kind())
    assert text(kind.log.failed) == PROGRAM
    assert kind.log.divergence == str(raised.value)
    assert kind.log.programs == 1


def test_a_step_is_written_down_before_it_is_taken(machine, tmp_path):
    kind = machine(adapter="pcm")
    running, seen = kind(), []
    apply = running.world.apply

    def looking(step):
        seen.append((tmp_path / "journal").read_text())
        apply(step)

    running.world.apply = looking
    take(running)
    assert seen == ["".join(PROGRAM.splitlines(keepends=True)[:steps]) for steps in range(1, 5)]
    assert kind.log.failed is None


def test_each_machine_begins_anew_and_is_counted(machine):
    kind = machine(adapter="pcm")
    for _ in range(3):
        take(kind())
    assert kind.log.programs == 3


def test_who_comes_too_late_takes_no_step_and_does_not_count(machine, tmp_path):
    kind = machine(seconds=-1)
    take(kind())
    assert (kind.log.programs, kind.log.failed) == (0, None)
    assert not (tmp_path / "journal").exists()
