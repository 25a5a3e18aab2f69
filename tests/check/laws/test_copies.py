"""Laws about clones, snapshots and `state()`: each way of sharing or losing memory is told, and by the law about it."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject

LAWS = ("clone-continues", "clone-independent", "late-copies", "snapshot-restores", "state-is-copied")


class Adding(faults.Sound):
    """PCM whose decoder adds half of the frame before; *fault* is what is wrong with its copies."""

    def __init__(self, fault="none"):
        super().__init__("pcm")
        self.fault = fault
        self.info = dataclasses.replace(self.info, stateful=True, context=None, fingerprint=f"adding:{fault}")

    def wrap(self, instance):
        return AddingInstance(self, instance, np.zeros(self.info.frame_size, np.float32))


class AddingInstance(faults.SoundInstance):
    codec: Any
    source: Any

    def __init__(self, codec, inner, past):
        super().__init__(codec, inner)
        self.past, self.frames, self.source = past, 0, None

    def encode(self, pcm):
        if self.codec.fault == "encoding-counts":
            self.past[0] += 1
        return self.inner.encode(pcm)

    def decode(self, codes):
        out = []
        for frame in self.inner.decode(codes).reshape(-1, len(self.past)):
            out.append(frame + np.float32(0.5) * self.past)
            self.past[:] = frame
            self.frames += 1
            if self.source is not None and self.codec.fault == "clone-writes":
                self.source.past[:] = frame
        return np.concatenate(out)

    def reset(self, side):
        if side != "encoder":
            self.past[:] = 0

    def clone(self):
        if self.codec.fault == "clone-moves":
            self.past[:] = 0
        again = self.source is not None  # a clone of a clone
        shared = self.codec.fault == "clone-shares" or (self.codec.fault == "clone-of-clone-shares" and again)
        forgets = self.codec.fault == "clone-forgets" or (self.codec.fault == "clone-forgets-late" and self.frames > 50)
        copy = AddingInstance(self.codec, self.inner, self.past if shared else self.past.copy() * (not forgets))
        copy.source = self
        return copy

    def snapshot(self):
        return self.past if self.codec.fault == "snapshot-alive" else self.past.copy()

    def restore(self, snapshot):
        self.past = snapshot if self.codec.fault == "restore-keeps" else snapshot.copy()
        if self.codec.fault == "restored-once":
            snapshot[:] = 0

    def state(self):
        name = "past" if self.codec.fault == "names" else "decoder/past"
        return {name: self.past if self.codec.fault == "state-alive" else self.past.copy()}


def found(fault):
    under_test = subject(Adding(fault), frames=8, longest=2)
    return {law: judge(law, under_test) for law in LAWS}


@pytest.mark.parametrize(
    ("fault", "laws", "words"),
    [
        ("clone-forgets", LAWS[:3], "PCM of a clone made after 4 frames differs from frame 4 on"),
        ("clone-shares", LAWS[:3], "PCM of the original of a clone made after 0 frames differs from frame 0 on"),
        ("clone-of-clone-shares", LAWS[1:2], "PCM of a clone of a clone, used in turn with it, differs from frame 5"),
        ("clone-writes", LAWS[:2], "PCM of the original of a clone made after 0 frames differs from frame 0 on"),
        ("clone-moves", LAWS[:3], "PCM of a clone made after 4 frames differs from frame 4 on"),
        ("clone-forgets-late", LAWS[2:3], "PCM of a clone made after 92 frames, used in turn with its original,"),
        ("snapshot-alive", LAWS[2:4], "PCM of an instance rewound to frame 92 differs from frame 92 on"),
        ("restore-keeps", LAWS[3:4], "PCM of another instance that was given the snapshot differs from frame 4 on"),
        ("restored-once", LAWS[3:4], "PCM of another instance that was given the snapshot differs from frame 4 on"),
        ("state-alive", LAWS[4:], "state() is not a copy: decoder/past changed in the caller's hands during the next"),
        ("names", LAWS[4:], "state() names 'past'; names begin with encoder/ or decoder/"),
    ],
)
def test_each_fault_is_told_by_the_laws_about_it_alone(fault, laws, words):
    judged = found(fault)
    broken = {law for law, finding in judged.items() if finding.status is Status.BROKEN}
    assert broken == set(laws), {law: judged[law].observed for law in broken}
    assert words in judged[laws[0]].observed


def test_a_sound_codec_keeps_them_all():
    assert {finding.status for finding in found("none").values()} == {Status.HELD}


def test_a_call_that_changes_the_state_of_the_other_side_is_told():
    finding = found("encoding-counts")["state-is-copied"]
    assert finding.status is Status.BROKEN
    assert finding.observed == "a call on the encoder side changed decoder/past"


def test_a_codec_without_snapshots_or_state_is_not_asked():
    class Bare(faults.SoundInstance):
        def state(self):
            return {}

    class Stateful(faults.Sound):
        def wrap(self, instance):
            return Bare(self, instance)

    under_test = subject(Stateful(), frames=8, longest=2)
    said = {law: judge(law, under_test) for law in ("snapshot-restores", "state-is-copied")}
    assert {finding.status for finding in said.values()} == {Status.NOT_APPLICABLE}
    assert [finding.observed for finding in said.values()] == [
        "instances have no snapshot and restore",
        "state() shows nothing",
    ]
