"""The laws of a codec of latents: equal bits where calls are cut alike, and rounding where they are not."""

import functools

import pytest
from planted.latents import Latents

from harness.check.finding import Status
from harness.check.fuzz.program import parse
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.protocol import Side
from harness.topology import ending

HELD = ("deterministic", "honest-errors", "chunks", "clone-continues", "failure-is-harmless", "reset-into-silence")


@functools.cache
def under_test(fault):
    return subject(Latents(fault), frames=12)


@pytest.mark.parametrize("law", HELD)
def test_a_right_codec_of_latents_keeps_its_laws(law):
    finding = judge(law, under_test("none"))
    assert finding.status is Status.HELD, finding.observed


def test_rounding_beyond_what_is_declared_breaks_a_law_in_words_of_latents():
    finding = judge("chunks", under_test("narrow-calls"))
    assert finding.status is Status.BROKEN
    assert finding.observed.startswith(
        "latents of a stream of 12 frames in calls of 2 differ from frame 0 on, by up to "
    )
    assert "(declared tolerance 3e-04)" in finding.observed
    assert finding.off_by is not None
    assert finding.off_by.unit == "largest absolute difference of latents"


def test_a_wrong_call_with_latents_is_one_with_a_value_too_many():
    codec = under_test("none")
    ending.refuse(codec.open(), Side.DECODER, codec.info)
    assert ending.accepted(codec.open(), Side.DECODER, codec.info)


def test_a_fault_of_the_decoder_is_found():
    assert judge("reset-decoder", under_test("not-reset")).status is Status.BROKEN


PROGRAM = "a = open\nencode a main 0:2\nb = clone a\nencode b main 0:1\nencode a other 0:1\ndecode a main 0:1"


def test_programs_compare_latents_bit_for_bit():
    assert replay(FreshOutputs(under_test("none")), parse(PROGRAM)) is None
    dirty = "a = open\ndecode a main 0:1\nreset a decoder\ndecode a main 0:1"
    told = replay(FreshOutputs(under_test("not-reset")), parse(dirty))
    assert told is not None
    assert "PCM of instance a differs" in told
