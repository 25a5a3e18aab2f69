"""What comes of an utterance again and again on fresh instances, after others or after a reset."""

from dataclasses import replace

import numpy as np
import pytest
from planted.faults import Sound
from planted.unsteady import AfterOthers

from harness.audio.speech import load
from harness.codecs.opening import open_codec
from harness.codecs.spec import CodecSpec
from harness.errors import TriedAgain
from harness.explain.repeats import ResetAtOpen
from harness.runs.again import again, apart
from harness.runtime.resources import fixture
from harness.topology.setup import Configuration
from harness.topology.trace import Trace

SPOKEN = tuple(load(fixture("speech"))[:2])


def of(adapter, order, spoken=SPOKEN, **options):
    spec = CodecSpec(name="c", adapter=adapter, options=options)
    return again(Configuration(codec=spec), spoken, order, open_codec(spec).info)


@pytest.mark.parametrize(("order", "count"), [("m", 1), ("mm", 2), ("mom", 2), ("orm", 2), ("mrmo", 3)])
def test_only_what_comes_of_the_utterance_is_returned_and_a_sound_codec_gives_the_same(order, count):
    found = of("opus", order)
    assert len(found.outputs) == count
    assert len(set(found.outputs)) == 1
    assert (found.largest, found.declared) == (0.0, "")
    assert found.first.beside == ()


def test_what_is_not_the_same_twice_is_told_with_how_far_it_is_apart():
    found = of("planted.faults:Unrepeatable", "mm")
    assert len(set(found.outputs)) == 2
    assert found.largest > 0


def test_what_another_stream_leaves_shows_after_it_only_and_a_reset_takes_it_away():
    found = of("planted.faults:Pooled", "morm")
    assert found.outputs[0] == of("planted.faults:Pooled", "m").outputs[0]
    assert found.outputs[1] == found.outputs[0]  # reset first


def test_an_utterance_that_is_its_own_other_speech_is_followed_by_itself_backwards(monkeypatch):
    """Else nothing else would have been said in between."""
    one = SPOKEN[0]
    monkeypatch.setattr(AfterOthers, "heard", set())
    found = of("planted.unsteady:AfterOthers", "mom", (one, one))
    assert len(set(found.outputs)) == 2


def traced(pcm, codes=None):
    given = np.zeros((1, 2), np.int64) if codes is None else np.array(codes)
    return Trace(given, given, np.array(pcm, np.float32), (), ())


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        (traced([0.0, 1.0]), traced([0.0, 1.0]), 0.0),
        (traced([0.0, 1.0]), traced([0.5, -1.0]), 2.0),
        (traced([]), traced([]), 0.0),
        (traced([0.0]), traced([0.0, 0.0]), float("inf")),
        (traced([0.0], [[1, 2]]), traced([0.0], [[1, 3]]), float("inf")),
        (traced([0.0], [[1, 2]]), traced([0.0], [[1, 2, 3]]), float("inf")),
    ],
)
def test_outputs_are_apart_by_their_largest_difference_and_endlessly_where_codes_or_lengths_are_others(one, other, far):
    assert apart(one, other) == apart(other, one) == far


def test_an_instance_that_is_reset_at_open_is_reset_on_both_sides():
    calls = []

    class Noting(Sound):
        def wrap(self, instance):
            reset = instance.reset

            def noting(side):
                calls.append(side)
                reset(side)

            instance.reset = noting
            return super().wrap(instance)

    ResetAtOpen(Noting("pcm")).open()
    assert [str(side) for side in calls] == ["both"]


def test_a_codec_that_declares_something_else_now_is_not_asked():
    spec = CodecSpec(name="c", adapter="pcm", options={})
    info = replace(open_codec(spec).info, fingerprint="another")
    with pytest.raises(TriedAgain, match=r"in two processes, info\.fingerprint is 'another', and then 'pcm:1"):
        again(Configuration(codec=spec), (SPOKEN[0], SPOKEN[1]), "m", info)
