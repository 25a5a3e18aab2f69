"""The laws of a decoder alone: its own are asked, those of an encoder are not applicable, and faults are found."""

import pytest
from planted.decoders import Decoder, write_codes

from harness.audio.speech import load as load_speech
from harness.check.finding import Status
from harness.check.fuzz.search import search
from harness.check.laws.table import OF_THE_ENCODER, judge
from harness.check.subject import encoder_of, subject


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    return load_speech(write_codes(tmp_path_factory.mktemp("speech"), ["heart-01", "rms-01"], "opus"))


HELD = ("deterministic", "sound", "honest-errors", "chunks", "clone-continues", "reset-decoder", "slot-fork")


def test_a_right_decoder_keeps_its_laws_and_is_not_asked_others(spoken):
    under_test = subject(Decoder("opus"), spoken, frames=16)
    for law in HELD:
        assert judge(law, under_test).status is Status.HELD, law
    for law in OF_THE_ENCODER:
        finding = judge(law, under_test)
        assert finding.status is Status.NOT_APPLICABLE
        assert finding.observed == "the codec has no encoder: its codes are given"


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
