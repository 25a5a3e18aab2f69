"""Whose sound, or whose state, is in a stream: told where it was put there, not where streams are alike by chance."""

import numpy as np
import pytest

from harness.audio.speech import load as load_speech
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.explain.whose import PastCall, heard_in, state_of
from harness.runtime.resources import fixture

SIZE, FRAMES = 320, 30


@pytest.fixture(scope="module")
def opus():
    return load("opus", {})


@pytest.fixture(scope="module")
def streams():
    """Three streams of speech from where it is loud."""
    found = []
    for utterance in load_speech(fixture("speech"))[:3]:
        samples = utterance.waveform().samples
        start = np.flatnonzero(np.abs(samples) > 0.1)[0]
        found.append(np.ascontiguousarray(samples[start : start + FRAMES * SIZE]))
    return found


def test_frames_of_another_stream_are_heard(opus, streams):
    got, alone = streams[0].copy(), streams[0]
    got[5 * SIZE : 12 * SIZE] = streams[2][8 * SIZE : 15 * SIZE]  # from elsewhere in that stream
    said = heard_in(got, alone, dict(enumerate(streams)), 0, opus.info, "session")
    assert "session 2 is heard in session 0" in said
    assert said.startswith("7 of 7 wrong frames are what session 2 gives alone")


def test_streams_that_say_the_same_are_all_named(opus, streams):
    """Sessions that carry one speech, each from another place on, cannot be told apart by it."""
    got, alone = streams[0].copy(), streams[0]
    got[5 * SIZE : 12 * SIZE] = streams[2][8 * SIZE : 15 * SIZE]
    alike = {0: streams[2], 1: np.roll(streams[2], 3 * SIZE), 2: alone, 3: streams[1]}
    said = heard_in(got, alone, alike, 2, opus.info, "session")
    assert said.startswith("7 of 7 wrong frames are what session 0 or 1 gives alone, somewhere in its stream")
    assert said.endswith("session 0 or 1 is heard in session 2")
    del alike[3]
    assert heard_in(got, alone, alike, 2, opus.info, "session") == ""  # it may be any of them
    assert "session 1 is heard" in heard_in(got, alone, {1: alike[1]}, 2, opus.info, "session")


def test_a_stream_that_is_like_ours_anyway_keeps_another_from_being_accused(opus, streams):
    got, alone = np.roll(streams[0], 3 * SIZE), streams[0]
    alike = {1: np.roll(streams[0], 3 * SIZE), 2: got[: 24 * SIZE], 3: streams[1]}
    assert heard_in(got, alone, alike, 0, opus.info, "session") == ""


def test_noise_and_loss_are_nobodys(opus, streams):
    noise = streams[0] + np.random.default_rng(1).normal(0, 0.2, len(streams[0])).astype(np.float32)
    silent = streams[0].copy()
    silent[: 10 * SIZE] = 0
    quieter = 0.5 * streams[0]
    for got in (noise, silent, quieter):
        assert heard_in(got, streams[0], dict(enumerate(streams)), 0, opus.info, "row") == ""


def test_a_stream_that_is_like_ours_anyway_is_not_accused(opus, streams):
    """The other stream is ours, a little later: its frames are like ours before anything is wrong."""
    got = np.roll(streams[0], SIZE)
    alike = {0: streams[0], 1: np.roll(streams[0], 3 * SIZE)}
    assert heard_in(got, streams[0], alike, 0, opus.info, "row") == ""


def coded(codec, pcm):
    instance = codec.open()
    codes = np.concatenate([instance.encode(pcm[at : at + SIZE].copy()) for at in range(0, len(pcm), SIZE)], axis=1)
    return pcm, codes


def calls_after(codec, past, side, ours, count):
    """Return *count* calls of our stream, made on an instance with the *past* of another one."""
    instance = codec.open()
    for frame in range(past.shape[-1] // SIZE if side is Side.ENCODER else past.shape[1]):
        if side is Side.ENCODER:
            instance.encode(past[frame * SIZE : (frame + 1) * SIZE].copy())
        else:
            instance.decode(past[:, frame : frame + 1].copy())
    calls = []
    for frame in range(8, 8 + count):
        pcm, codes = ours
        given = pcm[frame * SIZE : (frame + 1) * SIZE] if side is Side.ENCODER else codes[:, frame : frame + 1]
        made = instance.encode if side is Side.ENCODER else instance.decode
        calls.append(PastCall(side, given, made(given.copy())))
    return calls


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("side", [Side.ENCODER, Side.DECODER])
def test_the_state_of_another_stream_is_found(side, count, opus, streams):
    ours, *others = (coded(opus, pcm) for pcm in streams)
    pcm, codes = others[1]
    past = pcm[: 11 * SIZE] if side is Side.ENCODER else codes[:, :11]
    assert state_of(opus, calls_after(opus, past, side, ours, count), others) == (1, 10)


def test_a_state_that_is_of_none_of_them_is_not_found(opus, streams):
    ours, other, third = (coded(opus, pcm) for pcm in streams)
    calls = calls_after(opus, third[0][: 11 * SIZE], Side.ENCODER, ours, 2)
    assert state_of(opus, calls, [other]) is None


def test_a_call_that_many_pasts_explain_tells_nothing(streams):
    pcm = load("pcm", {})
    ours, *others = (coded(pcm, samples) for samples in streams)
    assert state_of(pcm, calls_after(pcm, streams[1], Side.ENCODER, ours, 3), others) is None


def test_it_is_told_of_codecs_that_cannot_be_cloned_too(opus, streams):
    class Uncloned:
        info = opus.info

        def open(self):
            one = opus.open()
            one.clone = lambda: 1 / 0
            return one

    ours, *others = (coded(opus, pcm) for pcm in streams)
    calls = calls_after(opus, others[0][0][: 7 * SIZE], Side.ENCODER, ours, 2)
    assert state_of(Uncloned(), calls, others) == (0, 6)
