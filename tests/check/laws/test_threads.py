"""Sessions in threads: the embedded codecs are safe; a shared buffer is found, and whose sound is in it."""

import types

import numpy as np
import pytest
from planted.ends import Places, Scratch, Scratched
from planted.slots import Slots

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.laws.threads import ALONE
from harness.check.subject import subject
from harness.codecs.loading import load


@pytest.mark.parametrize("name", ["pcm", "opus", "mini"])
def test_the_embedded_codecs_may_be_used_in_threads(name):
    finding = judge("thread-safe", subject(load(name, {}), frames=6, longest=1.0))
    assert finding.status is Status.HELD, finding


@pytest.mark.parametrize("where", ["encoder", "decoder"])
def test_a_buffer_of_all_instances_is_found_and_the_sessions_are_named(where):
    finding = judge("thread-safe", subject(Scratch(where=where, wait=0.0005), frames=24, longest=1.0))
    assert finding.status is Status.BROKEN
    assert "of 2 sessions at once differ" in finding.observed
    assert ALONE in finding.observed  # the same calls in turn: so it is the threads
    if where == "decoder":  # then samples of the other one come out as they are
        assert "is heard in session" in finding.observed


class OfTheFamily(Scratch):
    """Each instance has a buffer of its own, which its clones share."""

    def open(self):
        family = types.SimpleNamespace(where=self.where, wait=self.wait, buffer=np.zeros_like(self.buffer))
        return Scratched(family, self.inner.open())


@pytest.mark.parametrize("where", ["encoder", "decoder"])
def test_a_buffer_of_an_instance_and_its_clones_is_found(where):
    finding = judge("thread-safe", subject(OfTheFamily(where=where, wait=0.0005), frames=24, longest=1.0))
    assert finding.status is Status.BROKEN
    assert finding.observed.startswith("a session and its clone: ")
    assert ALONE in finding.observed


def test_a_clone_that_is_wrong_in_turn_too_is_left_to_its_own_law():
    class Same(Scratched):
        def clone(self):
            return self

    class Sharing(Scratch):
        def open(self):
            return Same(types.SimpleNamespace(where="neither"), self.inner.open())

    under_test = subject(Sharing(), frames=24, longest=1.0)
    assert judge("clone-independent", under_test).status is Status.BROKEN
    assert judge("thread-safe", under_test).status is Status.HELD


def test_who_does_not_promise_it_is_not_accused():
    class Excused(Scratch):
        @property
        def promises_not(self):
            return {"thread-safe": "one buffer"}

    finding = judge("thread-safe", subject(Excused(wait=0.0005), frames=24, longest=1.0))
    assert finding.status is Status.NOT_PROMISED
    assert finding.observed.startswith("one buffer (observed: ")


def test_as_many_sessions_as_there_is_room_for():
    finding = judge("thread-safe", subject(Places(places=3, declares=True), frames=16, longest=1.0))
    assert finding.status is Status.HELD
    assert "not with 4 sessions: it needs 4 streams at once" in finding.observed


def test_slots_are_looked_at_as_far_as_there_is_room():
    codec = Slots(fault="none")
    codec.capacity = 4
    under_test = subject(codec, frames=16, longest=1.0)
    finding = judge("slots-apart", under_test)
    assert finding.status is Status.HELD
    assert "not with 8 slots (padded): it needs 8 streams at once" in finding.observed
    codec.capacity = 1
    finding = judge("slot-idle", subject(codec, frames=16, longest=1.0))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.observed == "it needs 2 streams at once, and the codec has room for 1"
