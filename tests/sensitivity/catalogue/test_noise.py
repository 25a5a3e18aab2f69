"""Noise is as loud as it says against the speech, where it says, and of the kind that it says."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import AT, RATES, decibels, hiss, planted, rms, tone

from harness.codecs.protocol import Side
from harness.sensitivity import catalogue
from harness.sensitivity.catalogue import noise
from harness.sensitivity.plants import OnSamples


def added(name: str, size: float, rate: int, seed: int = 0) -> np.ndarray:
    pcm = tone(440, rate)
    return planted(name, size, pcm, rate, seed=seed) - pcm


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["white-noise", "noisy-input"])
def test_white_noise_is_so_far_below_the_speech_and_white(rate: int, name: str) -> None:
    for below in (0.0, 20.0, 50.0):
        found = added(name, below, rate)
        assert decibels(rms(found) / rms(tone(440, rate))) == pytest.approx(-below, abs=0.2)
    power = np.square(np.abs(np.fft.rfft(added(name, 20.0, rate))))
    halves = [half.mean() for half in np.array_split(power, 2)]
    assert halves[0] / halves[1] == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("name", ["white-noise", "mnru", "burst-in-pause", "noise-after-speech", "clicks"])
def test_what_is_drawn_is_repeated_with_its_seed_and_another_with_another(name: str) -> None:
    size = catalogue.find(name).sizes[-1]
    first, again, other = (added(name, size, 16_000, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("q", [5.0, 15.0, 30.0])
def test_mnru_lies_q_decibels_below_the_speech_at_every_moment_and_is_silent_in_silence(q: float) -> None:
    pcm = np.concatenate([tone(440, 16_000), 0.1 * tone(440, 16_000), np.zeros(8_000, np.float32)]).astype(np.float32)
    off = planted("mnru", q, pcm, 16_000) - pcm
    for part in (slice(0, 16_000), slice(16_000, 32_000)):
        assert decibels(rms(pcm[part]) / rms(off[part])) == pytest.approx(q, abs=0.3)
    assert not off[32_000:].any()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("name", "lines"), [("hum", [50, 150, 250]), ("whistle", [1000])])
def test_hum_and_whistle_are_their_tones_and_nothing_else(rate: int, name: str, lines: list[int]) -> None:
    found = added(name, -20.0, rate)
    assert decibels(rms(found) / rms(tone(440, rate))) == pytest.approx(-20.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(found))
    assert np.flatnonzero(spectrum > spectrum.max() / 100).tolist() == lines


@pytest.mark.parametrize("bits", [4.0, 8.0, 16.0])
def test_fewer_bits_are_whole_steps_and_the_nearest(bits: float) -> None:
    pcm = (5 * hiss(16_000)).astype(np.float32)
    heard, step = planted("fewer-bits", bits, pcm, 16_000), 2 ** (1 - bits)
    np.testing.assert_array_equal(heard / step, np.round(heard / step))
    assert np.abs(heard - pcm).max() <= step / 2 * (1 + 1e-3)
    assert rms(heard - pcm) == pytest.approx(step / np.sqrt(12), rel=0.05)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("a_second", [5.0, 100.0])
def test_clicks_are_single_samples_at_the_peak_so_many_a_second(rate: int, a_second: float) -> None:
    pcm = hiss(rate, 20.0)
    heard = planted("clicks", a_second, pcm, rate)
    hit = heard != pcm
    assert int(hit.sum()) == pytest.approx(20 * a_second, abs=4 * np.sqrt(20 * a_second))
    np.testing.assert_allclose(heard[hit], np.abs(pcm).max())


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("name", "seconds"), [("burst-in-pause", 0.08), ("noise-after-speech", 0.5)])
def test_noise_at_a_place_begins_there_lasts_as_long_and_is_as_loud_as_said(
    rate: int, name: str, seconds: float
) -> None:
    found = added(name, -10.0, rate)
    there = np.flatnonzero(found)
    assert (there[0], there[-1]) == (round(AT * rate), round((AT + seconds) * rate) - 1)
    loud = found[there[0] : there[-1] + 1]
    assert decibels(rms(loud) / rms(tone(440, rate))) == pytest.approx(-10.0, abs=0.6)


def test_silence_has_no_level_for_noise_to_be_held_against_and_stays_silent() -> None:
    for row in noise.ROWS:
        assert not planted(row.name, row.sizes[-1], np.zeros(8_000, np.float32), 16_000).any(), row.name


def test_only_the_noisy_input_is_before_the_encoder() -> None:
    sides = {row.name: row.plant.side for row in noise.ROWS if isinstance(row.plant, OnSamples)}
    assert [name for name, side in sides.items() if side is Side.ENCODER] == ["noisy-input"]
