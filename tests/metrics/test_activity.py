"""Sound where there should be none, and none where there should be some."""

import numpy as np
import pytest
from scipy import signal

from harness.audio.waveform import Waveform, read
from harness.metrics.activity import NAMES, activity, speech_level, window_levels
from harness.metrics.alignment import AlignedPair, align
from harness.runtime.resources import fixture
from harness.verdict import Tolerances

RISE = Tolerances().model_dump()["pause_rise"]


@pytest.fixture(scope="module")
def speech():
    return read(fixture("speech") / "heart-04.flac")


def of(speech, samples, **more):
    return {
        name: measurement.value
        for name, measurement in activity(
            AlignedPair(speech, Waveform(samples.astype(np.float32), speech.sample_rate)), **more
        ).items()
    }


def test_the_reference_itself_has_nothing(speech):
    found = of(speech, speech.samples)
    assert found["level_db"] == found["dropout_ms"] == 0
    assert found["pause_noise_db"] <= 0
    assert found["pause_peak_db"] <= 0
    assert 1 < found["clear_speech_s"] < 3.7


@pytest.mark.parametrize("start", [0.02, 3.45])  # before the first word, after the last
def test_a_burst_in_a_pause(speech, start):
    at = int(start * speech.sample_rate)
    samples = speech.samples.copy()
    samples[at : at + 1280] += np.random.default_rng(1).normal(size=1280) * 0.3
    found = of(speech, samples)
    assert found["pause_peak_db"] > 50
    assert abs(found["pause_peak_s"] - start - 0.04) < 0.05
    assert found["dropout_ms"] == 0


@pytest.mark.parametrize(
    "added",
    [
        lambda n: 0.004 * np.sin(2 * np.pi * 50 * np.arange(n) / 16000),  # hum
        lambda n: np.random.default_rng(2).normal(size=n) * 0.002,  # hiss
        lambda n: np.full(n, 0.004),  # DC
        lambda n: np.where(np.arange(n) == 600, 0.3, 0.0),  # a click
    ],
)
def test_hum_hiss_offset_and_click(speech, added):
    found = of(speech, speech.samples + added(len(speech.samples)))
    assert max(found["pause_noise_db"], found["pause_peak_db"]) > RISE


def test_what_nobody_hears_is_no_noise(speech):
    dither = np.random.default_rng(3).normal(size=len(speech.samples)) * 2**-15
    assert of(speech, speech.samples + dither)["pause_noise_db"] < 0


def test_an_offset_of_a_quiet_recording_that_a_codec_takes_out_is_no_level():
    spoken = read(fixture("speech") / "heart-04.flac")
    quiet = (spoken.samples * np.float32(0.01)).astype(np.float32)
    recorded = Waveform(quiet + np.float32(0.01), spoken.sample_rate)
    assert abs(of(recorded, quiet)["level_db"]) < 0.01
    assert abs(of(recorded, 0.5 * quiet)["level_db"] + 6.02) < 0.01


def test_a_telephone_band_is_as_loud_as_ever_in_what_it_carries():
    voice = read(fixture("speech") / "slt-01.flac")
    passes = signal.firwin(129, [300, 3400], fs=voice.sample_rate, pass_zero=False)
    narrow = signal.lfilter(passes, 1.0, np.append(voice.samples, np.zeros(64)))[64:].astype(np.float32)
    found, quieter = of(voice, narrow), of(voice, 0.5 * narrow)
    assert found["level_db"] == pytest.approx(-8.3, abs=0.3)
    assert found["carried_level_db"] == pytest.approx(-0.8, abs=0.3)
    assert quieter["carried_level_db"] - found["carried_level_db"] == pytest.approx(-6.02, abs=0.01)


def test_an_offset_alone_is_no_speech(speech):
    assert of(speech, np.full_like(speech.samples, 0.1))["level_db"] < -60


@pytest.mark.parametrize("milliseconds", [40, 80, 300])
def test_a_muted_stretch(speech, milliseconds):
    loud = int(np.argmax(np.convolve(np.square(speech.samples), np.ones(6000), "same"))) - 3000
    samples = speech.samples.copy()
    samples[loud : loud + milliseconds * 16] = 0
    found = of(speech, samples)
    assert milliseconds / 3 <= found["dropout_ms"] <= milliseconds
    assert abs(found["dropout_s"] - loud / 16000) < 0.06 + milliseconds / 1000


