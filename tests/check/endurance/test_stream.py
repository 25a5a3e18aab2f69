"""A long stream is a function of the frame, with the same speech at every mark."""

import numpy as np
import pytest

from harness.check.endurance.stream import WINDOW, LongStream

SPEECH = np.random.default_rng(1).uniform(-1, 1, 60 * 80).astype(np.float32)


def stream(frames=3000, warm=100):
    return LongStream(SPEECH, 80, 8_000, frames, warm)


def test_marks_lie_near_powers_of_two_and_half_way_between():
    assert stream(frames=1600).marks == (192, 256, 384, 512, 768, 1024, 1536)
    assert stream(warm=0).marks[:4] == (32, 48, 64, 96)


def test_a_stream_that_is_too_short_has_no_mark():
    assert stream(frames=100).marks == ()


def test_the_same_speech_is_heard_at_every_mark():
    long = stream()
    windows = [np.concatenate(list(long.all(mark - WINDOW // 2, mark + WINDOW // 2))) for mark in long.marks]
    assert all(np.array_equal(window, windows[0]) for window in windows)


def test_in_a_long_stream_what_leads_to_a_mark_is_the_same_too():
    assert stream(frames=1600).lead == 0
    long = stream()
    assert long.marks == (256, 512, 768, 1024, 1536, 2048)
    assert long.lead == 200
    leading = [np.concatenate(list(long.all(mark - 8 - long.lead, mark))) for mark in long.marks]
    assert all(np.array_equal(one, leading[0]) for one in leading)
    other = np.concatenate(list(long.all(1024 + 8, 1024 + 8 + long.lead)))
    assert not np.array_equal(other, leading[0][: len(other)])


def test_levels_change_and_silence_is_among_them():
    levels = [float(np.abs(stream().frame(number)).max()) for number in range(0, 3000, 100)]
    assert min(levels) == 0
    assert max(levels) == pytest.approx(1.0)


def test_a_frame_is_the_same_however_often_it_is_asked_for():
    assert np.array_equal(stream().frame(777), stream().frame(777))
