"""Where laws are checked: a bench in this process says what the subject is and claims nothing of fresh processes."""

import numpy as np
import pytest

from harness.check.bench import Here
from harness.check.finding import Status
from harness.check.subject import Subject
from harness.codecs.loading import load_sealed

NOISE = np.random.default_rng(1).uniform(-0.3, 0.3, 16_000).astype(np.float32)


def bench(adapter, **options):
    return Here(Subject(load_sealed(adapter, options), NOISE, NOISE[::-1].copy(), frames=40))


def test_it_shows_the_codec_that_lies_on_it():
    here = bench("pcm")
    assert here.info.name == "pcm"
    assert here.obstacle() is None
    assert here.judge("counts").status is Status.HELD
    assert "40 frames" in here.covered


def test_a_codec_whose_plain_stream_fails_has_an_obstacle_that_says_why():
    found = bench("planted.faults:RaisesHalfWay").obstacle()
    assert found is not None
    assert "decode" in found


def test_this_process_is_not_fresh_so_nothing_is_told_of_first_instances_or_of_wavering():
    here = bench("planted.faults:Noisy")
    assert (here.unlike_at_first(), here.remembered(), here.wavering()) == (None, None, None)


@pytest.mark.parametrize(("adapter", "alike"), [("pcm", True), ("planted.faults:Noisy", False)])
def test_equal_streams_have_equal_digests_exactly_if_the_codec_repeats(adapter, alike):
    one, again, other = bench(adapter).digests(["main", "main", "other"])
    assert (one == again) is alike
    assert one != other
