"""What is wrong with a window is told after it was tried otherwise; the seam and what is lost there are named."""

import pytest

from harness.audio.speech import load as load_speech
from harness.codecs.spec import CodecSpec
from harness.explain.parted import Origin
from harness.explain.setups import explain_on
from harness.record import Expectation
from harness.runtime.resources import fixture
from harness.topology.model import DecoderWiring, EncoderWiring, Topology
from harness.topology.setup import Configuration, Setup

SPEECH = {utterance.id: utterance for utterance in load_speech(fixture("speech"))}
OFFLINE = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))


def explained(options, **decoder):
    codec = CodecSpec(name="c", adapter="planted.windows:Echo", options=options)
    windows = Topology(chunk=5, decoder=DecoderWiring(instance="separate", calls="windowed", **decoder))
    whole = OFFLINE if options.get("ahead") else Topology()
    suspect, reference = (
        Setup(
            name=name, topology_name=name, configuration=Configuration(codec=codec, topology=topology),
            expectation=Expectation(), expectation_given=True, reference="whole",
        )
        for name, topology in (("windows", windows), ("whole", whole))
    )  # fmt: skip
    return explain_on(SPEECH["slt-04"], SPEECH["heart-04"], suspect, reference)


@pytest.mark.parametrize(
    ("options", "decoder", "words"),
    [
        ({"past": 3}, {"left_context": 2}, "With all of the past instead of 2 frames in each window the stream is as"),
        ({"past": 0, "ahead": 2}, {}, "With all that follows instead of 0 frames in each window the stream is as"),
        ({"past": 2, "ahead": 2}, {"left_context": 1}, "With both the stream is as it should be"),
    ],
)
def test_the_part_of_the_window_that_is_missing_is_told(options, decoder, words):
    explanation = explained(options, **decoder)
    assert explanation.cause == Origin.WINDOW, explanation.text
    assert words in explanation.text
    assert "The call for frames " in explanation.text


def test_samples_that_are_lost_are_counted_at_the_seams():
    explanation = explained({"past": 3, "lost": 55}, left_context=3)
    assert "55 samples lost at each of" in explanation.text
    assert "instead of 3 frames in each window it differs too." in explanation.text


def test_a_window_that_holds_all_needs_no_cause():
    assert "are equal, bit for bit" in explained({"past": 3}, left_context=3).text
