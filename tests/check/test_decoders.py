"""The laws of a decoder alone: its own are asked, those of an encoder are not applicable, and faults are found."""

import numpy as np
import pytest
from planted.decoders import Decoder, Decoding, write_codes

from harness.audio.speech import load as load_speech
from harness.check.finding import Status
from harness.check.fuzz.search import search
from harness.check.laws.table import LAWS, judge
from harness.check.subject import encoder_of, subject
from harness.codecs.optional import Connects
from harness.codecs.sealed import sealed
from harness.topology.given_codes import handed


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    return load_speech(write_codes(tmp_path_factory.mktemp("speech"), ["heart-01", "rms-01"], "opus"))


HELD = ("deterministic", "sound", "honest-errors", "chunks", "clone-continues", "reset-decoder", "slot-fork")


def test_a_right_decoder_keeps_its_laws_and_is_not_asked_others(spoken):
    under_test = subject(Decoder("opus"), spoken, frames=16)
    for law in HELD:
        assert judge(law, under_test).status is Status.HELD, law
    for law in (name for name, law in LAWS.items() if law.of_the_encoder):
        finding = judge(law, under_test)
        assert finding.status is Status.NOT_APPLICABLE
        assert finding.observed == "the codec has no encoder: its codes are given"


def test_windows_ask_of_a_decoder_alone_what_it_decodes(spoken):
    finding = judge("window", subject(Decoder("opus"), spoken, frames=16))
    assert finding.status is Status.HELD, finding.observed
    assert "to decode, " in finding.observed
    assert "to encode" not in finding.observed


def test_sessions_in_threads_are_asked_of_a_decoder_alone(spoken):
    class Threaded(Decoder):
        thread_safe = True

    assert judge("thread-safe", subject(Threaded("opus"), spoken, frames=16)).status is Status.HELD


def test_a_connection_of_a_decoder_alone_plays_the_codes_of_its_codec(spoken):
    class Connected(Decoder):
        def connection(self):
            return Decoder("opus")

    codec = sealed(Connected("opus"))
    assert isinstance(codec, Connects)
    carrier = handed(spoken[0], codec, None).samples[: 4 * codec.info.frame_size]
    ours, other = codec.open(), codec.connection().open()
    assert np.array_equal(ours.encode(carrier), other.encode(carrier))


class Closing(Decoder):
    def open(self):
        instance, decode = super().open(), Decoding.decode
        instance.decode = lambda codes: decode(instance, codes)
        instance.close = lambda: setattr(instance, "decode", None)
        return instance


def test_a_closed_decoder_need_not_refuse_to_encode(spoken):
    finding = judge("close", subject(Closing("opus"), spoken, frames=16))
    assert finding.status is Status.HELD, finding.observed


def test_a_long_stream_of_given_codes_is_played_as_it_is(spoken):
    under_test = subject(Decoder("opus"), spoken, frames=16)
    under_test.minutes = 0.2
    finding = judge("endures", under_test)
    assert finding.status is Status.HELD, finding.observed
    assert "over 12 s flat (frame 384" in finding.observed


@pytest.mark.parametrize(("fault", "law"), [("not-reset", "reset-decoder"), ("clone-is-itself", "clone-independent")])
def test_a_fault_of_a_decoder_breaks_its_law_and_is_found_by_programs(fault, law):
    under_test = subject(Decoder("opus", fault), frames=16, codes_from=encoder_of("opus"))
    assert judge(law, under_test).status is Status.BROKEN
    found = search(under_test, seeded=3, programs=200, seconds=600)
    assert found.program is not None
    assert {step.verb for step in found.program} <= {"open", "clone", "decode", "reset"}
