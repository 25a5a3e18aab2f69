"""Why a row differs: what is told was tried, and could have come out otherwise."""

import pytest
from planted.slots import Slots

from harness.audio.speech import load as load_speech
from harness.codecs.spec import CodecSpec
from harness.explain.parted import Origin
from harness.explain.setups import explain_on
from harness.record import Expectation
from harness.runtime.resources import fixture
from harness.topology.catalogue import find
from harness.topology.setup import Configuration, Setup

SPEECH = {utterance.id: utterance for utterance in load_speech(fixture("speech"))}
ALONE = "every stream is as alone: that is what makes it"


def explained(fault, topology):
    return explained_of("planted.slots:Slots", {"fault": fault}, topology)


def explained_of(adapter, options, topology):
    codec = CodecSpec(name="c", adapter=adapter, options=options)
    suspect, reference = (
        Setup(
            name=name, topology_name=name, configuration=Configuration(codec=codec, topology=find(name).topology),
            expectation=Expectation(), expectation_given=True, reference="shared",
        )
        for name in (topology, "shared")
    )  # fmt: skip
    return explain_on(SPEECH["slt-04"], SPEECH["heart-04"], suspect, reference)


@pytest.mark.parametrize(
    ("fault", "topology", "words"),
    [
        (
            "none",
            "slot-reuse-dirty-2",
            ["row 1 of rows 0 to 1", f"With a reset of the row before it is taken, {ALONE}"],
        ),
        (
            "not-reset",
            "slot-reuse-3",
            [
                "With the past of another stream, the stream that was in row 2 before",
                f"With 3 slots in which no stream comes or goes, {ALONE}",
                "is reset, then ours",
            ],
        ),
        ("pads-into-first", "slot-padded-4", ["row 0 of rows 0 to 3", ALONE, "With 2 rows every stream is as alone"]),
        ("crossed", "slot-idle-3", ["the rows are mixed up", "it differs too"]),
        ("late-leak", "slot-join-late-2", ["it differs too, so that is not what makes it, or not alone"]),
    ],
)
def test_the_row_and_what_makes_it_are_told(fault, topology, words):
    explanation = explained(fault, topology)
    assert explanation.cause == Origin.ROWS, explanation.text
    for said in words:
        assert said in explanation.text, explanation.text


def test_a_row_that_is_as_alone_needs_no_cause():
    assert "are equal, bit for bit" in explained("none", "slot-reuse-3").text
    assert Slots(fault="none").info.tolerance > 0


@pytest.mark.parametrize("where", ["encoder", "decoder"])
def test_threads_and_whose_sound_it_is_are_told(where):
    explanation = explained_of("planted.ends:Scratch", {"inner": "pcm", "where": where, "wait": 0.0002}, "concurrent-2")
    assert explanation.cause == Origin.THREADS, explanation.text
    assert f"With the same calls made one after the other, and not at once, {ALONE}" in explanation.text
    assert "is heard in session" in explanation.text


def test_what_does_not_come_again_at_once_is_not_laid_on_threads():
    explanation = explained_of("planted.origins:SoftOnce", {"inner": "pcm"}, "concurrent-2")
    assert explanation.cause == Origin.SESSIONS, explanation.text
    assert ALONE not in explanation.text
    assert "every stream is as alone, but made at once again, 3 times, too: so it is not known" in explanation.text


@pytest.mark.parametrize(
    ("options", "topology", "words"),
    [
        ({}, "no-flush", "at the end 320 samples are missing: the instance was closed while it held them back"),
        ({"fault": "repeats"}, "flush-twice", "at the end 320 samples too many come: a second flush gave them"),
    ],
)
def test_a_wrong_end_is_told(options, topology, words):
    explanation = explained_of("planted.ends:Late", options, topology)
    assert explanation.cause == Origin.END
    assert words in explanation.text


def test_a_refused_call_that_moves_the_state_is_told():
    explanation = explained_of("planted.ends:Moving", {}, "refused-then-retried")
    assert explanation.cause == Origin.NEIGHBOUR
    assert "the wrong call on the encoder side of instance a, which it refused" in explanation.text
