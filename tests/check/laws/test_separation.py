"""
Sides that touch each other: each is told by the law of its direction and not by that of the other. Rows of a batch that
are spoilt by what fills it up.
"""

import dataclasses
import weakref

import numpy as np
import pytest
from planted import faults
from planted.ends import Places

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.protocol import Side


class Ducks(faults.Sound):
    """What it plays makes it record more softly, as an echo suppressor on the wrong wire does."""

    def wrap(self, instance):
        class Ducking(faults.SoundInstance):
            played = np.float32(0)

            def encode(self, pcm):
                return self.inner.encode(pcm * (1 - np.minimum(self.played, np.float32(0.5))))

            def decode(self, codes):
                pcm = self.inner.decode(codes)
                self.played = np.abs(pcm).max()
                return pcm

        return Ducking(self, instance)


class Follows(faults.Sound):
    """What it records makes it play more softly."""

    def wrap(self, instance):
        class Following(faults.SoundInstance):
            recorded = np.float32(0)

            def encode(self, pcm):
                self.recorded = np.abs(pcm).max()
                return self.inner.encode(pcm)

            def decode(self, codes):
                return self.inner.decode(codes) * (1 - np.minimum(self.recorded, np.float32(0.5)))

        return Following(self, instance)


LAWS = ("encode-leaves-decode", "decode-leaves-encode")


@pytest.mark.parametrize(("codec", "broken"), [(Ducks(), LAWS[1]), (Follows(), LAWS[0])], ids=["ducks", "follows"])
def test_a_side_that_disturbs_the_other_is_told_by_its_direction(codec, broken):
    under_test = subject(codec)
    assert {law: judge(law, under_test).status for law in LAWS} == {
        law: Status.BROKEN if law == broken else Status.HELD for law in LAWS
    }


def test_sides_that_leave_each_other_alone_are_not():
    under_test = subject(faults.Sound())
    assert [judge(law, under_test).status for law in LAWS] == [Status.HELD, Status.HELD]


class Bucketed(faults.Sound):
    """Batches are filled up to the next of *sizes*; from call *after* on, what fills them up goes to row 1."""

    def __init__(self, sizes=(1, 2, 4, 8), after=0):
        super().__init__()
        self.sizes, self.after = sizes, after
        self.info = dataclasses.replace(self.info, tolerance=1e-6)

    def open_batch(self, rows):
        return Bucket(self, [self.open() for _ in range(rows)])


class Bucket:
    def __init__(self, codec, rows):
        self.after, self.rows, self.calls = codec.after, rows, {"encode": 0, "decode": 0}
        self.filled = min(size for size in codec.sizes if size >= len(rows)) - len(rows)

    def encode(self, pcm):
        return self.each("encode", pcm)

    def decode(self, codes):
        return self.each("decode", codes)

    def each(self, verb, given):
        made = np.stack([getattr(row, verb)(one) for row, one in zip(self.rows, given, strict=True)])
        self.calls[verb] += 1
        for _ in range(self.filled * (self.calls[verb] > self.after)):
            getattr(self.rows[1], verb)(given[0].copy())
        return made


@pytest.mark.parametrize(
    ("sizes", "after", "rows"),
    [
        ((1, 2, 4, 8), 0, 3),
        ((1, 2, 4, 8), 20, 3),
        ((1, 2, 3, 4, 8), 0, 5),
        ((1, 2, 3, 4, 5, 6, 8), 0, 7),
        ((1, 2, 3, 5, 8), 20, 4),
    ],
)
def test_a_row_that_is_spoilt_by_what_fills_a_batch_up_is_named(sizes, after, rows):
    finding = judge("batch-rows", subject(Bucketed(sizes, after)))
    assert finding.status is Status.BROKEN
    assert f"row 1 of a batch of {rows}" in finding.observed


def test_a_batch_of_any_size_that_nothing_fills_up_keeps_its_rows():
    finding = judge("batch-rows", subject(Bucketed(tuple(range(1, 9)))))
    assert finding.status is Status.HELD, finding.observed


class Touching(faults.Sound):
    """Streams have the lowest free place; on the call *when*, one resets the one that is *offset* places further on."""

    def __init__(self, when, offset):
        super().__init__()
        self.when, self.offset, self.live = when, offset, weakref.WeakValueDictionary()

    def wrap(self, instance):
        place = next(place for place in range(100) if place not in self.live)
        self.live[place] = made = Placed(self, instance, place)
        self.called("open", place)
        return made

    def called(self, what, place):
        if what == self.when and (other := self.live.get(place + self.offset)) is not None:
            other.inner.reset(Side.BOTH)


class Placed(faults.SoundInstance):
    def __init__(self, touching, inner, place):
        super().__init__(touching, inner)
        self.touching, self.place = touching, place

    def reset(self, side):
        self.inner.reset(side)
        self.touching.called("reset", self.place)

    def close(self):
        if self.touching.live.pop(self.place, None) is not None:
            self.touching.called("close", self.place)


@pytest.mark.parametrize("offset", [-1, 1])
@pytest.mark.parametrize(("when", "told"), [("open", "begins"), ("reset", "is reset"), ("close", "is closed")])
def test_a_stream_that_another_touches_as_it_comes_or_goes_is_told_when(when, told, offset):
    finding = judge("instances-separate", subject(Touching(when, offset)))
    assert finding.status is Status.BROKEN
    assert f"a stream beside which another {told} differ from frame" in finding.observed


def test_streams_that_come_and_go_untouched_are_not_accused():
    for codec in (Touching("never", 1), Places(places=2, declares=True), Places(places=2, declares=False)):
        finding = judge("instances-separate", subject(codec))
        assert finding.status is Status.HELD, finding.observed
