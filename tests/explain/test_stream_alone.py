"""What an instance went through before our stream is the cause only if our calls alone give something else."""

import pytest
from planted.replays import codec, replay

from harness.explain.divergence import explain


def reused(adapter, reference="opus", **options):
    return explain(replay("shared", codec(reference)), replay("reuse-after-reset", codec(adapter, **options)))


@pytest.mark.parametrize("reference", ["opus", "planted.faults:ResetForgetsDecoder"])
def test_a_reset_that_forgets_is_named_also_against_another_codec(reference):
    found = reused("planted.faults:ResetForgetsDecoder", reference)
    assert (found.cause, found.side, found.frame) == ("state left in an instance", "decoder", 0)
    assert "Given that call, a newly opened instance of reuse-after-reset gives what shared gives there." in found.text
    assert "6 frames of other speech, which its reset does not take back." in found.text


def test_what_nobody_reset_is_named():
    found = explain(replay("shared", codec("opus")), replay("dirty-clone", codec("opus")))
    assert found.cause == "state left in an instance"
    assert "of other speech, after which it is not reset." in found.text


def test_a_reset_may_lead_elsewhere_than_a_new_instance_begins():
    made = codec("planted.origins:ResetsElsewhere")
    found = explain(replay("shared", made), replay("reset-at-start", made))
    assert found.cause == "state left in an instance"
    assert "its reset, which leads to another state than that of a new instance." in found.text


@pytest.mark.parametrize(
    ("topology", "cause", "said"),
    [
        ("takeover", "missing past", "it lacks the 6 frames of this stream before it."),
        ("reset-every-frame-decoder", "missing past", "it was reset in the middle of it."),
    ],
)
@pytest.mark.parametrize("reference", ["opus", "planted.faults:ResetForgetsDecoder"])
def test_what_a_stream_lacks_is_named(topology, cause, said, reference):
    found = explain(replay("shared", codec(reference)), replay(topology, codec("opus")))
    assert found.cause == cause
    assert "Given all of this stream and nothing else, a newly opened instance" in found.text
    assert f"The one that differs was not: {said}" in found.text


def test_other_speech_in_between_is_named():
    made = codec("planted.origins:TiresLater", inner="pcm")
    found = explain(replay("shared", made), replay("cross-talk", made))
    assert (found.cause, found.frame) == ("state left in an instance", 1)
    assert "The one that differs was not: it was given 2 frames of other speech in between." in found.text


def test_a_codec_that_differs_by_itself_has_left_nothing_behind():
    quiet = codec("planted.faults:HalfGain")
    found = explain(replay("shared", codec("opus")), replay("reuse-after-reset", quiet))
    assert found.cause != "state left in an instance"


@pytest.mark.parametrize("topology", ["neighbour", "cloned-decoder"])
def test_what_is_only_open_beside_a_stream_is_named_and_no_past_is_asked_for(topology):
    found = explain(replay("shared", codec("pcm")), replay(topology, codec("planted.origins:MindsOthers")))
    assert (found.cause, found.side) == ("call on another instance", "decoder")
    said = (
        f"a newly opened instance of {topology} gives what shared gives there, and no more so while another one is open"
    )
    assert said in found.text
    assert "needs some past" not in found.text


def test_other_speech_before_a_stream_is_not_blamed_for_what_else_is_open():
    """The other speech is encoded on an instance of its own, which may be open still."""
    found = explain(replay("shared", codec("pcm")), replay("cross-talk", codec("planted.origins:MindsOthers")))
    assert found.cause == "call on another instance"
    assert "it minds what else is open" in found.text
