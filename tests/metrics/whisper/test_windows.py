"""Silence, and where long audio is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.waveform import Waveform
from harness.metrics.whisper.windows import is_silent, pieces

RATE = 1000  # Hz; nothing here depends on the rate


def _noise(seconds: float, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * level).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "silent"),
    [
        (np.zeros(RATE, np.float32), True),
        (np.full(RATE, 0.3, np.float32), True),  # a constant is no sound
        (np.zeros(0, np.float32), True),
        (_noise(1, 5e-5), True),
        (_noise(1, 2e-4), False),
    ],
)
def test_silence_is_below_80_db(samples: np.ndarray, silent: bool) -> None:
    assert is_silent(Waveform(samples, RATE)) is silent


@pytest.mark.parametrize("seconds", [0.05, 12.0, 30.0])
def test_what_fits_a_window_is_not_cut(seconds: float) -> None:
    waveform = Waveform(_noise(seconds), RATE)
    (only,) = pieces(waveform)
    assert only.sha256() == waveform.sha256()


def test_cuts_fall_into_pauses() -> None:
    samples = _noise(100)
    pauses = (20.0, 45.3, 71.0)
    for pause in pauses:
        samples[round(pause * RATE) : round((pause + 0.5) * RATE)] *= 0.01
    ends = np.cumsum([piece.seconds for piece in pieces(Waveform(samples, RATE))])[:-1]
    assert len(ends) == 3
    assert all(pause <= end <= pause + 0.5 for pause, end in zip(pauses, ends, strict=True))


@settings(max_examples=30, deadline=None)
@given(seconds=st.floats(0.1, 200), seed=st.integers(0, 9))
def test_pieces_are_the_whole_in_order_and_none_is_too_long(seconds: float, seed: int) -> None:
    samples = _noise(seconds, seed=seed)
    found = pieces(Waveform(samples, RATE))
    np.testing.assert_array_equal(np.concatenate([piece.samples for piece in found]), samples)
    assert max(piece.seconds for piece in found) <= 30


def test_ten_minutes_are_cut_in_no_time() -> None:
    found = pieces(Waveform(np.tile(_noise(60), 10), RATE))
    assert 20 <= len(found) <= 34
