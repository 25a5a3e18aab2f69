"""What is measured along a long stream: marks against a fresh instance, the load of quarters, and the end."""

import dataclasses
import itertools

import numpy as np
import pytest

from harness.check.endurance.run import (
    QUARTERS,
    FreshStart,
    MarkWindow,
    compared,
    decoded,
    encoded,
    endured,
    one_frame,
    resident,
    windows,
)
from harness.check.endurance.stream import WINDOW, LongStream
from harness.check.endurance.verdict import CAP
from harness.codecs.loading import load
from harness.errors import CodecFailed, NotOffered

SPEECH = np.random.default_rng(0).uniform(-0.5, 0.5, 320 * 40).astype(np.float32)


def stream(frames=140, warm=0):
    return LongStream(SPEECH, 320, 16_000, frames, warm)


def window(codes=0, pcm=0.5, mark=64):
    sound = np.full(WINDOW * 320, pcm, np.float32)
    return MarkWindow(mark, np.full((1, WINDOW), codes, np.int64), sound)


@pytest.mark.parametrize(
    ("other", "snr", "codes", "rounding"),
    [
        (window(), CAP, 0.0, True),
        (window(pcm=0.55), 20.8, 0.0, False),
        (window(codes=1), CAP, 1.0, False),
        (window(pcm=0.0), -231.1, 0.0, False),
    ],
)
def test_a_mark_is_held_against_what_is_right(other, snr, codes, rounding):
    found = compared(window(), other, tolerance=1e-3)
    assert (found.frame, found.codes, found.rounding) == (64, codes, rounding)
    assert found.snr == pytest.approx(snr, abs=0.1)


@pytest.mark.parametrize(("tolerance", "rounding"), [(0.125, True), (0.124, False)])
def test_rounding_is_up_to_the_tolerance_and_not_beyond(tolerance, rounding):
    assert compared(window(pcm=0.375), window(), tolerance).rounding is rounding


def test_latents_differ_beyond_their_own_tolerance():
    one, other = (dataclasses.replace(window(), codes=np.full((1, WINDOW), value)) for value in (0.0, 0.25))
    assert compared(one, other, 0.0, 0.25).codes == 0.0
    assert compared(one, other, 0.0, 0.2).codes == 1.0
    assert compared(one, other, 0.0).codes == 1.0


def test_a_window_lies_about_its_mark_and_has_the_frames_that_lead_to_it():
    loads, made = [], load("pcm", {})
    seen = list(windows(made.open(), made.info, stream(warm=5), loads, lambda *_: None))
    assert [one.mark for one, _ in seen] == list(stream(warm=5).marks)
    for one, past in seen:
        first = one.mark - WINDOW // 2
        assert one.codes.shape[1] == WINDOW
        assert len(past) == 5 + WINDOW
        sent = np.concatenate(list(stream(warm=5).all(first, first + WINDOW)))
        assert np.allclose(one.pcm, sent, atol=1e-4)


@pytest.mark.parametrize("frames", [4, 7, 140, 143])
def test_a_stream_has_four_loads_also_if_that_leaves_frames_over(frames):
    found = endured(load("pcm", {}), stream(frames), lambda _: None)
    assert len(found.loads) == QUARTERS
    assert all(one.memory > 1 and one.seconds > 0 for one in found.loads)
    assert found.failed is None


def test_each_mark_is_told_as_it_comes_and_those_before_a_failure_are_kept():
    heard = []
    found = endured(load("planted.endless:Endless", {"fault": "fails", "at": 100}), stream(), heard.append)
    assert found.failed == "decode of frame 100: no more"
    assert found.marks == heard
    assert [mark.frame for mark in found.marks] == [mark for mark in stream().marks if mark + WINDOW // 2 <= 100]
    assert all(mark.snr == CAP for mark in found.marks)


def test_a_codec_without_room_for_a_second_stream_is_not_said_to_fail():
    made = load("pcm", {})
    opened = itertools.count()

    class One:
        info = made.info

        def open(self):
            if next(opened):
                raise NotOffered("no room")
            return made.open()

    with pytest.raises(NotOffered, match="no room"):
        endured(One(), stream(), lambda _: None)


def test_a_fresh_instance_is_asked_once_for_the_same_and_again_for_another_past():
    made = load("pcm", {})
    opened = itertools.count()

    class Counted:
        info = made.info

        def open(self):
            next(opened)
            return made.open()

    fresh, silent = FreshStart(Counted(), stream()), [np.zeros((made.info.codebooks, 1), np.int64)] * WINDOW
    first, again = fresh.window(64, silent), fresh.window(64, silent)
    assert np.array_equal(first.pcm, again.pcm)
    other = fresh.window(64, [silent[0] + 1, *silent[1:]])
    assert not np.array_equal(first.pcm, other.pcm)
    assert next(opened) == 2


def test_what_fails_says_in_which_frame_and_in_which_call():
    made = load("pcm", {})
    samples = stream().frame(0)
    codes, heard = one_frame(made.open(), made.info, samples, 7)
    assert (codes.shape[1], len(heard)) == (1, 320)

    class Broken:
        def encode(self, _pcm):
            return np.zeros((9, 1), np.int64)

        def decode(self, _codes):
            raise RuntimeError("gone")

    with pytest.raises(CodecFailed, match="encode of frame 7"):
        encoded(Broken(), made.info, samples, 7)  # type: ignore[arg-type]
    with pytest.raises(CodecFailed, match=r"decode of frame 7.*gone"):
        decoded(Broken(), made.info, codes, 7)  # type: ignore[arg-type]


def test_the_memory_of_this_process_is_told_in_megabytes():
    before = resident()
    kept = np.ones(8_000_000)  # 64 MB, all of it touched
    assert 50 < resident() - before < 200
    assert kept.any()
