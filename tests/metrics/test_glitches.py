"""Glitches on real speech: what every listener hears in a moment, and what is another encoding and no glitch."""

import numpy as np
import pytest
from scipy.signal import butter, istft, lfilter, resample_poly, stft

from harness.audio import speech
from harness.audio.waveform import resample
from harness.metrics.glitches import NAMES, glitches
from harness.runtime.resources import fixture

RATE = 16_000
CLEAR = 1.14  # s, in a long vowel of heart-01


@pytest.fixture(scope="module")
def spoken():
    return next(one for one in speech.load(fixture("speech")) if one.id == "heart-01").waveform().samples


def damaged(samples, milliseconds, how, at=CLEAR):
    found, first = samples.copy(), int(at * RATE)
    piece = slice(first, first + int(milliseconds * RATE / 1000))
    length = piece.stop - piece.start
    found[piece] = {
        "silent": np.zeros(length, np.float32),
        "what came before": samples[first - length : first],
        "backwards": samples[piece][::-1],
        "another word": samples[len(samples) // 2 : len(samples) // 2 + length],
    }[how]
    return found


def measured(output, reference):
    return glitches(output, reference, RATE)["glitch_ms"].value


@pytest.mark.parametrize(
    ("how", "milliseconds"),
    [
        *((how, length) for how in ("silent", "what came before", "another word") for length in (20, 40, 80, 160)),
        *(("backwards", length) for length in (80, 160)),  # less of a vowel is the same both ways
    ],
)
def test_what_every_listener_hears(spoken, how, milliseconds):
    found = glitches(damaged(spoken, milliseconds, how), spoken, RATE)
    assert max(20, milliseconds / 4) <= found["glitch_ms"].value <= milliseconds + 10
    assert found["glitch_s"].value == pytest.approx(CLEAR, abs=0.04 + milliseconds / 2000)


@pytest.mark.parametrize("milliseconds", [20, 25, 40])
def test_a_gap_is_as_long_as_it_is_wherever_it_falls(spoken, milliseconds):
    for offset in np.arange(0, 0.02, 0.0013):
        found = measured(damaged(spoken, milliseconds, "silent", CLEAR + offset), spoken)
        assert milliseconds - 5 <= found <= milliseconds + 10


def test_what_nobody_hears_is_none(spoken):
    assert measured(spoken, spoken) == 0
    assert measured(damaged(spoken, 1, "silent"), spoken) == 0
    assert glitches(spoken, spoken, RATE)["glitch_s"].undefined == "no glitch"


def test_a_moment_in_a_pause_is_none(spoken):
    quiet = spoken.copy()
    quiet[:2000] = 0
    assert measured(quiet, spoken) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda samples: np.roll(samples, 1),
        lambda samples: -samples,
        lambda samples: samples * np.float32(0.5),
        lambda samples: samples[::-1].copy(),
        lambda samples: samples + np.random.default_rng(1).normal(0, 0.003, len(samples)).astype(np.float32),
    ],
)
def test_what_is_another_sound_all_the_way_is_none(spoken, change):
    assert measured(change(spoken), spoken) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda samples: lfilter([0.7, 1.0], [1.0, 0.7], samples),  # an all-pass, of the high frequencies
        lambda samples: lfilter(*butter(4, 4000, fs=RATE), samples),
        lambda samples: lfilter(*butter(4, 4000, "high", fs=RATE), samples) + samples,
        lambda samples: np.interp(np.arange(len(samples)) - 0.4, np.arange(len(samples)), samples),
    ],
)
def test_a_filter_that_changes_the_hiss_alone_is_none(change):
    for one in speech.load(fixture("speech"))[:12]:
        samples = one.waveform().samples
        filtered = change(samples).astype(np.float32)
        assert measured(filtered, samples) == 0, one.id
        assert measured(damaged(samples, 40, "silent", loudest(samples)), samples) >= 30, one.id


