"""Traces are made once, kept by what goes in, and begun early only where a worker is idle."""

from dataclasses import replace

import numpy as np
import pytest

from harness.audio import speech
from harness.bisect.answer.page import listening_suite
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions
from harness.runs.traces import Traces
from harness.runs.tracing import Group, trace_case
from harness.runtime.resources import fixture
from harness.runtime.workers import opened
from harness.topology.model import DecoderWiring, Topology
from harness.topology.running import CodesMade
from harness.topology.setup import Case, Configuration
from harness.topology.signal_path import SignalPath
from harness.topology.trace import Trace

OPUS = CodecSpec(name="opus", adapter="opus", options={"bitrate": 9000})


@pytest.fixture(scope="module")
def spoken():
    found = {utterance.id: utterance for utterance in speech.load(fixture("speech"))}
    return found["slt-04"], found["awb-02"], found["heart-04"]


def made_of(result) -> Trace:
    assert isinstance(result, Trace)
    return result


def test_what_is_fed_alike_shares_a_trace(spoken):
    one, other, third = spoken
    with opened(1) as workers:
        traces = Traces(workers)

        def key(other_speech=other, **parts):
            return traces.key(Case(Configuration(codec=OPUS, **parts), one, other_speech))

        linear = SignalPath(source_rate=48000, resampler="linear")
        assert key(path=linear) == key(path=linear.model_copy(update={"resampler": "cubic"})) != key()
        assert key(topology=Topology(order="sequential")) != key()
        crosstalk = Topology(decoder=DecoderWiring(crosstalk=True))
        assert key(third) == key()  # other speech that is not used decides nothing
        assert key(third, topology=crosstalk) != key(topology=crosstalk)
        assert key(third, topology=Topology(batch=2)) != key(topology=Topology(batch=2))


def test_a_trace_is_made_once_and_a_fresh_look_makes_it_again(spoken):
    job = Case(Configuration(codec=OPUS), *spoken[:2])
    with opened(1) as workers:
        first = Traces(workers)
        made = first.ask(job).result()
        assert first.ask(job).result() is made
        kept = Traces(workers).ask(job)
        assert kept.done()
        assert np.array_equal(made_of(kept.result()).pcm, made_of(made).pcm)
        assert not Traces(workers, fresh=True).knows(job)


def test_what_was_begun_early_and_is_not_needed_is_dropped(spoken):
    with opened(1) as workers:
        traces = Traces(workers)
        jobs = [Case(Configuration(codec=OPUS, topology=Topology(chunk=n)), *spoken[:2]) for n in range(1, 6)]
        needed = traces.ask(jobs[0])
        early = [traces.ask(job, early=True) for job in jobs[1:]]
        assert traces.ask(jobs[1]) is early[0]  # asked for after all
        traces.forget_early()
        assert not needed.cancelled()
        assert not early[0].cancelled()
        assert early[-1].cancelled()
        assert not traces.knows(jobs[-1])


@pytest.mark.parametrize(("wrong", "only"), [(0.0, 1.0), (3.0, 0.0)])
def test_few_codes_that_differ_are_asked_for_ties_as_a_run_does(spoken, wrong, only):
    spec = CodecSpec(name="undecided", adapter="planted.undecided:Undecided", options={"wrong": wrong})
    good, grouped = Configuration(codec=spec), Configuration(codec=spec, topology=Topology(chunk=100))
    with opened(1) as workers:
        traces = Traces(workers, singly=True)
        held, trace = (made_of(traces.ask(Case(point, *spoken[:2])).result()) for point in (good, grouped))
        differing = np.flatnonzero((held.codes != trace.codes).any(axis=0))
        assert 0 < len(differing) < 0.05 * held.codes.shape[1]
        found = traces.ties(good, (held, trace), spoken[:2])
        assert found["codes_tie"].value == only
        assert traces.ties(good, (held, held), spoken[:2]) == {}
        one, other, _ = spoken
        group = Group(one, other, listening_suite({"good": good, "grouped": grouped}, Conditions(), ()).setups)
        declared = {setup.codec: traces.info(spec) for setup in group.setups}
        plain, told = traces.group(replace(group, declared=declared)).result()
        assert told.measurements["codes_tie"].value == only
        assert (plain.seconds, told.seconds) == (round(held.seconds, 4), round(trace.seconds, 4))  # not made again


def test_what_points_encode_alike_is_encoded_once_in_a_process(spoken):
    one, other, third = spoken
    encoded = CodesMade(2)
    point = Configuration(codec=OPUS, topology=Topology(decoder=DecoderWiring(instance="separate")))
    job = Case(point, one, other)
    made = made_of(trace_case(job, encoded=encoded))
    codes = encoded.of(job)
    assert codes
    assert encoded.of(Case(Configuration(codec=OPUS), one, other)) is codes
    again = made_of(trace_case(job, encoded=encoded))
    np.testing.assert_array_equal(made.pcm, again.pcm)
    assert len(again.calls) < len(made.calls)
    assert len(made_of(trace_case(job, anew=True, encoded=encoded)).calls) == len(made.calls)
    for another in (Case(point, third, other), Case(point, other, one)):
        assert encoded.of(another) == {}
    assert encoded.of(job) == {}  # what was used longest ago is forgotten


def test_what_a_codec_declares_is_told_by_the_run_before_unless_it_is_wanted_anew():
    with opened(1) as workers:
        first = Traces(workers).described(OPUS).result()
    with opened(1) as workers:
        kept = Traces(workers).described(OPUS)
        assert kept.done()  # nothing was asked of a worker
        assert kept.result() == first
        anew = Traces(workers).described(OPUS, anew=True)
        assert not anew.done()
        assert anew.result() == first
