"""Traces are made once, kept by what goes in, and begun early only where a worker is idle."""

import numpy as np
import pytest

from harness import speech
from harness.codec import Side
from harness.execution import Call, Trace
from harness.resources import fixture
from harness.search.points import Point
from harness.search.traces import Job, Traces, packed, unpacked
from harness.signal_path import SignalPath
from harness.suite import CodecSpec
from harness.topology import DecoderWiring, Topology
from harness.workshop import opened

OPUS = CodecSpec(name="opus", adapter="opus", options={"bitrate": 9000})


@pytest.fixture(scope="module")
def spoken():
    found = {utterance.id: utterance for utterance in speech.load(fixture("speech"))}
    return found["slt-04"], found["awb-02"], found["heart-04"]


def test_a_trace_survives_the_disk_and_damage_is_noticed():
    calls = (Call(Side.ENCODER, 0, 1, 0.25), Call(Side.DECODER, 0, 1, 0.5))
    trace = Trace(np.arange(4).reshape(2, 2), np.zeros((2, 2), np.int64), np.ones(8, np.float32), calls, ())
    again = unpacked(packed(trace))
    assert again.calls == calls
    for name in ("codes", "arrived", "pcm"):
        one, other = getattr(trace, name), getattr(again, name)
        assert np.array_equal(one, other)
        assert one.dtype == other.dtype
    assert unpacked(packed(trace)[:-30]) is None
    assert unpacked(b"") is None


def test_what_is_fed_alike_shares_a_trace(spoken):
    one, other, third = spoken
    with opened(1) as workshop:
        traces = Traces(workshop)

        def key(other_speech=other, **parts):
            return traces.key(Job(Point(codec=OPUS, **parts), one, other_speech))

        linear = SignalPath(source_rate=48000, resampler="linear")
        assert key(path=linear) == key(path=linear.model_copy(update={"resampler": "cubic"})) != key()
        assert key(topology=Topology(order="sequential")) != key()
        crosstalk = Topology(decoder=DecoderWiring(crosstalk=True))
        assert key(third) == key()  # other speech that is not used decides nothing
        assert key(third, topology=crosstalk) != key(topology=crosstalk)


def test_a_trace_is_made_once_and_a_fresh_look_makes_it_again(spoken):
    job = Job(Point(codec=OPUS), *spoken[:2])
    with opened(1) as workshop:
        first = Traces(workshop)
        made = first.ask(job).result()
        assert first.ask(job).result() is made
        kept = Traces(workshop).ask(job)
        assert kept.done()
        assert np.array_equal(kept.result().pcm, made.pcm)
        assert not Traces(workshop, fresh=True).knows(job)


def test_what_was_begun_early_and_is_not_needed_is_dropped(spoken):
    with opened(1) as workshop:
        traces = Traces(workshop)
        jobs = [Job(Point(codec=OPUS, topology=Topology(chunk=n)), *spoken[:2]) for n in range(1, 6)]
        needed = traces.ask(jobs[0])
        early = [traces.ask(job, early=True) for job in jobs[1:]]
        assert traces.ask(jobs[1]) is early[0]  # asked for after all
        traces.forget_early()
        assert not needed.cancelled()
        assert not early[0].cancelled()
        assert early[-1].cancelled()
        assert not traces.knows(jobs[-1])