@pytest.mark.parametrize("milliseconds", [80, 160, 300])
@pytest.mark.parametrize("place", ["middle", "beginning", "end"])
def test_speech_that_is_muted_at_one_go(speech, place, milliseconds):
    levels = window_levels(speech.samples, 16000)
    spoken = np.flatnonzero(levels > speech_level(levels) - 10) * 160
    loud = int(np.argmax(np.convolve(np.square(speech.samples), np.ones(6000), "same"))) - 3000
    length = milliseconds * 16
    begin = {"middle": loud, "beginning": spoken[0], "end": spoken[-1] + 320 - length}[place]
    samples = speech.samples.copy()
    samples[0 if place == "beginning" else begin : None if place == "end" else begin + length] = 0
    found = of(speech, 0.1 * samples)  # a gain takes no speech away
    assert 40 < found["muted_ms"] <= milliseconds + 20  # soft speech behind the end is silenced too
    wanted = 0.0 if place == "beginning" else begin / 16000
    assert found["muted_s"] == pytest.approx(wanted, abs=0.04)


def test_gaps_that_are_apart_are_not_muted_at_one_go(speech):
    samples = speech.samples.copy()
    for begin in range(0, len(samples), 3200):
        samples[begin : begin + 640] = 0  # 40 ms of each 200
    found = of(speech, samples)
    assert found["muted_ms"] <= 40
    assert found["dropout_ms"] > 80


def test_what_is_soft_is_not_muted(speech):
    hum = 0.002 * np.sin(2 * np.pi * 1000 * np.arange(len(speech.samples)) / 16000)
    levels = window_levels(speech.samples, 16000)
    loud = np.repeat(levels > speech_level(levels) - 15, 160)[: len(speech.samples)]
    loud = np.pad(loud, (0, len(speech.samples) - len(loud)))
    gated = np.where(np.convolve(loud, np.ones(1600), "same") > 0, speech.samples, 0)
    for samples in (speech.samples, speech.samples + hum, gated):
        assert of(speech, samples.astype(np.float32))["muted_ms"] == 0


def test_a_fade(speech):
    seconds = np.arange(len(speech.samples)) / 16000
    samples = speech.samples * np.clip((2.8 - seconds) / 0.5, 0, 1)  # the last word ends at 3.1 s
    assert of(speech, samples)["dropout_ms"] >= 20


def test_level_needs_no_correlation_and_mutes_nothing(speech):
    found = of(speech, -0.1 * speech.samples)
    assert found["level_db"] == pytest.approx(-20, abs=0.01)
    assert found["dropout_ms"] == 0


def test_a_narrow_band_drops_no_speech(speech):
    from scipy.signal import butter, sosfilt

    narrow = sosfilt(butter(8, 3400, fs=16000, output="sos"), speech.samples)
    assert of(speech, narrow)["dropout_ms"] == 0


def test_a_delay_is_no_sound_in_pauses(speech):
    late = Waveform(np.concatenate([np.zeros(1600, np.float32), speech.samples]), 16000)
    found = activity(align(speech, late, 0).in_step)
    assert found["pause_peak_db"].value is not None
    assert found["pause_peak_db"].value <= 0
    assert found["dropout_ms"].value == 0


def test_noisy_recordings_have_pauses_too(speech):
    noisy = Waveform(
        speech.samples + np.random.default_rng(4).normal(size=len(speech.samples)).astype(np.float32) * 0.005, 16000
    )
    samples = noisy.samples.copy()
    samples[300:1580] += np.random.default_rng(5).normal(size=1280) * 0.3
    assert of(noisy, noisy.samples)["pause_noise_db"] == pytest.approx(0, abs=0.01)
    assert of(noisy, samples)["pause_peak_db"] > 20


@pytest.mark.parametrize(
    ("samples", "reason"),
    [(np.zeros(9), "the output is silent"), (np.full(9, np.nan), "NaN"), (np.ones(9), "0.04 s of reference")],
)
def test_what_cannot_be_measured_is_undefined(samples, reason):
    pair = AlignedPair(Waveform(np.ones(9, np.float32), 16000), Waveform(samples.astype(np.float32), 16000))
    found = activity(pair)
    assert set(found) == set(NAMES)
    assert all(one.undefined is not None and reason in one.undefined for one in found.values())


def test_continuous_sound_has_no_pause():
    tone = Waveform(np.sin(np.arange(16000) * 0.1).astype(np.float32), 16000)
    assert activity(AlignedPair(tone, tone))["pause_noise_db"].undefined == "the reference has no pause"


@pytest.mark.parametrize("decibels", [3.0, -3.0, 12.0])
def test_a_step_of_level_in_mid_stream_is_measured_with_its_size_and_place(speech, decibels):
    samples = speech.samples.copy()
    samples[2 * speech.sample_rate :] *= 10 ** (decibels / 20)
    found = of(speech, samples)
    assert found["level_swing_db"] == pytest.approx(abs(decibels), abs=0.05)
    assert found["dropout_ms"] == 0