def loudest(samples, rate=RATE):
    """Return where 40 ms of the loudest tenth of a second begin, in seconds."""
    total = np.cumsum(np.square(samples.astype(np.float64)))
    return int(np.argmax(total[rate // 10 :] - total[: -(rate // 10)])) / rate + 0.03


def test_hiss_of_another_seed_is_none():
    """What a decoder fills in with noise is another waveform each time, and the same sound."""
    drawn = np.random.default_rng(1)

    def filled(samples):
        frequencies, _, frames = stft(samples, RATE, nperseg=320)
        high = frequencies >= 4000
        frames[high] *= np.exp(2j * np.pi * drawn.random(frames[high].shape))
        return istft(frames, RATE, nperseg=320)[1][: len(samples)].astype(np.float32)

    for one in speech.load(fixture("speech"))[:12]:
        samples = one.waveform().samples
        assert measured(filled(samples), filled(samples)) == 0, one.id


@pytest.mark.parametrize("ppm", [10, 30, 50])
def test_a_clock_that_drifts_within_its_tolerance_is_none(ppm):
    for one in speech.load(fixture("speech"))[:12]:
        samples = one.waveform().samples
        fine, times = resample_poly(samples, 16, 1), np.arange(len(samples))
        late = times + (times - len(times) / 2) * ppm * 1e-6  # in step in the middle
        assert measured(np.interp(late * 16, np.arange(len(fine)), fine), samples) == 0, one.id


def test_an_offset_beside_it_hides_none_and_is_none(spoken):
    assert measured(spoken + np.float32(0.05), spoken) == 0
    assert measured(damaged(spoken, 40, "silent") + np.float32(0.01), spoken) >= 40


@pytest.mark.parametrize("milliseconds", [0, 10, 20, 30, 50])
def test_one_soon_after_the_first_sound_and_before_the_last(milliseconds):
    one = next(one for one in speech.load(fixture("speech")) if one.id == "awb-01").waveform().samples
    assert measured(damaged(one, 40, "silent", 0.505 + milliseconds / 1000), one) > 15  # where it begins to sound
    assert measured(damaged(one, 40, "silent", 0.505 + milliseconds / 1000)[::-1], one[::-1]) > 15


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_places_are_in_seconds_at_every_rate(rate):
    one = resample(
        next(one for one in speech.load(fixture("speech")) if one.id == "heart-long").waveform(), rate
    ).samples
    at = loudest(one[20 * rate :], rate) + 20
    broken = one.copy()
    broken[int(at * rate) : int((at + 0.04) * rate)] = 0
    found = glitches(broken, one, rate)
    assert found["glitch_ms"].value is not None
    assert 35 <= found["glitch_ms"].value <= 50
    assert found["glitch_s"].value == pytest.approx(at, abs=0.03)


def test_what_lasts_longer_is_for_the_other_measurements(spoken):
    assert measured(damaged(spoken, 600, "another word", 0.9), spoken) == 0


def test_several_moments_are_summed_and_the_first_is_named(spoken):
    twice = damaged(damaged(spoken, 40, "silent"), 40, "silent", 1.24)
    found = glitches(twice, spoken, RATE)
    assert found["glitch_ms"].value is not None
    assert 70 <= found["glitch_ms"].value <= 100
    assert found["glitch_s"].value == pytest.approx(CLEAR, abs=0.03)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rate", [1, 25, 26, 100, 8_000, 192_000])
def test_odd_rates_and_lengths_raise_nothing(spoken, rate):
    for length in (1, 2, 3, 40, 200, 5000):
        reference, broken = spoken[16_000 : 16_000 + length], spoken[16_000 : 16_000 + length].copy()
        broken[length // 3 : length // 2] = 0
        assert glitches(broken, reference, rate)["glitch_ms"].value != -1


@pytest.mark.parametrize("fill", [np.nan, 0.0])
def test_undefined_with_a_reason(spoken, fill):
    found = glitches(spoken, np.full_like(spoken, fill), RATE)
    assert set(found) == set(NAMES)
    assert all(one.value is None for one in found.values())
    assert all(one.undefined is not None and "silent" in one.undefined for one in found.values())
    assert glitches(spoken[:0], spoken[:0], RATE)["glitch_ms"].value is None


def test_what_one_output_has_and_the_other_lacks_is_for_the_length(spoken):
    assert measured(spoken[:-3200], spoken) == 0
