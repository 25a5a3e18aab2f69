"""How streams end, and calls that must be refused: right ends are equal to the plain use, careless ones are not."""

import numpy as np
import pytest
from planted.ends import Late, Moving, Places

from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed, NotOffered
from harness.topology.catalogue import find
from harness.topology.interpreter import run_topology

SPEECH = (0.5 * np.sin(np.arange(20 * 320) ** 1.4 / 40)).astype(np.float32)


def ran(codec, name):
    return run_topology(find(name).topology, codec, SPEECH, SPEECH[::-1].copy(), prior_frames=5)


@pytest.mark.parametrize("hold", [1, 4])
@pytest.mark.parametrize("topology", ["shared", "separate", "sequential", "handover", "chunked-3", "offline"])
def test_a_stream_that_is_flushed_is_whole(topology, hold):
    whole, plain = ran(Late(hold=hold), topology), ran(load("opus", {}), topology)
    assert np.array_equal(whole.pcm, plain.pcm)


def test_without_a_flush_the_tail_is_lost():
    whole, cut = ran(Late(hold=2), "shared"), ran(Late(hold=2), "no-flush")
    assert np.array_equal(cut.pcm, whole.pcm[:-640])


def test_a_second_flush_gives_nothing_or_is_heard():
    whole = ran(Late(), "shared")
    assert np.array_equal(ran(Late(), "flush-twice").pcm, whole.pcm)
    twice = ran(Late(fault="repeats"), "flush-twice")
    assert len(twice.pcm) == len(whole.pcm) + 320


def test_a_closed_instance_is_not_used_again():
    codec = Places()
    assert np.array_equal(ran(codec, "use-closed").pcm, ran(codec, "shared").pcm)
    assert codec.left == 4
    with pytest.raises(CodecFailed, match=r"a call on the encoder side after close\(\) was not refused"):
        ran(Places(fault="goes-on"), "use-closed")


@pytest.mark.parametrize("topology", ["no-flush", "flush-twice", "use-closed"])
def test_an_end_that_a_codec_does_not_have_does_not_apply(topology):
    with pytest.raises(NotOffered, match="end = "):
        ran(load("opus", {}), topology)


def test_every_instance_of_a_run_is_closed():
    codec = Places(places=9)
    for topology in ("shared", "separate", "takeover", "cloned-mid-encode", "neighbour"):
        ran(codec, topology)
        assert codec.left == 9, topology


def test_a_refused_call_moves_nothing():
    codec = load("opus", {})
    assert np.array_equal(ran(codec, "refused-then-retried").pcm, ran(codec, "shared").pcm)
    for side in (Side.ENCODER, Side.DECODER):
        moved, plain = ran(Moving(side), "refused-then-retried"), ran(codec, "shared")
        assert not np.array_equal(moved.pcm, plain.pcm)
        assert np.array_equal(moved.pcm[: 10 * 320], plain.pcm[: 10 * 320])  # up to the switch


def test_a_wrong_call_that_is_taken_is_told():
    with pytest.raises(CodecFailed, match=r"encoder.refused = true: encode of 321 samples, which .* was not refused"):
        ran(Moving(Side.ENCODER, refuses=False), "refused-then-retried")


def test_a_reset_at_each_turn_is_heard():
    opus = load("opus", {})
    assert not np.array_equal(ran(opus, "turn-reset-5").pcm, ran(opus, "chunked-5").pcm)
    pcm = load("pcm", {})
    assert np.array_equal(ran(pcm, "turn-reset-5").pcm, ran(pcm, "shared").pcm)