def test_half_a_second_that_is_quieter_is_a_swing_and_where_it_is_is_told(speech):
    samples = speech.samples.copy()
    at = int(2.0 * speech.sample_rate)
    samples[at : at + 3 * speech.sample_rate // 4] *= 0.5
    found = of(speech, samples)
    assert found["level_swing_db"] == pytest.approx(6.0, abs=0.1)
    assert 2.0 < found["level_swing_s"] < 2.75


def test_a_constant_gain_and_a_narrow_band_are_no_swing(speech):
    spectrum = np.fft.rfft(speech.samples)
    spectrum[np.fft.rfftfreq(len(speech.samples), 1 / speech.sample_rate) > 4000] = 0
    narrow = np.fft.irfft(spectrum, len(speech.samples))
    assert of(speech, 0.1 * speech.samples)["level_swing_db"] == pytest.approx(0.0, abs=1e-3)
    assert of(speech, narrow)["level_swing_db"] < 0.5


def test_too_little_speech_has_no_swing(speech):
    short = Waveform(speech.samples[8000:14000], speech.sample_rate)
    found = activity(AlignedPair(short, short))["level_swing_db"]
    assert found.undefined is not None
    assert "a swing of level needs 0.8 s" in found.undefined


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100])
def test_places_are_in_seconds_at_every_rate(rate):
    speech = np.random.default_rng(5).normal(0, 0.1, 60 * rate).astype(np.float32)
    muted = speech.copy()
    muted[round(50 * rate) : round(50.2 * rate)] = 0
    found = activity(AlignedPair(Waveform(speech, rate), Waveform(muted, rate)))
    assert found["dropout_s"].value == pytest.approx(50.02, abs=0.03)
    assert found["dropout_ms"].value == pytest.approx(190, abs=15)


@pytest.mark.parametrize("over", [0, 1, 80, 159])
@pytest.mark.parametrize("length", [1, 9, 159])
def test_what_sounds_in_the_last_milliseconds_is_seen_wherever_the_windows_end(speech, over, length):
    samples = np.concatenate([speech.samples, np.zeros(8000, np.float32)])
    samples = samples[: len(samples) // 160 * 160 - 160 + over]
    clicked = samples.copy()
    clicked[-length:] += 0.5
    found = of(Waveform(samples, speech.sample_rate), clicked)
    assert found["pause_peak_db"] > 20
    assert found["pause_peak_s"] == pytest.approx(len(samples) / speech.sample_rate, abs=0.03)


@pytest.mark.parametrize("gain", [1.0, 0.1])
@pytest.mark.parametrize("heard", [0.9, 0.5, 0.3, 0.15])
def test_missing_speech_is_told_also_where_it_is_most_of_it(speech, heard, gain):
    samples = gain * speech.samples
    samples[int(heard * len(samples)) :] = 0
    whole, found = of(speech, speech.samples), of(speech, samples)
    window = np.ones(len(samples))
    window[: int(heard * len(samples))] = 0
    assert found["dropout_ms"] == pytest.approx(missing(speech, window), abs=80)  # at the edges
    assert found["clear_speech_s"] == whole["clear_speech_s"]


def missing(speech, gone):
    """Return how long clear speech is, in ms, where *gone* is 1: what is left out alone, of less than half."""
    parts = [gone * (np.arange(len(gone)) // 4000 % 3 == third) for third in range(3)]
    return sum(of(speech, speech.samples * (1 - part))["dropout_ms"] for part in parts)


def test_a_louder_moment_makes_nothing_missing(speech):
    samples = speech.samples.copy()
    samples[int(0.7 * len(samples)) :] *= 10
    assert of(speech, samples)["dropout_ms"] == 0


@pytest.mark.parametrize("faded", [0.0, 1e-4])
def test_where_most_of_the_speech_is_missing_the_place_is_in_the_hole(speech, faded):
    samples = speech.samples.copy()
    samples[int(1.2 * speech.sample_rate) :] *= faded
    assert of(speech, samples)["level_swing_s"] > 1.2
    samples = speech.samples.copy()
    samples[: int(2.5 * speech.sample_rate)] *= faded
    assert of(speech, samples)["level_swing_s"] < 2.5


@pytest.mark.parametrize("spike", [1e6, 1e9, 3e18])
def test_a_spike_says_nothing_of_the_windows_that_follow(spike):
    speech = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    spiked = speech.copy()
    spiked[5_000] = spike
    levels, expected = window_levels(spiked, 16_000), window_levels(speech, 16_000)
    changed = np.flatnonzero(np.abs(levels - expected) > 1e-9)
    assert changed.tolist() == [30, 31]  # windows of 320 samples, a new one every 160
