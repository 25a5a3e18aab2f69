"""One utterance through a configuration: what is fed, what is refused, and codes that are made once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import faults
from planted.ends import Placed, Places
from short_speech import excerpts

from harness.audio.speech import load as load_speech
from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.sealed import sealed
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed, NotOffered
from harness.runtime.resources import fixture
from harness.topology.catalogue import find
from harness.topology.running import CodesMade, inputs, run_configuration
from harness.topology.setup import Case, Configuration
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire

SPEC = CodecSpec(name="c", adapter="pcm", options={})
PLAIN = Configuration(codec=SPEC)
MAIN, OTHER = excerpts(4000)


def traced(codec, configuration=PLAIN, before=None, **more):
    return run_configuration(configuration, codec, MAIN, OTHER, {} if before is None else before, **more)


def test_a_part_of_a_frame_at_the_end_is_filled_or_dropped():
    info = load("pcm", {}).info  # frames of 320 samples
    assert len(inputs(PLAIN, info, MAIN, OTHER).main) == 13 * 320
    dropped = replace_topology(tail="drop")
    assert len(inputs(dropped, info, MAIN, OTHER).main) == 12 * 320


def replace_topology(**changes):
    return PLAIN.model_copy(update={"topology": PLAIN.topology.model_copy(update=changes)})


def test_speech_goes_over_the_signal_path_and_other_speech_does_not():
    info = load("pcm", {}).info
    halved = PLAIN.model_copy(update={"path": SignalPath(gain=0.5)})
    given, plain = inputs(halved, info, MAIN, OTHER), inputs(PLAIN, info, MAIN, OTHER)
    np.testing.assert_allclose(given.main, plain.main * 0.5, atol=1e-6)
    np.testing.assert_array_equal(given.other, plain.other)


def test_other_speech_begins_where_it_is_loud_and_may_be_silent():
    info = load("pcm", {}).info
    late = Waveform(np.concatenate([np.full(1000, 0.01, np.float32), np.full(500, 0.5, np.float32)]), 16_000)
    assert len(inputs(PLAIN, info, MAIN, late).other) == 500
    silent = Waveform(np.zeros(700, np.float32), 16_000)
    assert len(inputs(PLAIN, info, MAIN, silent).other) == 700


def test_a_wire_without_a_fault_is_none():
    info = load("pcm", {}).info
    assert inputs(PLAIN, info, MAIN, OTHER).wire is None
    faulty = PLAIN.model_copy(update={"wire": Wire(fault="lose", at=0.5)})
    assert inputs(faulty, info, MAIN, OTHER).wire == faulty.wire


@pytest.mark.parametrize("topology", ["shared", "separate", "slot-idle-2", "in-turn-2"])
def test_what_goes_through_a_transparent_codec_comes_out(topology):
    configuration = PLAIN.model_copy(update={"topology": find(topology).topology})
    trace = traced(load("pcm", {}), configuration)
    np.testing.assert_array_equal(trace.pcm[: len(MAIN.samples)], MAIN.samples)


def test_what_a_codec_does_not_offer_makes_a_setup_not_applicable():
    codec: Any = load("opus", {})
    codec.capacity = 1
    separate = PLAIN.model_copy(update={"topology": find("separate").topology})
    with pytest.raises(NotOffered, match=r"^not applicable: it needs 2 streams at once"):
        traced(codec, separate)


@pytest.mark.parametrize("topology", ["separate", "cloned-encoder"])
def test_what_is_refused_half_way_gives_its_places_back(topology):
    codec: Any = load("opus", {})
    codec.capacity = 1
    codec = sealed(codec)
    with pytest.raises(NotOffered) as kept:
        traced(codec, PLAIN.model_copy(update={"topology": find(topology).topology}))
    traced(codec, PLAIN)
    del kept


@pytest.mark.parametrize("fault", ["none", "late"])
def test_what_fails_late_gives_its_places_back(fault):
    class Late(Places):
        def open(self):
            return Failing(self, self.inner.open()) if fault == "late" else super().open()

    class Failing(Placed):
        calls = 0

        def decode(self, codes):
            self.calls += 1
            if self.calls > 3:
                raise ValueError("no more")
            return super().decode(codes)

    codec = sealed(Late("pcm", declares=True, places=1))
    ends = find("flush-twice").topology  # which this codec does not offer, as is seen at the end
    with pytest.raises((NotOffered, CodecFailed)) as kept:
        traced(codec, PLAIN.model_copy(update={"topology": ends}))
    codec.open()
    del kept


def test_a_codec_that_changes_what_it_handed_out_has_failed():
    class Reuses(faults.Sound):
        def wrap(self, instance):
            buffer = np.zeros(self.info.frame_size, np.float32)

            class Reusing(faults.SoundInstance):
                def decode(self, codes):
                    buffer[:] = self.inner.decode(codes)
                    return buffer

            return Reusing(self, instance)

    with pytest.raises(CodecFailed, match="changed"):
        traced(Reuses("pcm"))


def test_a_codec_that_declares_something_else_on_the_way_has_failed():
    class Turns(faults.Sound):
        def wrap(self, instance):
            self.info = replace(self.info, delay=7)
            return super().wrap(instance)

    with pytest.raises(CodecFailed, match="delay"):
        traced(Turns("pcm"))


def test_what_was_encoded_is_not_encoded_again():
    class Counts(faults.Sound):
        encoded = 0

        def wrap(self, instance):
            codec = self

            class Counting(faults.SoundInstance):
                def encode(self, pcm):
                    codec.encoded += 1
                    return self.inner.encode(pcm)

            return Counting(self, instance)

    codec, before = Counts("pcm"), {}
    separate = PLAIN.model_copy(update={"topology": find("separate").topology})
    traced(codec, separate, before)
    assert codec.encoded == 13
    traced(codec, separate, before)
    assert codec.encoded == 13
    traced(codec, separate)
    assert codec.encoded == 26


def test_codes_are_kept_by_speech_codec_and_path_and_the_last_used_stay():
    spoken = load_speech(fixture("speech"))[:3]
    made = CodesMade(most=2)

    def case(one, **changes):
        return Case(PLAIN.model_copy(update=changes), spoken[one], spoken[one - 1])

    first = made.of(case(0))
    assert made.of(case(0, wire=Wire(fault="lose", at=0.5))) is first  # which changes no code
    assert made.of(case(0, path=SignalPath(gain=0.5))) is not first
    assert made.of(case(0)) is first
    made.of(case(1))  # in the place of the one with a gain
    assert made.of(case(0)) is first
    for one in (1, 2):
        made.of(case(one))
    assert made.of(case(0)) is not first
