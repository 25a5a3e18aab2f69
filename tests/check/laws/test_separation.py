"""Sides that touch each other: each is told by the law of its direction and not by that of the other."""

import numpy as np
import pytest
from planted import faults

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


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
