"""A delay that is not the declared one, for a while or more and more, is told."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults
from planted.innocent import Vocoder

from harness.audio.waveform import Samples
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


def found(codec, longest):
    return judge("delay", subject(codec, longest=longest))


class Read(faults.Sound):
    """What is decoded is read at *places*, which are samples, as are their arguments."""

    def __init__(self, places):
        super().__init__("pcm")
        self.places = places
        self.info = dataclasses.replace(self.info, stateful=True)

    def wrap(self, instance):
        return Reading(self, instance)


class Reading(faults.SoundInstance):
    codec: Any
    held: Samples = np.zeros(0, np.float32)

    def decode(self, codes):
        done = len(self.held)
        self.held = np.concatenate([self.held, self.inner.decode(codes)])
        places = self.codec.places(np.arange(done, len(self.held)))
        return np.interp(places, np.arange(len(self.held)), self.held).astype(np.float32)


def test_a_clock_that_is_off_is_told_as_drift():
    finding = found(Read(lambda at: at / 1.002), longest=10)
    assert finding.status is Status.BROKEN
    assert "the delay changes by" in finding.observed


def test_a_delay_that_grows_only_at_the_beginning_is_told():
    finding = found(Read(lambda at: at - np.minimum(at // 320, 60)), longest=30)
    assert finding.status is Status.BROKEN
    assert finding.observed == "decoded speech lags by 60 samples from 4 s on, declared are 0"


@pytest.mark.parametrize("where", [(260, 310), (400, 450)])
def test_a_delay_that_is_off_for_a_second_is_found(where):
    finding = found(Read(lambda at: at - 480 * ((at >= 320 * where[0]) & (at < 320 * where[1]))), longest=30)
    assert finding.status is Status.BROKEN
    assert "where the same is said, differs by 480 samples" in finding.observed


def test_the_periods_at_which_a_vocoder_is_alike_are_no_drift():
    finding = found(Vocoder(), longest=30)
    assert finding.status is Status.HELD, finding.observed
