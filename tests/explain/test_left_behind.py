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
    assert "On a newly opened instance of reuse-after-reset that call gives what shared gives" in found.text
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


def test_a_reset_in_the_middle_of_a_stream_is_not_called_so():
    found = explain(replay("shared", codec("opus")), replay("reset-every-frame-decoder", codec("opus")))
    assert found.cause == "state"


def test_a_codec_that_differs_by_itself_has_left_nothing_behind():
    quiet = codec("planted.faults:HalfGain")
    found = explain(replay("shared", codec("opus")), replay("reuse-after-reset", quiet))
    assert found.cause != "state left in an instance"
