"""A long stream a stretch at a time: without a gap, on one instance, as far as it came."""

import numpy as np
from check.parity.carded import Here

from harness.check.endurance.stream import LongStream
from harness.check.implementation import Implementation
from harness.check.parity import stretches
from harness.check.parity.stretches import StreamPlayer

SPEECH = np.random.default_rng(0).uniform(-0.5, 0.5, 320 * 20).astype(np.float32)
STREAM = LongStream(SPEECH, 320, 16_000, 60, warm=0)


class InProcess(Here):
    """An implementation by its adapter that plays in this process."""

    def __init__(self, adapter, **options):
        self.which = Implementation.of(adapter, options)
        self.calls = 0

    def call(self, function, *given):
        """See `Player.call`."""
        return function(self.which, *given)


def joined(parts):
    return np.concatenate([pcm for one in parts for pcm in one.pcm])


def test_stretches_follow_one_another_as_one_stream_does():
    with StreamPlayer(InProcess("opus"), STREAM) as whole:
        once = whole.play(range(9))
    with StreamPlayer(InProcess("opus"), STREAM) as cut:
        parts = [cut.play(range(4)), cut.play(range(4, 5)), cut.play(range(5, 9))]
    assert [len(one.codes) for one in parts] == [4, 1, 4]
    assert np.array_equal(joined(parts), joined([once]))
    assert once.failed is None


def test_each_stream_begins_on_a_fresh_instance():
    player = InProcess("opus")
    with StreamPlayer(player, STREAM) as first:
        one = first.play(range(6))
    with StreamPlayer(player, STREAM) as second:
        two = second.play(range(6))
    assert np.array_equal(joined([one]), joined([two]))
    assert stretches._instance.cache_info().currsize == 0  # and nobody keeps the one before


def test_what_is_given_is_decoded_in_place_of_its_own_codes():
    with StreamPlayer(InProcess("pcm"), STREAM) as maker:
        codes = maker.play(range(2, 6)).codes
    with StreamPlayer(InProcess("pcm"), STREAM) as other:
        found = other.play(range(2, 4), codes[2:])
    assert np.array_equal(joined([found]), np.concatenate([decoded(one) for one in codes[2:]]))
    assert all(np.array_equal(one, own) for one, own in zip(found.codes, codes[:2], strict=True))


def decoded(codes):
    return InProcess("pcm").which.load().open().decode(codes)


def test_what_fails_on_the_way_keeps_what_came_and_says_in_which_frame():
    with StreamPlayer(InProcess("planted.endless:Endless", fault="fails", at=5), STREAM) as player:
        before, failing = player.play(range(4)), player.play(range(4, 9))
    assert before.failed is None
    assert (len(failing.codes), len(failing.pcm)) == (2, 1)  # the codes of the frame had come
    assert failing.failed == "decode of frame 5: no more"


def test_noise_that_nobody_hears_is_another_one_for_each_number_and_nothing_is_decoded():
    def codes(noise):
        with StreamPlayer(InProcess("pcm"), STREAM) as player:
            found = player.encode(range(3), noise)
        assert found.pcm == []
        return np.concatenate(found.codes, axis=1)

    assert np.array_equal(codes(1), codes(1))
    assert not np.array_equal(codes(1), codes(2))


def test_an_instance_that_cannot_be_opened_gives_nothing_and_says_why(monkeypatch):
    def full(_codec):
        raise RuntimeError("no room")

    monkeypatch.setattr("harness.codecs.sealed.SealedCodec.open", full)
    with StreamPlayer(InProcess("pcm"), STREAM) as player:
        found = player.play(range(3))
    assert (found.codes, found.pcm) == ([], [])
    assert "no room" in str(found.failed)
