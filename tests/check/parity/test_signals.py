"""Signals of parity: each as long as the speech, and each what its name says, whatever the speech is."""

from dataclasses import replace

import numpy as np
import pytest

from harness.audio.waveform import Samples
from harness.check.parity.signals import CODES, FULL, QUIET, SIGNALS, SILENT, SOFT, SPOKEN, signal
from harness.codecs.loading import load
from harness.codecs.protocol import LOST

INFO = load("pcm", {}).info
FRAME = INFO.frame_size
FRAMES = 3 * (SILENT + SPOKEN)
LEAST_NORMAL = float(np.finfo(np.float32).tiny)


def speech(peak: float = 0.2, frames: int = FRAMES) -> Samples:
    drawn = np.random.default_rng(1).uniform(-1, 1, frames * FRAME)
    return np.asarray(drawn / np.abs(drawn).max() * peak, np.float32)


@pytest.mark.parametrize("peak", [1e-6, 0.2, 1.0, 3.0, 0.0])
@pytest.mark.parametrize("name", SIGNALS)
def test_each_is_finite_of_the_length_of_the_speech_and_the_same_at_any_level_of_it(name: str, peak: float) -> None:
    given = speech(peak)
    before = given.copy()
    made = signal(name, given, INFO)
    assert made.dtype == np.float32
    assert made.shape == given.shape
    assert made.flags.c_contiguous
    assert np.isfinite(made).all()
    assert not np.shares_memory(made, given)
    np.testing.assert_array_equal(given, before)
    if peak:
        np.testing.assert_allclose(made, signal(name, speech(), INFO), rtol=1e-5, atol=1e-45)


def test_levels_are_those_of_the_loudest_sample() -> None:
    peaks = {name: float(np.abs(signal(name, speech(), INFO)).max()) for name in SIGNALS}
    assert peaks["speech"] == peaks["backwards"] == peaks["clipped"] == peaks["square"] == peaks["impulses"] == 1
    assert peaks["too-loud"] == FULL > 1
    assert peaks["soft"] == pytest.approx(SOFT)
    assert peaks["quiet"] == pytest.approx(QUIET)
    assert peaks["silence"] == 0
    assert 0.4 < peaks["noise"] <= peaks["constant"] == 0.5
    assert 0 < peaks["subnormal"] < LEAST_NORMAL


def test_clipped_speech_lies_at_full_scale_for_the_most_part_and_follows_the_speech_elsewhere() -> None:
    plain, made = signal("speech", speech(), INFO), signal("clipped", speech(), INFO)
    assert (np.abs(made) == 1).mean() > 0.5
    inside = np.abs(plain) < 1 / FULL
    np.testing.assert_allclose(made[inside], plain[inside] * FULL)


def test_pauses_begin_with_silence_and_are_whole_frames() -> None:
    plain, made = (signal(name, speech(), INFO).reshape(FRAMES, FRAME) for name in ("speech", "pauses"))
    silent = ~made.any(axis=1)
    assert silent.tolist() == ([True] * SILENT + [False] * SPOKEN) * 3
    np.testing.assert_array_equal(made[~silent], plain[~silent])


def test_impulses_are_single_samples_three_frames_apart_and_none_is_at_an_end_of_a_frame() -> None:
    at = np.flatnonzero(signal("impulses", speech(), INFO))
    assert np.diff(at).tolist() == [3 * FRAME] * (len(at) - 1)
    assert (at % FRAME == FRAME // 2).all()
    assert signal("impulses", speech(frames=1), INFO).any()


def test_a_square_wave_has_two_values_also_in_frames_of_few_samples() -> None:
    short = replace(INFO, frame_size=4)
    for info in (INFO, short):
        assert set(np.unique(signal("square", speech(), info))) == {-1.0, 1.0}


@pytest.mark.parametrize("name", CODES)
def test_codes_are_of_the_codecs_shape_and_range_and_the_same_twice(name: str) -> None:
    info = replace(INFO, codebooks=5, bins=3)
    made = CODES[name](info, 40)
    assert made.shape == (5, 40)
    assert made.dtype == np.int64
    np.testing.assert_array_equal(made, CODES[name](info, 40))
    values = {"lost": {LOST}, "zeros": {0}, "random": {0, 1, 2}}
    assert set(np.unique(made)) == values[name]
